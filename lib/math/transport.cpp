#include "math/transport.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "math/pairs.hpp"
#include "math/sparse_transport.hpp"
#include "math/transport_levels.hpp"
#include "math/transport_simplex.hpp"

// The complete bipartite graph of two clouds has far more arcs than an optimal plan uses. So the simplex runs on a
// short list of arcs, and the duals it ends with are priced against *all* pairs: where none is violated, the plan is
// optimal on the complete graph, too; else the violating arcs join the list (column generation; the short list is the
// idea of Gottschlich and Schuhmacher, PLoS ONE 9(10), 2014). Good first lists come from the same problem between
// coarser clouds (groups of near points), as in multiscale solvers (Merigot, Comput. Graph. Forum 30(5), 2011).

namespace instar::math {
namespace {

/// Up to this many pairs the simplex gets all of them at once.
constexpr Index kDirectPairs = 1 << 12;
constexpr std::size_t kFirstArcs = 8;
constexpr std::size_t kArcsPerRound = 4;
constexpr int kCoarseRounds = 2;  ///< coarse levels only have to guide the finer ones
constexpr std::size_t kLeastBlock = 16;

double ground_cost(double squared, GroundCost cost) {
  return cost == GroundCost::euclidean ? std::sqrt(squared) : squared;
}

/// Two clouds, their costs in whole units.
struct Problem {
  const TransportSide& rows;
  const TransportSide& cols;
  GroundCost cost;
  double largest;  ///< no cost is above
  double scale;    ///< units per unit of cost

  double price(Index i, Index j) const {
    return ground_cost((rows.points.row(i) - cols.points.row(j)).squaredNorm(), cost);
  }
  std::int64_t units(double value) const { return std::llround(value * scale); }
  std::int64_t units(Arc arc) const { return units(price(arc.row, arc.col)); }
};

/// A pair that may enter the plan.
struct Candidate {
  Arc arc;
  std::int64_t cost;
};

/// min over the columns of c - dual, for every row.
Vector c_transform(const PairScan& scan, const Vector& dual) {
  struct Least {
    Vector value;
    double bound(Index i) const { return value[i]; }
    void see(Index i, Index, double reduced) { value[i] = reduced; }
  } least{Vector::Constant(scan.rows(), std::numeric_limits<double>::infinity())};
  scan.visit(dual, least);
  return least.value;
}

/// For every row the `count` columns of least reduced cost.
std::vector<std::vector<std::int32_t>> cheapest(const PairScan& scan, const Vector& dual, std::size_t count) {
  struct Best {
    std::size_t count;
    std::vector<std::vector<std::pair<double, std::int32_t>>> entries;
    std::vector<double> limit;
    double bound(Index i) const { return limit[static_cast<std::size_t>(i)]; }
    void see(Index i, Index j, double reduced) {
      auto& own = entries[static_cast<std::size_t>(i)];
      const std::pair<double, std::int32_t> entry{reduced, static_cast<std::int32_t>(j)};
      if (own.size() == count) own.pop_back();
      own.insert(std::upper_bound(own.begin(), own.end(), entry), entry);
      if (own.size() == count) limit[static_cast<std::size_t>(i)] = own.back().first;
    }
  };
  const auto n = static_cast<std::size_t>(scan.rows());
  Best best{count, std::vector<std::vector<std::pair<double, std::int32_t>>>(n),
            std::vector<double>(n, std::numeric_limits<double>::infinity())};
  scan.visit(dual, best);
  std::vector<std::vector<std::int32_t>> found(n);
  for (std::size_t i = 0; i < n; ++i)
    for (const auto& entry : best.entries[i]) found[i].push_back(entry.second);
  return found;
}

/// Pairs whose reduced cost is below zero, of every row the worst `count`. Empty only where there is none: single
/// precision picks the pairs to look at, whole numbers decide.
class Violations {
 public:
  Violations(const Problem& problem, const TransportSimplex& simplex, const Vector& row_dual, double error,
             std::size_t count)
      : problem_(problem),
        simplex_(simplex),
        row_dual_(row_dual),
        error_(error),
        count_(count),
        entries_(static_cast<std::size_t>(row_dual.size())),
        limit_(row_dual.array() + error) {}

