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

/// A distance between the populations that two clouds are drawn from.
struct PopulationDistance {
  double value = 0;  ///< unbiased; may be negative
  double error = 0;  ///< standard error; NaN where one cell has all the weight
};
/// Squared MMD (the kernels of `mmd`) and energy distance as U-statistics, with the standard error that Hoeffding's
/// decomposition gives them (A class of statistics with asymptotically normal distribution, 1948; for two clouds:
/// Gretton et al., A kernel two-sample test, 2012, section 6). With shares w, v of the total weights and a kernel k
/// (minus the distance for the energy distance), pairs of a cell with itself left out of the means,
///   value = m(a,a) + m(b,b) - 2 m(a,b),
///   h_i = 2 (mean of k(x_i, .) over the other cells of a - mean of k(x_i, .) over b), and so for b,
///   error^2 = sum w_i^2 (h_i - h)^2 / (1 - sum w_i^2) + the same over b.
/// The influences h are measured with the cells themselves: that counts the part of second order twice (the Efron-Stein
/// inequality), which is small unless the populations are nearly the same, and never makes the error too small. It is
/// what ever more resamples of the cells would give. O(n m) and O(n^2), same bytes for any number of threads.
/// @param a, b at least two points of positive weight each
PopulationDistance population_mmd(const Cloud& a, const Cloud& b);
PopulationDistance population_energy(const Cloud& a, const Cloud& b);

}  // namespace instar::math
