#pragma once

#include <cstdint>
#include <vector>

#include "core/types.hpp"
#include "math/plan_entry.hpp"

namespace instar::math {

/// An optimal flow on the given arcs, and its certificate.
struct SparseFlow {
  std::vector<std::int64_t> flow;  ///< one per arc
  Vector row_dual;                 ///< f, in units of cost: f_i + g_j <= c_ij on every arc, = where mass flows
  Vector col_dual;                 ///< g
};

/// Least-cost transport on a sparse bipartite graph by the network simplex (LEMON). Supplies are whole numbers and
/// costs are rounded to 2^-40 of the largest or finer, so that the simplex itself is exact and ends.
/// @param arcs ascending, unique; @param costs [arcs] >= 0
/// @param row_supply, col_supply > 0, same sum
/// @throws NumericError where the arcs cannot carry the masses
SparseFlow sparse_transport(const std::vector<Arc>& arcs, const std::vector<double>& costs,
                            const std::vector<std::int64_t>& row_supply, const std::vector<std::int64_t>& col_supply);

/// Units per unit of cost in which a network simplex counts. A dual is at most a path's worth of costs; this keeps it
/// below 2^60, and LEMON's own "infinite" cost is 2^62. @param nodes of both sides
double cost_scale(double largest, Index nodes);

}  // namespace instar::math
