#pragma once

#include <string>
#include <vector>

#include "report/svg.hpp"

namespace instar::report {

/// Values to pixels, linearly.
struct Scale {
  double low = 0;   ///< value at `from`
  double high = 1;  ///< value at `to`
  double from = 0;  ///< pixels
  double to = 1;
  double at(double value) const { return from + (value - low) / (high - low) * (to - from); }
};

/// Round numbers (1, 2 or 5 times a power of ten apart) within [low, high], about `wanted` of them.
std::vector<double> ticks(double low, double high, int wanted);

/// The range of some values with a little room; [value - 1, value + 1] where there is only one.
/// @param with_zero 0 belongs to it
std::pair<double, double> padded(const std::vector<double>& values, bool with_zero);

struct AxisTitles {
  std::string x;
  std::string y;
};

/// Lines of a grid at the y ticks, labels of both axes and their titles, around the area that the scales span.
void draw_axes(Svg& svg, const Scale& x, const Scale& y, const AxisTitles& titles,
               const std::vector<double>& x_ticks = {});

}  // namespace instar::report
