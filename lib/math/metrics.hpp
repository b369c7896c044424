#pragma once

#include "core/reporter.hpp"
#include "core/types.hpp"

namespace instar::math {

/// A weighted cloud of points; weights need not sum to one and are normalised where a metric compares distributions.
struct Cloud {
  Matrix points;   ///< [n, d]
  Vector weights;  ///< [n], >= 0, sum > 0
};

/// Exact W1 (Euclidean cost): min over couplings of E|x - y|. Network simplex. Units of the points.
/// @param reporter is told, as a detail, the value of a dual solution that is feasible on all pairs: the certificate
double wasserstein1(const Cloud& a, const Cloud& b, core::Reporter& reporter = core::silent());
/// Exact W2: sqrt of the least E|x - y|^2.
double wasserstein2(const Cloud& a, const Cloud& b, core::Reporter& reporter = core::silent());
/// What the exact W1 or W2 lies between, for clouds too large for it: transport_bounds.
struct DistanceBounds {
  double lower = 0;
  double upper = 0;
};
/// @param power 1 or 2
DistanceBounds wasserstein_bounds(const Cloud& a, const Cloud& b, int power);
/// Squared MMD, biased (V-statistic), mean over RBF kernels exp(-gamma |x-y|^2), gamma in {2, 1, .5, .1, .01, .005}.
double mmd(const Cloud& a, const Cloud& b);
/// Squared MMD with the one kernel exp(-gamma |x-y|^2), unbiased (U-statistic): pairs of a cell with itself are left
/// out, so that it is 0 on average between samples of one distribution, and may be negative. Weights as in a
/// V-statistic.
/// @param a, b at least two points of positive weight each; @param gamma > 0, per squared unit of the points
/// @throws UsageError for another gamma; DataError for a cloud of one point
double mmd_unbiased(const Cloud& a, const Cloud& b, double gamma);
/// Energy distance 2 E|x-y| - E|x-x'| - E|y-y'| (V-statistic).
double energy_distance(const Cloud& a, const Cloud& b);

}  // namespace instar::math
