#include "math/transport.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "math/pairs.hpp"
#include "math/sparse_transport.hpp"

// The complete bipartite graph of two clouds has far more arcs than an optimal plan uses. So the simplex runs on a
// short list of arcs, and the duals it ends with are priced against *all* pairs: where none is violated, the plan is
// optimal on the complete graph, too; else the violating arcs join the list (column generation; the short list is the
// idea of Gottschlich and Schuhmacher, PLoS ONE 9(10), 2014). Good first lists come from the same problem between
// coarser clouds (groups of near points), as in multiscale solvers (Merigot, Comput. Graph. Forum 30(5), 2011).

namespace instar::math {
namespace {

/// All of one side's mass, in whole units: exact sums, and weights rounded by at most 2^-53 of the total.
constexpr std::int64_t kTotal = std::int64_t{1} << 52;
/// Up to this many pairs the simplex gets all of them at once.
constexpr Index kDirectPairs = 1 << 16;
constexpr Index kGroup = 4;         ///< points merged into one at the next coarser level
constexpr Index kLeastGroups = 64;  ///< a side of fewer points is not merged further
constexpr std::size_t kFirstArcs = 8;
constexpr std::size_t kArcsPerRound = 4;
constexpr int kCoarseRounds = 2;  ///< coarse levels only have to guide the finer ones
/// A pair counts as violated below -kSlack times the largest distance: the plan's cost is optimal within that.
constexpr double kSlack = 1e-11;

struct Side {
  Matrix points;                     ///< [n, d]
  std::vector<std::int64_t> supply;  ///< [n], > 0, sums to kTotal
  Index size() const { return points.rows(); }
};

struct Plan {
  std::vector<Arc> arcs;  ///< ascending
  std::vector<std::int64_t> flow;
  Vector row_dual;
  Vector col_dual;
};

double ground_cost(double squared, GroundCost cost) {
  return cost == GroundCost::euclidean ? std::sqrt(squared) : squared;
}

template <class Body>
void over_blocks(const PointColumns& to, const Side& from, Index row, GroundCost cost,
                 PointColumns::Distances& distances, const Body& body) {
  for (Index begin = 0; begin < to.size(); begin += PointColumns::kBlock) {
    to.squared_distances(from.points.row(row), begin, std::min(PointColumns::kBlock, to.size() - begin), distances);
    if (cost == GroundCost::euclidean) distances = distances.sqrt();
    body(begin);
  }
}

/// For every point of `from`, the up to `count` points of `to` of least reduced cost c - dual, if below `limit`(row).
/// @returns for each point of `from` its points of `to`
std::vector<std::vector<std::int32_t>> cheapest(const Side& from, const Side& to, const Vector& to_dual,
                                                GroundCost cost, std::size_t count, const Vector& limit) {
  const PointColumns targets(to.points);
  std::vector<std::vector<std::int32_t>> found(static_cast<std::size_t>(from.size()));
  core::parallel_chunks(from.size(), 64, [&](Index first, Index last) {
    PointColumns::Distances reduced;
    std::vector<std::pair<double, std::int32_t>> best;
    for (Index i = first; i < last; ++i) {
      best.clear();
      double bound = limit[i];
      over_blocks(targets, from, i, cost, reduced, [&](Index begin) {
        reduced -= to_dual.segment(begin, reduced.size()).transpose().array();
        if (reduced.minCoeff() >= bound) return;
        for (Index j = 0; j < reduced.size(); ++j) {
          if (reduced[j] >= bound) continue;
          const std::pair<double, std::int32_t> entry{reduced[j], static_cast<std::int32_t>(begin + j)};
          if (best.size() == count) best.pop_back();
          best.insert(std::upper_bound(best.begin(), best.end(), entry), entry);
          if (best.size() == count) bound = best.back().first;
        }
      });
      for (const auto& entry : best) found[static_cast<std::size_t>(i)].push_back(entry.second);
    }
  });
  return found;
}

/// min over `to` of c - dual for every point of `from`: the tightest dual that fits.
Vector c_transform(const Side& from, const Side& to, const Vector& to_dual, GroundCost cost) {
  const PointColumns targets(to.points);
  Vector least(from.size());
  core::parallel_chunks(from.size(), 64, [&](Index first, Index last) {
    PointColumns::Distances reduced;
    for (Index i = first; i < last; ++i) {
      least[i] = std::numeric_limits<double>::infinity();
      over_blocks(targets, from, i, cost, reduced, [&](Index begin) {
        least[i] =
            std::min(least[i], (reduced - to_dual.segment(begin, reduced.size()).transpose().array()).minCoeff());
      });
    }
  });
  return least;
}

void sort_unique(std::vector<Arc>& arcs) {
  std::sort(arcs.begin(), arcs.end());
  arcs.erase(std::unique(arcs.begin(), arcs.end()), arcs.end());
}

/// Adds the cheapest arcs of every row and of every column given the other side's duals.
/// @returns how many were added, some of them perhaps twice
std::size_t add_cheapest(const Side& a, const Side& b, const Vector& row_dual, const Vector& col_dual, GroundCost cost,
                         std::size_t count, const Vector& row_limit, const Vector& col_limit, std::vector<Arc>& arcs) {
  const std::size_t before = arcs.size();
  const auto by_row = cheapest(a, b, col_dual, cost, count, row_limit);
  for (std::size_t i = 0; i < by_row.size(); ++i)
    for (const std::int32_t j : by_row[i]) arcs.push_back({static_cast<std::int32_t>(i), j});
  const auto by_col = cheapest(b, a, row_dual, cost, count, col_limit);
  for (std::size_t j = 0; j < by_col.size(); ++j)
    for (const std::int32_t i : by_col[j]) arcs.push_back({i, static_cast<std::int32_t>(j)});
  return arcs.size() - before;
}

void run_simplex(const Side& a, const Side& b, GroundCost cost, Plan& plan) {
  std::vector<double> costs(plan.arcs.size());
  for (std::size_t e = 0; e < costs.size(); ++e)
    costs[e] = ground_cost((a.points.row(plan.arcs[e].row) - b.points.row(plan.arcs[e].col)).squaredNorm(), cost);
  SparseFlow flow = sparse_transport(plan.arcs, costs, a.supply, b.supply);
  plan.flow = std::move(flow.flow);
  plan.row_dual = std::move(flow.row_dual);
  plan.col_dual = std::move(flow.col_dual);
}

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

struct Coarse {
  Side side;
  std::vector<std::vector<Index>> members;  ///< of every coarse point
};

Coarse coarsen(const Side& fine) {
  std::vector<Index> order(static_cast<std::size_t>(fine.size()));
  std::iota(order.begin(), order.end(), Index{0});
  const Index group = fine.size() <= kLeastGroups ? 1 : kGroup;
  if (group > 1) kd_order(fine.points, order.data(), order.data() + order.size());
  const Index groups = (fine.size() + group - 1) / group;
  Coarse coarse;
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

/// Arcs that can carry all the mass: every coarse flow is handed out among the members of its two groups in turn
/// (the north-west corner rule).
void add_feasible(const Plan& coarse, const Coarse& rows, const Coarse& cols, std::vector<std::int64_t> row_left,
                  std::vector<std::int64_t> col_left, std::vector<Arc>& arcs) {
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
      if (moved > 0) arcs.push_back({static_cast<std::int32_t>(i), static_cast<std::int32_t>(j)});
      left -= moved, here -= moved, there -= moved;
      if (here == 0) ++row_at[r];
      if (there == 0) ++col_at[c];
    }
  }
}

/// Largest cost that may occur, from the box around both clouds.
double cost_bound(const Side& a, const Side& b, GroundCost cost) {
  const auto high = a.points.colwise().maxCoeff().cwiseMax(b.points.colwise().maxCoeff());
  const auto low = a.points.colwise().minCoeff().cwiseMin(b.points.colwise().minCoeff());
  return ground_cost((high - low).squaredNorm(), cost);
}

Plan solve(const Side& a, const Side& b, GroundCost cost, bool exact) {
  Plan plan;
  if (a.size() * b.size() <= kDirectPairs || std::max(a.size(), b.size()) <= kLeastGroups) {
    for (std::int32_t i = 0; i < a.size(); ++i)
      for (std::int32_t j = 0; j < b.size(); ++j) plan.arcs.push_back({i, j});
    run_simplex(a, b, cost, plan);
    return plan;
  }
  {
    const Coarse rows = coarsen(a);
    const Coarse cols = coarsen(b);
    const Plan coarse = solve(rows.side, cols.side, cost, false);
    const Vector row_guess = c_transform(a, cols.side, coarse.col_dual, cost);
    const Vector col_guess = c_transform(b, a, row_guess, cost);
    add_cheapest(a, b, row_guess, col_guess, cost, kFirstArcs,
                 Vector::Constant(a.size(), std::numeric_limits<double>::infinity()),
                 Vector::Constant(b.size(), std::numeric_limits<double>::infinity()), plan.arcs);
    add_feasible(coarse, rows, cols, a.supply, b.supply, plan.arcs);
    sort_unique(plan.arcs);
  }
  const double slack = kSlack * cost_bound(a, b, cost);
  for (int round = 1;; ++round) {
    run_simplex(a, b, cost, plan);
    if (!exact && round == kCoarseRounds) return plan;
    std::vector<Arc> violated;
    add_cheapest(a, b, plan.row_dual, plan.col_dual, cost, kArcsPerRound, plan.row_dual.array() - slack,
                 plan.col_dual.array() - slack, violated);
    if (violated.empty()) return plan;
    const std::size_t before = plan.arcs.size();
    plan.arcs.insert(plan.arcs.end(), violated.begin(), violated.end());
    sort_unique(plan.arcs);
    if (plan.arcs.size() == before)  // the duals contradict the simplex: rounding is worse than it can be
      throw NumericError("optimal transport", "duals and reduced costs disagree beyond rounding");
  }
}

/// Points of positive weight, weights in whole units. @param kept their positions in `points`
Side make_side(const MatrixView& points, const VectorView& weights, std::vector<std::int32_t>& kept) {
  const Vector shares = normalized_weights(points, weights);
  Side side;
  std::int64_t given = 0;
  for (Index i = 0; i < shares.size(); ++i) {
    const std::int64_t units = std::llround(shares[i] * static_cast<double>(kTotal));
    if (units == 0) continue;
    kept.push_back(static_cast<std::int32_t>(i));
    side.supply.push_back(units);
    given += units;
  }
  // What rounding left over goes to the heaviest point, where it matters least.
  *std::max_element(side.supply.begin(), side.supply.end()) += kTotal - given;
  side.points.resize(static_cast<Index>(kept.size()), points.cols());
  for (std::size_t i = 0; i < kept.size(); ++i) side.points.row(static_cast<Index>(i)) = points.row(kept[i]);
  return side;
}

}  // namespace

std::vector<PlanEntry> exact_transport(const MatrixView& a, const VectorView& wa, const MatrixView& b,
                                       const VectorView& wb, GroundCost cost, double* total) {
  check_same_dims(a, b);
  std::vector<std::int32_t> rows, cols;
  const Side from = make_side(a, wa, rows);
  const Side to = make_side(b, wb, cols);
  const Plan plan = solve(from, to, cost, true);
  std::vector<PlanEntry> entries;
  double sum = 0;
  for (std::size_t e = 0; e < plan.arcs.size(); ++e) {
    if (plan.flow[e] == 0) continue;
    const Arc arc = plan.arcs[e];
    const double mass = static_cast<double>(plan.flow[e]) / static_cast<double>(kTotal);
    entries.push_back({rows[static_cast<std::size_t>(arc.row)], cols[static_cast<std::size_t>(arc.col)], mass});
    sum += mass * ground_cost((from.points.row(arc.row) - to.points.row(arc.col)).squaredNorm(), cost);
  }
  if (total != nullptr) *total = sum;
  return entries;
}

}  // namespace instar::math
