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
/// Squared MMD, biased (V-statistic), mean over RBF kernels exp(-gamma |x-y|^2), gamma in {2, 1, .5, .1, .01, .005}.
double mmd(const Cloud& a, const Cloud& b);
/// Energy distance 2 E|x-y| - E|x-x'| - E|y-y'| (V-statistic).
double energy_distance(const Cloud& a, const Cloud& b);

}  // namespace instar::math
