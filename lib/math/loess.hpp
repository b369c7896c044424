#pragma once

#include "core/types.hpp"

namespace instar::math {

/// Local quadratic regression of y on x, evaluated at the points themselves, with the interpolation of cloess at its
/// defaults (Cleveland & Grosse, Stat. Comput. 1, 1991; R's and scikit-misc's loess with degree 2, family gaussian,
/// surface interpolate, cell 0.2): the range of x, widened by half a percent, is cut at medians into cells of at most
/// n * span * 0.2 points; at the ends of the cells a quadratic is fitted to the n * span nearest points with tricube
/// weights; between them the cubic through the fits' values and slopes is evaluated. It differs from direct local
/// regression in the third digit. Where the nearest points do not determine a quadratic the least one is taken, where
/// scikit-misc stops with an error.
/// @param x, y [n], finite, in any order
/// @param span share of the points that are near, in (0, 1]
/// @returns [n] fitted values
/// @throws UsageError for another span; DataError for fewer than three points, or where so many points share an x that
///   the nearest ones have no width. Same bytes for any number of threads
Vector loess(const Vector& x, const Vector& y, double span = 0.3);

}  // namespace instar::math
