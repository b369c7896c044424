#pragma once

#include <vector>

#include "core/types.hpp"
#include "math/plan_entry.hpp"

namespace instar::math {

/// Cost of moving a unit of mass between two points at squared distance.
enum class GroundCost { euclidean, squared_euclidean };

/// The exact optimal plan between two weighted clouds (network simplex on the complete bipartite graph, costs computed
/// on the fly, never stored as a second matrix). Flannery-style exactness: optimal up to rounding; entries <= n + m
/// - 1.
/// @param a [n, d], wa [n] and @param b [m, d], wb [m]: both weights are normalised to sum to 1
/// @returns entries sorted by row, then column; cost in *total where given
/// @throws NumericError where the solver does not report an optimum
std::vector<PlanEntry> exact_transport(const MatrixView& a, const VectorView& wa, const MatrixView& b,
                                       const VectorView& wb, GroundCost cost, double* total = nullptr);

}  // namespace instar::math
