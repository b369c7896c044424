#pragma once

#include <cstdint>
#include <vector>

#include "core/types.hpp"
#include "math/plan_entry.hpp"

/// Transport problems in whole units of mass, and the same problem between coarser clouds, which is where the solver of
/// transport.cpp gets its first plan and its first duals from.
namespace instar::math {

/// All of one side's mass, in whole units: exact sums, and weights rounded by at most 2^-53 of the total.
constexpr std::int64_t kTotalUnits = std::int64_t{1} << 52;
/// A side of fewer points is not merged further.
constexpr Index kLeastGroups = 64;

struct TransportSide {
  Matrix points;                     ///< [n, d]
  std::vector<std::int64_t> supply;  ///< [n], > 0, sums to kTotalUnits
  Index size() const { return points.rows(); }
};

/// A plan whose arcs make a forest, and duals.
struct FlowPlan {
  std::vector<Arc> arcs;  ///< ascending
  std::vector<std::int64_t> flow;
  Vector row_dual;
  Vector col_dual;
  Index pivots = 0;
  int pricings = 0;
};

struct CoarseSide {
  TransportSide side;
  std::vector<std::vector<Index>> members;  ///< of every coarse point
};

/// Points of positive weight, weights in whole units. @param kept their positions in `points`
TransportSide make_side(const MatrixView& points, const VectorView& weights, std::vector<std::int32_t>& kept);

/// Groups of near points (the leaves of a k-d tree), each at its centre of mass.
CoarseSide coarsen(const TransportSide& fine);

/// A plan of all the mass whose arcs are a forest as the coarse plan's are: every coarse flow is handed out among the
/// members of its two groups in turn (the north-west corner rule). Appends arcs and flows to `fine`.
void refine(const FlowPlan& coarse, const CoarseSide& rows, const CoarseSide& cols, const TransportSide& fine_rows,
            const TransportSide& fine_cols, FlowPlan& fine);

/// The north-west corner rule for two whole clouds; row duals 0.
FlowPlan corner_plan(const TransportSide& a, const TransportSide& b);

}  // namespace instar::math
