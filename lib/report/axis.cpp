#include "report/axis.hpp"

#include <algorithm>
#include <cmath>

#include "core/format.hpp"

namespace instar::report {

std::vector<double> ticks(double low, double high, int wanted) {
  const double raw = (high - low) / std::max(1, wanted);
  if (!(raw > 0) || !std::isfinite(raw)) return {low};
  const double power = std::pow(10, std::floor(std::log10(raw)));
  const double lead = raw / power;
  const double step = power * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
  std::vector<double> result;
  // Counted, not summed: sums of .1 drift.
  for (double k = std::ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; ++k) {
    const double digits = std::max(0.0, std::ceil(-std::log10(step)));
    const double scale = std::pow(10, digits);
    result.push_back(std::round(k * step * scale) / scale + 0.0);
  }
  return result;
}

std::pair<double, double> padded(const std::vector<double>& values, bool with_zero) {
  double low = INFINITY, high = -INFINITY;
  for (const double v : values) {
    if (!std::isfinite(v)) continue;
    low = std::min(low, v);
    high = std::max(high, v);
  }
  if (low > high) return {0, 1};
  if (with_zero) {
    low = std::min(low, 0.0);
    high = std::max(high, 0.0);
  }
  if (low == high) return {low - 1, high + 1};
  const double room = .06 * (high - low);
  return {with_zero && low == 0 ? 0 : low - room, with_zero && high == 0 ? 0 : high + room};
}

void draw_axes(Svg& svg, const Scale& x, const Scale& y, const AxisTitles& titles, const std::vector<double>& x_ticks) {
  const double left = std::min(x.from, x.to), right = std::max(x.from, x.to), bottom = std::max(y.from, y.to);
  for (const double value : ticks(y.low, y.high, 5)) {
    svg.line(left, y.at(value), right, y.at(value), value == 0 ? "zero" : "grid");
    svg.text(left - 8, y.at(value) + 4, core::format_short(value), "tick", "end");
  }
  svg.line(left, bottom, right, bottom, "axis");
  for (const double value : x_ticks.empty() ? ticks(x.low, x.high, right - left < 300 ? 4 : 7) : x_ticks) {
    svg.line(x.at(value), bottom, x.at(value), bottom + 4, "axis");
    svg.text(x.at(value), bottom + 18, core::format_short(value), "tick", "middle");
  }
  if (!titles.x.empty()) svg.text((left + right) / 2, bottom + 36, titles.x, "title", "middle");
  if (!titles.y.empty()) svg.text_upwards(14, (y.from + y.to) / 2, titles.y, "title");
}

}  // namespace instar::report
