#pragma once

#include <vector>

#include "report/content.hpp"

namespace instar::report {

/// The frame that cells are shown in.
struct Bounds {
  double x_low = 0, x_high = 1, y_low = 0, y_high = 1;
  bool contains(double x, double y) const { return x >= x_low && x <= x_high && y >= y_low && y <= y_high; }
};

/// All observed points with a little room; where a few stragglers would more than double a side, the middle 99.8 % of
/// them. Predicted ones stretch it by 15 % at each side at most, and by themselves set it where there are no observed
/// ones.
Bounds bounds_of(const Content& content);

/// The mean velocity of the points of one time in a square of the frame.
struct Arrow {
  double x, y;    ///< mean position
  double dx, dy;  ///< per unit of time
};

/// Weighted means in a grid of `side` x `side` squares; squares with fewer than `least` points have none.
std::vector<Arrow> velocity_grid(const Cloud& cloud, const std::vector<Index>& rows, const Bounds& bounds,
                                 int side = 20, Index least = 3);

}  // namespace instar::report
