#pragma once

#include <vector>

#include "core/types.hpp"
#include "math/pair_scan.hpp"
#include "math/plan_entry.hpp"

namespace instar::math {

/// An optimal plan and what proves it.
struct ExactTransport {
  std::vector<PlanEntry> plan;  ///< by row, then column; at most n + m - 1 entries
  double cost = 0;              ///< of the plan, per unit of mass
  /// Value of a dual solution that is feasible on all pairs, so that cost - dual bounds the distance to the optimum.
  /// The simplex ends where the two agree but for the rounding of costs to 2^-40 of the largest or finer.
  double dual = 0;
  /// That solution: f_i + g_j <= cost of (i, j), with equality on the plan. A constant may be moved from one to the
  /// other. 0 for points without mass, which it says nothing of.
  Vector row_dual;  ///< [n]
  Vector col_dual;  ///< [m]
  Index pivots = 0;
  int pricings = 0;  ///< how often the duals were held against all pairs

  double relative_gap() const { return cost > dual ? (cost - dual) / cost : 0; }
};

/// The exact optimal plan between two weighted clouds: network simplex on few pairs, whose duals are priced against all
/// pairs until none is violated. Memory grows with n + m, not with n m.
/// @param a [n, d], wa [n] and @param b [m, d], wb [m]: both weights are normalised to sum to 1
/// @throws DataError where clouds cannot be compared; NumericError where the solver does not end with an optimum
/// Same plan for any number of threads.
ExactTransport exact_transport(const MatrixView& a, const VectorView& wa, const MatrixView& b, const VectorView& wb,
                               GroundCost cost);

/// Bounds of the optimal cost for clouds too large for the optimum: that of a plan (the best between groups of near
/// points, handed out to their members and improved in a few rounds) and that of duals made feasible on all pairs.
struct TransportBounds {
  double lower = 0;
  double upper = 0;
};

/// The least cost is proven to lie in [lower, upper]. Arguments, exceptions and determinism as for exact_transport.
TransportBounds transport_bounds(const MatrixView& a, const VectorView& wa, const MatrixView& b, const VectorView& wb,
                                 GroundCost cost);

}  // namespace instar::math
