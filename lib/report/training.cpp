#include <algorithm>
#include <cmath>
#include <map>

#include "core/format.hpp"
#include "report/axis.hpp"
#include "report/panels.hpp"
#include "report/statistics.hpp"

namespace instar::report {
namespace {

/// Losses of one network in windows of steps: single losses are noise around a slow fall.
struct Curve {
  std::vector<double> step, median, low, high;
  std::vector<std::pair<double, double>> validation;
};

Curve smoothed(const Training& training, const std::vector<std::size_t>& entries) {
  constexpr std::size_t kWindows = 80;
  Curve curve;
  const std::size_t window = std::max<std::size_t>(1, (entries.size() + kWindows - 1) / kWindows);
  for (std::size_t begin = 0; begin < entries.size(); begin += window) {
    std::vector<double> losses;
    double steps = 0;
    const std::size_t end = std::min(entries.size(), begin + window);
    for (std::size_t i = begin; i < end; ++i) {
      losses.push_back(training.loss[entries[i]]);
      steps += training.step[entries[i]];
    }
    const double median = quantile(losses, {}, .5);
    if (!std::isfinite(median)) continue;
    curve.step.push_back(steps / static_cast<double>(end - begin));
    curve.median.push_back(median);
    curve.low.push_back(quantile(losses, {}, .1));
    curve.high.push_back(quantile(losses, {}, .9));
  }
  for (const std::size_t i : entries)
    if (std::isfinite(training.validation[i])) curve.validation.emplace_back(training.step[i], training.validation[i]);
  return curve;
}

void draw_curve(Svg& svg, const Curve& curve, const Scale& x, const Scale& y) {
  const auto height = [&](double value) { return y.at(std::clamp(value, y.low, y.high)); };
  std::string band;
  std::vector<std::pair<double, double>> line, validation;
  for (std::size_t k = 0; k < curve.step.size(); ++k) {
    band += (k == 0 ? "M" : "L") + px(x.at(curve.step[k])) + " " + px(height(curve.high[k]));
    line.emplace_back(x.at(curve.step[k]), height(curve.median[k]));
  }
  for (std::size_t k = curve.step.size(); k-- > 0;)
    band += "L" + px(x.at(curve.step[k])) + " " + px(height(curve.low[k]));
  svg.path(band + "Z", "band");
  svg.polyline(line, "line");
  for (const auto& [step, loss] : curve.validation) validation.emplace_back(x.at(step), height(loss));
  if (!validation.empty()) svg.polyline(validation, "line second");
}

Svg draw(const std::vector<Curve>& curves, double width) {
  Svg svg(width, width < 400 ? 270 : 310);
  std::vector<double> steps{0}, losses;
  bool validated = false;
  for (const Curve& curve : curves) {
    steps.insert(steps.end(), curve.step.begin(), curve.step.end());
    // The first windows may be far off and would flatten the rest; they are clipped at the top.
    for (const auto* values : {&curve.low, &curve.high, &curve.median})
      losses.insert(losses.end(), values->begin() + static_cast<std::ptrdiff_t>(values->size() / 40), values->end());
    for (const auto& [step, loss] : curve.validation) losses.push_back(loss);
    validated = validated || !curve.validation.empty();
  }
  const auto [y_low, y_high] = padded(losses, false);
  const Scale x{0, *std::max_element(steps.begin(), steps.end()) + 1, 62, width - 12};
  const Scale y{y_low, y_high, svg.height() - 46, 34};
  draw_axes(svg, x, y, {"step", "loss"});
  for (const Curve& curve : curves) draw_curve(svg, curve, x, y);
  svg.line(62, 14, 84, 14, "line");
  svg.text(90, 18, "loss", "legend");
  if (validated) {
    svg.line(136, 14, 158, 14, "line second");
    svg.text(164, 18, "cells kept back", "legend");
  }
  return svg;
}

}  // namespace

std::vector<Panel> training_panels(const Content& content) {
  if (!content.training || content.training->step.empty()) return {};
  const Training& training = *content.training;
  std::map<double, std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < training.step.size(); ++i) members[training.member[i]].push_back(i);
  std::vector<Curve> curves;
  for (const auto& [member, entries] : members) curves.push_back(smoothed(training, entries));
  curves.erase(std::remove_if(curves.begin(), curves.end(), [](const Curve& c) { return c.step.empty(); }),
               curves.end());
  if (curves.empty()) return {};
  Table table{{"step", "median loss"}, {}};
  for (const Curve& curve : curves)
    for (std::size_t k = 0; k < curve.step.size(); k += std::max<std::size_t>(1, curve.step.size() / 10))
      table.rows.push_back({grouped(static_cast<std::int64_t>(curve.step[k])), core::format_short(curve.median[k])});
  return {
      {"training", "Training",
       "The loss over the steps of the fit: medians of windows, the band from 10 to 90 %. It may be negative; that "
       "it stops falling is what matters." +
           (curves.size() > 1 ? " A line for each of " + std::to_string(curves.size()) + " networks." : std::string()),
       [curves](double width) { return draw(curves, width); }, table}};
}

}  // namespace instar::report
