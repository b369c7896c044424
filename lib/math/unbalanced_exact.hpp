#pragma once

#include <vector>

#include "core/reporter.hpp"
#include "core/types.hpp"
#include "math/entropic_plan.hpp"

namespace instar::math {

struct UnbalancedOptions {
  double growth_scale = 1;
  double mean_cost = 1;  ///< what eps is measured in; > 0
  double tolerance = 1e-3;
  int max_iterations = 20000;  ///< sweeps of scaling, all values of eps together
};

struct UnbalancedPlan {
  std::vector<PlanEntry> plan;  ///< gamma, sorted by row, then column; fewer than n + m entries
  double primal = 0;
  double dual = 0;
  double relative_gap = 0;  ///< (primal - dual) / primal
  int iterations = 0;
};

/// The unblurred problem with its certificate:
///   primal  min_gamma  <c, gamma> + KL(gamma_1 | a) + KL(gamma_2 | b)
///   dual    max_{f,g}  sum a (1 - e^-f) + sum b (1 - e^-g),   f_i + g_j <= c_ij for all pairs
///
/// An entropic plan of small eps has marginals close to the optimal ones. Between these the network simplex finds the
/// exact plan, on the pairs that the entropic plan uses, and its duals. Both are then off the optimum to second order
/// only (D): the primal because its value is stationary in the marginals, the dual because its gradient at the optimum
/// are the optimal marginals, for which the simplex's duals are best. The duals are made feasible on *all* pairs by two
/// c-transforms in double, so the gap certifies the plan. As long as it is too wide, eps is divided by 4.
/// @param x [n, d], a [n]; @param y [m, d], b [m]: positive masses; every cell has a partner within reach
/// @returns the best plan and the best dual value found; the gap may be above the tolerance where iterations ran out
UnbalancedPlan exact_unbalanced_plan(const MatrixView& x, const Vector& a, const MatrixView& y, const Vector& b,
                                     const UnbalancedOptions& options, core::Reporter& reporter);

}  // namespace instar::math