  double bound(Index i) const { return limit_[i]; }
  void see(Index i, Index j, double) {
    const Arc arc{static_cast<std::int32_t>(i), static_cast<std::int32_t>(j)};
    const std::int64_t cost = problem_.units(arc);
    const Entry entry{
        cost - simplex_.row_dual(static_cast<std::size_t>(i)) - simplex_.col_dual(static_cast<std::size_t>(j)),
        {arc, cost}};
    if (entry.reduced >= 0) return;
    auto& own = entries_[static_cast<std::size_t>(i)];
    if (own.size() == count_ && entry.reduced >= own.back().reduced) return;
    if (own.size() == count_) own.pop_back();
    own.insert(std::upper_bound(own.begin(), own.end(), entry,
                                [](const Entry& p, const Entry& q) { return p.reduced < q.reduced; }),
               entry);
    if (own.size() == count_)
      limit_[i] = row_dual_[i] + error_ + static_cast<double>(own.back().reduced) / problem_.scale;
  }

  std::vector<Candidate> take() const {
    std::vector<Candidate> found;
    for (const auto& own : entries_)
      for (const Entry& entry : own) found.push_back(entry.candidate);
    return found;
  }

 private:
  struct Entry {
    std::int64_t reduced;
    Candidate candidate;
  };
  const Problem& problem_;
  const TransportSimplex& simplex_;
  const Vector& row_dual_;
  double error_;
  std::size_t count_;
  std::vector<std::vector<Entry>> entries_;
  Vector limit_;
};

/// Pivots until no candidate has a negative reduced cost. Every pivot takes the best of a block of candidates (the rule
/// of Grigoriadis, Math. Program. Study 26, 1986). @param at where to begin looking
Index optimise(TransportSimplex& simplex, const std::vector<Candidate>& candidates, std::size_t at) {
  const std::size_t count = candidates.size();
  const auto block = std::max<std::size_t>(kLeastBlock, static_cast<std::size_t>(std::sqrt(count)));
  Index pivots = 0;
  for (std::size_t clean = 0; clean < count;) {
    std::int64_t least = 0;
    std::size_t best = 0;
    for (std::size_t k = 0; k < block && clean < count; ++k, ++clean) {
      if (at == count) at = 0;
      const Candidate& one = candidates[at];
      const std::int64_t reduced = one.cost - simplex.row_dual(static_cast<std::size_t>(one.arc.row)) -
                                   simplex.col_dual(static_cast<std::size_t>(one.arc.col));
      if (reduced < least) least = reduced, best = at;
      ++at;
    }
    if (least == 0) continue;
    simplex.enter(candidates[best].arc, least);
    ++pivots;
    clean = 0;
  }
  return pivots;
}

void take_duals(const TransportSimplex& simplex, double scale, FlowPlan& plan) {
  // Duals are known up to a constant: small ones keep their digits in single precision.
  std::int64_t low = simplex.row_dual(0), high = low;
  for (std::size_t i = 1; i < static_cast<std::size_t>(plan.row_dual.size()); ++i) {
    low = std::min(low, simplex.row_dual(i));
    high = std::max(high, simplex.row_dual(i));
  }
  const std::int64_t middle = low + (high - low) / 2;
  for (Index i = 0; i < plan.row_dual.size(); ++i)
    plan.row_dual[i] = static_cast<double>(simplex.row_dual(static_cast<std::size_t>(i)) - middle) / scale;
  for (Index j = 0; j < plan.col_dual.size(); ++j)
    plan.col_dual[j] = static_cast<double>(simplex.col_dual(static_cast<std::size_t>(j)) + middle) / scale;
}

/// Largest cost that may occur, from the box around both clouds.
double cost_bound(const TransportSide& a, const TransportSide& b, GroundCost cost) {
  const auto high = a.points.colwise().maxCoeff().cwiseMax(b.points.colwise().maxCoeff());
  const auto low = a.points.colwise().minCoeff().cwiseMin(b.points.colwise().minCoeff());
  return ground_cost((high - low).squaredNorm(), cost);
}

FlowPlan solve(const TransportSide& a, const TransportSide& b, GroundCost cost, bool exact);

/// A first plan, guesses of the duals, and the pairs that look cheap by these.
FlowPlan first_plan(const Problem& problem, const PairScan& forth, const PairScan& back, std::vector<Arc>& cheap) {
  const TransportSide &a = problem.rows, &b = problem.cols;
  if (a.size() * b.size() <= kDirectPairs || std::max(a.size(), b.size()) <= kLeastGroups) {
    for (std::int32_t i = 0; i < a.size(); ++i)
      for (std::int32_t j = 0; j < b.size(); ++j) cheap.push_back({i, j});
    return corner_plan(a, b);
  }
  const CoarseSide rows = coarsen(a), cols = coarsen(b);
  const FlowPlan coarse = solve(rows.side, cols.side, problem.cost, false);
  FlowPlan plan;
  plan.pivots = coarse.pivots;
  plan.row_dual = c_transform(PairScan(a.points, cols.side.points, problem.cost), coarse.col_dual);
  plan.col_dual = c_transform(back, plan.row_dual);
  refine(coarse, rows, cols, a, b, plan);
  const auto by_row = cheapest(forth, plan.col_dual, kFirstArcs);
  for (std::size_t i = 0; i < by_row.size(); ++i)
    for (const std::int32_t j : by_row[i]) cheap.push_back({static_cast<std::int32_t>(i), j});
  const auto by_col = cheapest(back, plan.row_dual, kFirstArcs);
  for (std::size_t j = 0; j < by_col.size(); ++j)
    for (const std::int32_t i : by_col[j]) cheap.push_back({i, static_cast<std::int32_t>(j)});
  std::sort(cheap.begin(), cheap.end());
  cheap.erase(std::unique(cheap.begin(), cheap.end()), cheap.end());
  return plan;
}

FlowPlan solve(const TransportSide& a, const TransportSide& b, GroundCost cost, bool exact) {
  const double largest = cost_bound(a, b, cost);
  const Problem problem{a, b, cost, largest, cost_scale(largest, a.size() + b.size())};
  const PairScan forth(a.points, b.points, cost), back(b.points, a.points, cost);
  std::vector<Candidate> candidates;
  FlowPlan plan;
  {
    std::vector<Arc> cheap;
    plan = first_plan(problem, forth, back, cheap);
    candidates.reserve(2 * cheap.size());
    for (const Arc arc : cheap) candidates.push_back({arc, problem.units(arc)});
  }
  std::vector<std::int64_t> costs, guess;
  for (const Arc arc : plan.arcs) costs.push_back(problem.units(arc));
  for (Index i = 0; i < a.size(); ++i) guess.push_back(problem.units(plan.row_dual[i]));
  TransportSimplex simplex(static_cast<std::size_t>(a.size()), static_cast<std::size_t>(b.size()), plan.arcs, plan.flow,
                           costs, guess);
  plan.row_dual.resize(a.size()), plan.col_dual.resize(b.size());
  for (std::size_t fresh = 0;;) {
    plan.pivots += optimise(simplex, candidates, fresh);
    take_duals(simplex, problem.scale, plan);
    if (!exact && plan.pricings == kCoarseRounds) break;
    ++plan.pricings;
    const double bound = largest + plan.row_dual.cwiseAbs().maxCoeff() + plan.col_dual.cwiseAbs().maxCoeff();
    Violations violations(problem, simplex, plan.row_dual, forth.error(bound), kArcsPerRound);
    forth.visit(plan.col_dual, violations);
    const std::vector<Candidate> found = violations.take();
    if (found.empty()) break;
    fresh = candidates.size();
    candidates.insert(candidates.end(), found.begin(), found.end());
  }
  plan.arcs.clear(), plan.flow.clear();
  for (const TransportSimplex::Flow& flow : simplex.flows()) {
    plan.arcs.push_back(flow.arc);
    plan.flow.push_back(flow.units);
  }
  return plan;
}

/// Both sides in whole units of mass and in a unit of length that keeps single precision in range.
struct Units {
  std::vector<std::int32_t> rows, cols;  ///< positions of the points that have mass
  TransportSide from, to;
  GroundCost cost;
  double length;

