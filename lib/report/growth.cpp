#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/format.hpp"
#include "report/axis.hpp"
#include "report/doubt.hpp"
#include "report/panels.hpp"
#include "report/statistics.hpp"
#include "report/svg.hpp"

namespace instar::report {
namespace {

/// A quantity's summary at each time of a cloud.
struct Course {
  std::vector<double> times;
  std::vector<Summary> at;
};

Course course_of(const std::optional<Cloud>& cloud, const std::vector<double>& values) {
  Course course;
  if (!cloud || values.empty()) return course;
  for (std::size_t k = 0; k < cloud->snapshots.times.size(); ++k) {
    const Summary summary = summarise(values, cloud->weight, cloud->snapshots.cells[k]);
    if (summary.count == 0) continue;
    course.times.push_back(cloud->snapshots.times[k]);
    course.at.push_back(summary);
  }
  return course;
}

void draw_predicted(Svg& svg, const Course& course, const Scale& x, const Scale& y) {
  std::vector<std::pair<double, double>> line;
  std::string band;
  const std::size_t n = course.times.size();
  for (std::size_t k = 0; k < n; ++k) {
    line.emplace_back(x.at(course.times[k]), y.at(course.at[k].mean));
    band += (k == 0 ? "M" : "L") + px(line.back().first) + " " + px(y.at(course.at[k].high));
  }
  for (std::size_t k = n; k-- > 0;) band += "L" + px(x.at(course.times[k])) + " " + px(y.at(course.at[k].low));
  if (n > 1) svg.path(band + "Z", "band");
  svg.polyline(line, "line");
  for (std::size_t k = 0; k < n; ++k)
    svg.circle(line[k].first, line[k].second, n > 1 ? 2 : 4, "dot",
               "predicted at " + core::format_short(course.times[k]) + ": " + core::format_short(course.at[k].mean));
}

void draw_observed(Svg& svg, const Course& course, const Scale& x, const Scale& y) {
  for (std::size_t k = 0; k < course.times.size(); ++k) {
    const Summary& s = course.at[k];
    svg.line(x.at(course.times[k]), y.at(s.low), x.at(course.times[k]), y.at(s.high), "whisker");
    svg.circle(x.at(course.times[k]), y.at(s.mean), 5, "ring",
               "observed cells at " + core::format_short(course.times[k]) + ": " + core::format_short(s.mean));
  }
}

Svg draw_course(const Course& observed, const Course& predicted, const AxisTitles& titles, bool with_zero,
                const std::string& observed_word, double width) {
  Svg svg(width, width < 400 ? 270 : 310);
  std::vector<double> xs, ys;
  for (const Course* course : {&observed, &predicted}) {
    xs.insert(xs.end(), course->times.begin(), course->times.end());
    for (const Summary& s : course->at) ys.insert(ys.end(), {s.low, s.high, s.mean});
  }
  const auto [x_low, x_high] = padded(xs, false);
  const auto [y_low, y_high] = padded(ys, with_zero);
  const Scale x{x_low, x_high, 62, width - 12}, y{y_low, y_high, svg.height() - 46, 34};
  draw_axes(svg, x, y, titles);
  draw_predicted(svg, predicted, x, y);
  draw_observed(svg, observed, x, y);
  double at = 62;
  if (!predicted.times.empty()) {
    svg.line(at, 14, at + 22, 14, "line");
    svg.text(at + 28, 18, "predicted", "legend");
    at += 104;
  }
  if (!observed.times.empty()) {
    svg.circle(at + 6, 14, 5, "ring");
    svg.text(at + 18, 18, observed_word, "legend");
  }
  return svg;
}

Table table_of(const Course& observed, const Course& predicted) {
  Table table{{"time", "cells", "mean", "10 %", "90 %"}, {}};
  for (const auto& [course, kind] : {std::pair{&observed, "observed"}, std::pair{&predicted, "predicted"}})
    for (std::size_t k = 0; k < course->times.size(); ++k) {
      const Summary& s = course->at[k];
      table.rows.push_back({core::format_short(course->times[k]), grouped(s.count) + " " + kind,
                            core::format_short(s.mean), core::format_short(s.low), core::format_short(s.high)});
    }
  return table;
}

constexpr const char* kHowToRead =
    " Lines and circles are means, bands and whiskers hold 80 % of the cells (of their weight, where they have one).";

Panel course_panel(const std::string& name, const std::string& title, const std::string& caption,
                   const Course& observed, const Course& predicted, const AxisTitles& titles, bool with_zero,
                   const std::string& observed_word, const std::string& doubt) {
  return {name, title, caption + kHowToRead + (predicted.times.empty() || doubt.empty() ? "" : " " + doubt),
          [=](double width) { return draw_course(observed, predicted, titles, with_zero, observed_word, width); },
          table_of(observed, predicted)};
}

/// Text of at most so many letters; a longer one ends in two dots.
std::string shortened(const std::string& text, std::size_t most) {
  if (letters(text) <= most) return text;
  std::size_t end = 0;
  for (std::size_t kept = 0; end < text.size(); ++end)
    if (begins_letter(text[end]) && kept++ + 2 >= most) break;
  return text.substr(0, end) + "..";
}

/// Growth of the cells of one label.
struct LabelGrowth {
  std::string label;
  Summary growth;
};

/// Labels stand left of their lines, or where they are too long for that above them.
Svg draw_labels(const std::vector<LabelGrowth>& labels, const std::string& title, double width) {
  std::vector<double> values;
  double longest = 0;
  for (const auto& one : labels) {
    values.insert(values.end(), {one.growth.low, one.growth.high, one.growth.mean});
    longest = std::max(longest, kLetter * static_cast<double>(letters(one.label)));
  }
  const bool above = longest + 14 > width * .4;
  const double row = above ? 42 : 26, left = above ? 10 : longest + 14;
  Svg svg(width, row * static_cast<double>(labels.size()) + 58);
  const auto [low, high] = padded(values, true);
  const Scale x{low, high, left, width - 52};
  const double finest = std::pow(10, std::floor(std::log10(high - low)) - 3);
  const double bottom = svg.height() - 46;
  for (const double value : ticks(low, high, width < 400 ? 3 : 6)) {
    svg.line(x.at(value), 8, x.at(value), bottom, value == 0 ? "zero" : "grid");
    svg.text(x.at(value), bottom + 18, core::format_short(value), "tick", "middle");
  }
  double y = 8 + (above ? 30 : row / 2);
  for (const auto& [label, s] : labels) {
    if (above)
      svg.text(0, y - 11, shortened(label, static_cast<std::size_t>(width / kLetter)), "value strong");
    else
      svg.text(left - 8, y + 4, label, "tick strong", "end");
    svg.line(x.at(s.low), y, x.at(s.high), y, "range");
    svg.circle(x.at(s.mean), y, 5, "dot",
               label + ": mean " + core::format_short(s.mean) + ", " + grouped(s.count) + " cells");
    svg.text(width, y + 4, core::format_short(std::round(s.mean / finest) * finest + 0.0), "value", "end");
    y += row;
  }
  svg.text((x.from + x.to) / 2, bottom + 36, title, "title", "middle");
  return svg;
}

}  // namespace

std::vector<Panel> growth_panels(const Content& content) {
  const Course observed =
      course_of(content.observed, content.observed ? content.observed->growth : std::vector<double>{});
  const Course predicted =
      course_of(content.predicted, content.predicted ? content.predicted->growth : std::vector<double>{});
  if (observed.times.empty() && predicted.times.empty()) return {};
  return {course_panel("growth-time", "Growth over time",
                       "How fast the model lets cells divide (above 0) or die (below 0), d log w / dt.", observed,
                       predicted, {time_title(content), rate_title(content)}, true, "at observed cells",
                       doubt_of(content).claim)};
}

std::vector<Panel> trend_panels(const Content& content) {
  std::vector<Panel> panels;
  for (const Colour& colour : content.colours) {
    if (!colour.extra || colour.kind == ColourKind::categorical) continue;
    const Course observed = course_of(content.observed, colour.observed);
    const Course predicted = course_of(content.predicted, colour.predicted);
    if (observed.times.empty() && predicted.times.empty()) continue;
    panels.push_back(course_panel("trend-" + colour.name, colour.name + " over time",
                                  colour.note.empty() ? colour.name + " of observed and predicted cells." : colour.note,
                                  observed, predicted, {time_title(content), colour.name}, false, "observed",
                                  doubt_of(content).claim));
  }
  return panels;
}

std::vector<Panel> label_panels(const Content& content) {
  if (!content.label || !content.observed || content.observed->growth.empty()) return {};
  constexpr std::size_t kMost = 16;
  std::vector<LabelGrowth> labels;
  for (std::size_t k = 0; k < content.label->labels.size(); ++k) {
    std::vector<Index> rows;
    for (std::size_t i = 0; i < content.label->observed.size(); ++i)
      if (content.label->observed[i] == static_cast<double>(k)) rows.push_back(static_cast<Index>(i));
    const Summary summary = summarise(content.observed->growth, {}, rows);
    if (summary.count > 0) labels.push_back({content.label->labels[k], summary});
  }
  if (labels.empty()) return {};
  const auto by_count = [](const auto& a, const auto& b) { return a.growth.count > b.growth.count; };
  const auto by_mean = [](const auto& a, const auto& b) { return a.growth.mean > b.growth.mean; };
  std::stable_sort(labels.begin(), labels.end(), by_count);
  const std::size_t left_out = labels.size() > kMost ? labels.size() - kMost : 0;
  labels.resize(labels.size() - left_out);
  std::stable_sort(labels.begin(), labels.end(), by_mean);
  Table table{{content.label->name, "cells", "mean", "10 %", "90 %"}, {}};
  for (const auto& [label, s] : labels)
    table.rows.push_back(
        {label, grouped(s.count), core::format_short(s.mean), core::format_short(s.low), core::format_short(s.high)});
  const std::string title = rate_title(content);
  return {{"growth-label", "Growth by " + content.label->name,
           "Mean growth of the observed cells of each group, all times together; lines hold 80 % of the cells." +
               (left_out > 0 ? " The " + std::to_string(left_out) + " smallest groups are left out." : std::string()),
           [labels, title](double width) { return draw_labels(labels, title, width); }, table}};
}

}  // namespace instar::report
