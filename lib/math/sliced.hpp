#pragma once

#include "math/metrics.hpp"

namespace instar::math {

/// Sliced Wasserstein distance SW_p = ( mean over directions u of W_p^p(u.a, u.b) )^(1/p), u uniform on the unit sphere
/// (Bonneel, Rabin, Peyre and Pfister, J. Math. Imaging Vis. 51, 2015). Each W_p on a line is exact: weighted points in
/// order. SW_p <= W_p; in d dimensions a shift by v has SW_2 = |v| / sqrt(d). The directions are the same for all
/// clouds of d dimensions, so values can be compared. Same bytes for any number of threads.
/// @param power 1 or 2; @param projections how many directions, >= 1
double sliced_wasserstein(const Cloud& a, const Cloud& b, int power, Index projections);

}  // namespace instar::math
