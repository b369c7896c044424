#include "report/svg.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/format.hpp"
#include "report/assets.hpp"
#include "report/markup.hpp"

namespace instar::report {
namespace {

std::string attribute(std::string_view name, double value) {
  return " " + std::string(name) + "=\"" + px(value) + "\"";
}

std::string css_class(std::string_view css) { return " class=\"" + std::string(css) + "\""; }

/// The variables of the first block of a style sheet: `--ink: #123;`.
std::map<std::string, std::string> variables(std::string_view css) {
  std::map<std::string, std::string> found;
  css = css.substr(0, css.find('}'));
  for (std::size_t at = css.find("--"); at != std::string_view::npos; at = css.find("--", at)) {
    const std::size_t colon = css.find(':', at), end = css.find(';', colon);
    const std::size_t value = css.find_first_not_of(" ", colon + 1);
    found[std::string(css.substr(at, colon - at))] = std::string(css.substr(value, end - value));
    at = end;
  }
  return found;
}

/// `css` with every var(--name) replaced by its value.
std::string resolved(std::string_view css, const std::map<std::string, std::string>& values) {
  std::string out;
  for (std::size_t at = css.find("var("); at != std::string_view::npos; at = css.find("var(")) {
    const std::size_t end = css.find(')', at);
    out += css.substr(0, at);
    out += values.at(std::string(css.substr(at + 4, end - at - 4)));
    css.remove_prefix(end + 1);
  }
  return out += css;
}

/// @param margin on every side, pixels
std::string opening(const Svg& drawing, const std::string& more, double margin = 0) {
  const double width = drawing.width() + 2 * margin, height = drawing.height() + 2 * margin;
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"" + px(-margin) + " " + px(-margin) + " " + px(width) +
         " " + px(height) + "\"" + attribute("width", width) + attribute("height", height) + more + ">";
}

}  // namespace

std::size_t letters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_letter));
}

std::string px(double value) { return core::format_number(std::round(value * 100) / 100 + 0.0); }

void Svg::tipped(const std::string& element, const std::string& name, const std::string& tip) {
  body_ += element;
  body_ += tip.empty() ? "/>\n" : "><title>" + escaped(tip) + "</title></" + name + ">\n";
}

void Svg::line(double x1, double y1, double x2, double y2, std::string_view css) {
  tipped(
      "<line" + css_class(css) + attribute("x1", x1) + attribute("y1", y1) + attribute("x2", x2) + attribute("y2", y2),
      "line", "");
}

void Svg::rect(double x, double y, double width, double height, std::string_view css, const std::string& tip) {
  tipped("<rect" + css_class(css) + attribute("x", x) + attribute("y", y) + attribute("width", width) +
             attribute("height", height),
         "rect", tip);
}

void Svg::circle(double x, double y, double radius, std::string_view css, const std::string& tip) {
  tipped("<circle" + css_class(css) + attribute("cx", x) + attribute("cy", y) + attribute("r", radius), "circle", tip);
}

void Svg::path(const std::string& data, std::string_view css, const std::string& style) {
  tipped("<path" + css_class(css) + (style.empty() ? "" : " style=\"" + style + "\"") + " d=\"" + data + "\"", "path",
         "");
}

void Svg::polyline(const std::vector<std::pair<double, double>>& points, std::string_view css) {
  std::string data;
  for (const auto& [x, y] : points) data += (data.empty() ? "M" : "L") + px(x) + " " + px(y);
  path(data, css);
}

void Svg::text(double x, double y, const std::string& words, std::string_view css, std::string_view anchor) {
  body_ += "<text" + css_class(css) + attribute("x", x) + attribute("y", y) +
           (anchor == "start" ? "" : " text-anchor=\"" + std::string(anchor) + "\"") + ">" + escaped(words) +
           "</text>\n";
}

void Svg::text_upwards(double x, double y, const std::string& words, std::string_view css) {
  body_ += "<text" + css_class(css) + " text-anchor=\"middle\" transform=\"translate(" + px(x) + " " + px(y) +
           ") rotate(-90)\">" + escaped(words) + "</text>\n";
}

void Svg::swatch(double x, double y, double side, const std::string& colour) { block(x, y, side, side, colour); }

void Svg::block(double x, double y, double width, double height, const std::string& colour) {
  body_ += "<rect" + attribute("x", x) + attribute("y", y) + attribute("width", width) + attribute("height", height) +
           " fill=\"" + colour + "\"/>\n";
}

std::string inline_svg(const Svg& drawing, const std::string& id, const std::string& title,
                       const std::string& description) {
  return opening(drawing, " class=\"chart\" role=\"img\" aria-labelledby=\"" + id + "-t " + id + "-d\"") +
         "<title id=\"" + id + "-t\">" + escaped(title) + "</title><desc id=\"" + id + "-d\">" + escaped(description) +
         "</desc>\n" + drawing.body() + "</svg>\n";
}

std::string standalone_svg(const Svg& drawing, const std::string& title, const std::string& description) {
  constexpr double kMargin = 10;  // a page has room of its own round a chart, a file has not
  const auto theme = variables(asset("tokens.css"));
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + opening(drawing, " role=\"img\"", kMargin) + "\n<title>" +
         escaped(title) + "</title>\n<desc>" + escaped(description) + "</desc>\n<style>" +
         resolved(asset("chart.css"), theme) + "</style>\n<rect" + attribute("x", -kMargin) + attribute("y", -kMargin) +
         " width=\"100%\" height=\"100%\" fill=\"" + theme.at("--paper") + "\"/>\n" + drawing.body() + "</svg>\n";
}

}  // namespace instar::report