  Units(const MatrixView& a, const VectorView& wa, const MatrixView& b, const VectorView& wb, GroundCost ground)
      : from(make_side(a, wa, rows)), to(make_side(b, wb, cols)), cost(ground) {
    // A power of two, so that nothing is rounded: whatever the units, single precision neither over- nor underflows.
    const double extent = cost_bound(from, to, GroundCost::euclidean);
    length = extent > 0 && std::isfinite(extent) ? std::exp2(std::ilogb(extent)) : 1.0;
    from.points /= length, to.points /= length;
  }
  double price(Arc arc) const {
    return ground_cost((from.points.row(arc.row) - to.points.row(arc.col)).squaredNorm(), cost);
  }
  static double share(std::int64_t units) { return static_cast<double>(units) / static_cast<double>(kTotalUnits); }
  double dual_value(const FlowPlan& plan) const {
    double value = 0;
    for (Index i = 0; i < from.size(); ++i) value += share(from.supply[static_cast<std::size_t>(i)]) * plan.row_dual[i];
    for (Index j = 0; j < to.size(); ++j) value += share(to.supply[static_cast<std::size_t>(j)]) * plan.col_dual[j];
    return value;
  }
  double back() const { return cost == GroundCost::euclidean ? length : length * length; }
};

}  // namespace

ExactTransport exact_transport(const MatrixView& a, const VectorView& wa, const MatrixView& b, const VectorView& wb,
                               GroundCost cost) {
  check_same_dims(a, b);
  const Units in(a, wa, b, wb, cost);
  const FlowPlan plan = solve(in.from, in.to, cost, true);
  ExactTransport found;
  found.pivots = plan.pivots, found.pricings = plan.pricings;
  for (std::size_t e = 0; e < plan.arcs.size(); ++e) {
    const Arc arc = plan.arcs[e];
    const double mass = Units::share(plan.flow[e]);
    found.plan.push_back(
        {in.rows[static_cast<std::size_t>(arc.row)], in.cols[static_cast<std::size_t>(arc.col)], mass});
    found.cost += mass * in.price(arc);
  }
  // Costs were rounded by half a unit, so the duals may be too high by that.
  const double largest = cost_bound(in.from, in.to, cost);
  found.dual = in.dual_value(plan) - (largest > 0 ? 0.5 / cost_scale(largest, in.from.size() + in.to.size()) : 0);
  found.cost *= in.back(), found.dual *= in.back();
  found.row_dual = Vector::Zero(a.rows()), found.col_dual = Vector::Zero(b.rows());
  for (std::size_t i = 0; i < in.rows.size(); ++i)
    found.row_dual[in.rows[i]] = plan.row_dual[static_cast<Index>(i)] * in.back();
  for (std::size_t j = 0; j < in.cols.size(); ++j)
    found.col_dual[in.cols[j]] = plan.col_dual[static_cast<Index>(j)] * in.back();
  return found;
}

TransportBounds transport_bounds(const MatrixView& a, const VectorView& wa, const MatrixView& b, const VectorView& wb,
                                 GroundCost cost) {
  check_same_dims(a, b);
  const Units in(a, wa, b, wb, cost);
  FlowPlan plan = solve(in.from, in.to, cost, false);
  TransportBounds bounds;
  for (std::size_t e = 0; e < plan.arcs.size(); ++e)
    bounds.upper += Units::share(plan.flow[e]) * in.price(plan.arcs[e]);
  // The duals of a plan that is not optimal overshoot somewhere: the largest that fit these of the rows do not.
  const PairScan scan(in.to.points, in.from.points, cost);
  const double bound = cost_bound(in.from, in.to, cost) + plan.row_dual.cwiseAbs().maxCoeff();
  plan.col_dual = c_transform(scan, plan.row_dual).array() - scan.error(bound);
  bounds.lower = std::clamp(in.dual_value(plan), 0.0, bounds.upper);
  bounds.lower *= in.back(), bounds.upper *= in.back();
  return bounds;
}

}  // namespace instar::math
