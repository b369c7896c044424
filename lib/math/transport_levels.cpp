#include "math/transport_levels.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "math/pairs.hpp"

namespace instar::math {
namespace {

constexpr Index kGroup = 4;  ///< points merged into one at the next coarser level

/// Positions of the points in the order of a k-d tree's leaves: neighbours in the order are neighbours in space.
void kd_order(const Matrix& points, Index* first, Index* last) {
  if (last - first <= kGroup) return;
  Vector low = points.row(*first).transpose();
  Vector high = low;
  for (const Index* p = first; p != last; ++p) {
    low = low.cwiseMin(points.row(*p).transpose());
    high = high.cwiseMax(points.row(*p).transpose());
  }
  Index widest = 0;
  (high - low).maxCoeff(&widest);
  Index* middle = first + (last - first) / 2 / kGroup * kGroup;
  if (middle == first) middle = first + kGroup;
  std::nth_element(first, middle, last, [&](Index p, Index q) {
    return points(p, widest) != points(q, widest) ? points(p, widest) < points(q, widest) : p < q;
  });
  kd_order(points, first, middle);
  kd_order(points, middle, last);
}

}  // namespace

CoarseSide coarsen(const TransportSide& fine) {
  std::vector<Index> order(static_cast<std::size_t>(fine.size()));
  std::iota(order.begin(), order.end(), Index{0});
  const Index group = fine.size() <= kLeastGroups ? 1 : kGroup;
  if (group > 1) kd_order(fine.points, order.data(), order.data() + order.size());
  const Index groups = (fine.size() + group - 1) / group;
  CoarseSide coarse;
  coarse.side.points.setZero(groups, fine.points.cols());
  coarse.side.supply.assign(static_cast<std::size_t>(groups), 0);
  coarse.members.resize(static_cast<std::size_t>(groups));
  for (std::size_t p = 0; p < order.size(); ++p) {
    const auto g = p / static_cast<std::size_t>(group);
    const std::int64_t supply = fine.supply[static_cast<std::size_t>(order[p])];
    coarse.members[g].push_back(order[p]);
    coarse.side.supply[g] += supply;
    coarse.side.points.row(static_cast<Index>(g)) += static_cast<double>(supply) * fine.points.row(order[p]);
  }
  for (Index g = 0; g < groups; ++g)
    coarse.side.points.row(g) /= static_cast<double>(coarse.side.supply[static_cast<std::size_t>(g)]);
  return coarse;
}

void refine(const FlowPlan& coarse, const CoarseSide& rows, const CoarseSide& cols, const TransportSide& fine_rows,
            const TransportSide& fine_cols, FlowPlan& fine) {
  std::vector<std::int64_t> row_left = fine_rows.supply, col_left = fine_cols.supply;
  std::vector<std::size_t> row_at(rows.members.size(), 0), col_at(cols.members.size(), 0);
  for (std::size_t e = 0; e < coarse.arcs.size(); ++e) {
    const auto r = static_cast<std::size_t>(coarse.arcs[e].row);
    const auto c = static_cast<std::size_t>(coarse.arcs[e].col);
    for (std::int64_t left = coarse.flow[e]; left > 0;) {
      const Index i = rows.members[r][row_at[r]];
      const Index j = cols.members[c][col_at[c]];
      std::int64_t& here = row_left[static_cast<std::size_t>(i)];
      std::int64_t& there = col_left[static_cast<std::size_t>(j)];
      const std::int64_t moved = std::min({left, here, there});
      if (moved > 0) {
        fine.arcs.push_back({static_cast<std::int32_t>(i), static_cast<std::int32_t>(j)});
        fine.flow.push_back(moved);
      }
      left -= moved, here -= moved, there -= moved;
      if (here == 0) ++row_at[r];
      if (there == 0) ++col_at[c];
    }
  }
}

FlowPlan corner_plan(const TransportSide& a, const TransportSide& b) {
  FlowPlan whole{{{0, 0}}, {kTotalUnits}, {}, {}};
  CoarseSide rows, cols;
  const auto all = [](const TransportSide& side) {
    std::vector<Index> order(static_cast<std::size_t>(side.size()));
    std::iota(order.begin(), order.end(), Index{0});
    return order;
  };
  rows.members = {all(a)}, cols.members = {all(b)};
  FlowPlan plan;
  refine(whole, rows, cols, a, b, plan);
  plan.row_dual.setZero(a.size());
  return plan;
}

TransportSide make_side(const MatrixView& points, const VectorView& weights, std::vector<std::int32_t>& kept) {
  const Vector shares = normalized_weights(points, weights);
  TransportSide side;
  std::int64_t given = 0;
  for (Index i = 0; i < shares.size(); ++i) {
    const std::int64_t units = std::llround(shares[i] * static_cast<double>(kTotalUnits));
    if (units == 0) continue;
    kept.push_back(static_cast<std::int32_t>(i));
    side.supply.push_back(units);
    given += units;
  }
  // What rounding left over goes to the heaviest point, where it matters least.
  *std::max_element(side.supply.begin(), side.supply.end()) += kTotalUnits - given;
  side.points.resize(static_cast<Index>(kept.size()), points.cols());
  for (std::size_t i = 0; i < kept.size(); ++i) side.points.row(static_cast<Index>(i)) = points.row(kept[i]);
  return side;
}

}  // namespace instar::math
