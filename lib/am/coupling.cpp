#include "am/coupling.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <string>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/rng.hpp"
#include "math/entropic_plan.hpp"
#include "math/entropic_transport.hpp"
#include "math/gibbs_kernel.hpp"
#include "math/transport.hpp"
#include "math/unbalanced_exact.hpp"

namespace instar::am {
namespace {

using math::GibbsKernel;
using math::PairCost;
using math::PlanEntry;

constexpr std::uint32_t kBlockStream = 0xb10c;

void check_inputs(const MatrixView& x, const VectorView& a, const MatrixView& y, const VectorView& b,
                  const CouplingOptions& options) {
  options.validate();
  if (x.rows() != a.size() || y.rows() != b.size() || x.cols() != y.cols())
    throw UsageError("coupling: numbers of points, masses and dimensions do not agree");
  if (x.rows() == 0 || y.rows() == 0) throw DataError("a coupling needs at least one cell on either side");
  if (!x.allFinite() || !y.allFinite()) throw DataError("the coordinates of the cells to couple are not all finite");
  if (!a.allFinite() || !b.allFinite() || !(a.minCoeff() > 0) || !(b.minCoeff() > 0))
    throw DataError("the masses of the cells to couple must be positive and finite");
}

/// Which cells have a partner at all, and the mean cost of the pairs that can be made.
struct Survey {
  std::vector<Index> rows, cols;
  double mean_cost = 0;
};

Survey survey(const GibbsKernel& kernel, const VectorView& a, const VectorView& b) {
  const Index n = kernel.rows(), m = kernel.cols();
  Vector cost = Vector::Zero(n), mass = Vector::Zero(n);
  const Index grain = 64, chunks = (n + grain - 1) / grain;
  std::vector<std::vector<char>> reached(static_cast<std::size_t>(chunks), std::vector<char>());
  core::parallel_for(chunks, [&](Index chunk) {
    auto& columns = reached[static_cast<std::size_t>(chunk)];
    columns.assign(static_cast<std::size_t>(m), 0);
    const auto costs = kernel.make_row();
    for (Index i = chunk * grain; i < std::min(n, (chunk + 1) * grain); ++i) {
      kernel.row_costs(i, costs.get());
      for (Index j = 0; j < m; ++j) {
        const double one = static_cast<double>(costs[static_cast<std::size_t>(j)]);
        if (std::isinf(one)) continue;
        cost[i] += b[j] * one;
        mass[i] += b[j];
        columns[static_cast<std::size_t>(j)] = 1;
      }
    }
  });
  Survey found;
  for (Index i = 0; i < n; ++i)
    if (mass[i] > 0) found.rows.push_back(i);
  for (Index j = 0; j < m; ++j)
    if (std::any_of(reached.begin(), reached.end(), [j](const auto& c) { return c[static_cast<std::size_t>(j)] != 0; }))
      found.cols.push_back(j);
  if (!found.rows.empty()) found.mean_cost = a.dot(cost) / a.dot(mass);
  return found;
}

/// One problem solved, in the numbering of its own cells.
struct Solved {
  std::vector<PlanEntry> plan;
  double relative_gap = 0;
  int iterations = 0;
  double eps = 0;
  double mean_cost = 0;
};

void require_gap(bool reached, double gap, int iterations) {
  if (reached) return;
  throw NumericError(
      "coupling",
      "a relative gap of " + std::to_string(gap) + " is left after " + std::to_string(iterations) + " sweeps",
      "use a larger --coupling-blur");
}

/// Every cell has a partner here.
Solved solve_entropic(const MatrixView& x, const Vector& a, const MatrixView& y, const Vector& b, PairCost cost,
                      double unit, const CouplingOptions& options, core::Reporter& reporter) {
  GibbsKernel kernel(x, y, cost, options.growth_scale);
  math::ScalingOptions scaling;
  scaling.eps = cost == PairCost::squared && options.entropy > 0 ? options.entropy : options.blur * unit;
  scaling.eps_start = std::max(scaling.eps, unit);
  scaling.tolerance = options.tolerance;
  scaling.max_iterations = options.max_iterations;
  scaling.marginals = cost == PairCost::cone ? math::Marginals::soft : math::Marginals::hard;
  const math::ScalingResult found = math::solve_scaling(kernel, a, b, Vector::Zero(b.size()), scaling, reporter);
  require_gap(found.converged, found.relative_gap, found.iterations);
  return {math::sparse_plan(kernel, a, b, options.partners), found.relative_gap, found.iterations, scaling.eps};
}

Solved solve_exact(const MatrixView& x, const Vector& a, const MatrixView& y, const Vector& b, double unit,
                   const CouplingOptions& options, core::Reporter& reporter) {
  math::UnbalancedOptions exact;
  exact.growth_scale = options.growth_scale;
  exact.mean_cost = unit;
  exact.tolerance = options.tolerance;
  exact.max_iterations = options.max_iterations;
  math::UnbalancedPlan found = math::exact_unbalanced_plan(x, a, y, b, exact, reporter);
  require_gap(found.relative_gap <= options.tolerance, found.relative_gap, found.iterations);
  return {std::move(found.plan), found.relative_gap, found.iterations};
}

Solved solve_unbalanced(const MatrixView& x, const Vector& a, const MatrixView& y, const Vector& b,
                        const CouplingOptions& options, core::Reporter& reporter) {
  const Survey near = survey(GibbsKernel(x, y, PairCost::cone, options.growth_scale), a, b);
  if (near.rows.empty()) return {};
  const Matrix some_x = x(near.rows, Eigen::all), some_y = y(near.cols, Eigen::all);
  const Vector some_a = a(near.rows), some_b = b(near.cols);
  const double unit = near.mean_cost > 0 ? near.mean_cost : 1.0;  // all in one place: any eps gives the same plan
  Solved solved = options.blur == 0
                      ? solve_exact(some_x, some_a, some_y, some_b, unit, options, reporter)
                      : solve_entropic(some_x, some_a, some_y, some_b, PairCost::cone, unit, options, reporter);
  solved.mean_cost = near.mean_cost;
  for (PlanEntry& e : solved.plan) {
    e.row = static_cast<std::int32_t>(near.rows[static_cast<std::size_t>(e.row)]);
    e.col = static_cast<std::int32_t>(near.cols[static_cast<std::size_t>(e.col)]);
  }
  // Pairs that single precision took to be just within reach.
  const double reach = std::numbers::pi * options.growth_scale * (1 - 1e-9);
  std::erase_if(solved.plan, [&](const PlanEntry& e) { return (x.row(e.row) - y.row(e.col)).norm() >= reach; });
  return solved;
}

Solved solve_balanced(const MatrixView& x, const Vector& a, const MatrixView& y, const Vector& b,
                      const CouplingOptions& options, core::Reporter& reporter) {
  const double mean_cost = survey(GibbsKernel(x, y, PairCost::squared, 1), a, b).mean_cost;
  Solved solved;
  if (options.blur == 0 && options.entropy == 0) {
    math::ExactTransport exact = math::exact_transport(x, a, y, b, math::GroundCost::squared_euclidean);
    solved.plan = std::move(exact.plan);
    solved.relative_gap = exact.relative_gap();
    solved.iterations = exact.pricings;
  } else {
    const double unit = mean_cost > 0 ? mean_cost : 1.0;
    solved = solve_entropic(x, a / a.sum(), y, b / b.sum(), PairCost::squared, unit, options, reporter);
  }
  solved.mean_cost = mean_cost;
  return solved;
}

using Solver = Solved (*)(const MatrixView&, const Vector&, const MatrixView&, const Vector&, const CouplingOptions&,
                          core::Reporter&);

/// 0 ... count - 1 in an order of chance.
std::vector<Index> shuffled(Index count, std::uint64_t side) {
  std::vector<Index> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), Index{0});
  core::Rng rng(0, kBlockStream, side);
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[static_cast<std::size_t>(rng.below(static_cast<std::int64_t>(i)))]);
  return order;
}

/// The cells of one of `blocks` equal parts of `order`, ascending.
std::vector<Index> part(const std::vector<Index>& order, Index block, Index blocks) {
  const Index count = static_cast<Index>(order.size());
  std::vector<Index> cells(order.begin() + block * count / blocks, order.begin() + (block + 1) * count / blocks);
  std::sort(cells.begin(), cells.end());
  return cells;
}

Solved solve_in_blocks(const MatrixView& x, const Vector& a, const MatrixView& y, const Vector& b, Index blocks,
                       Solver solver, const CouplingOptions& options, core::Reporter& reporter) {
  reporter.warning("a coupling of " + std::to_string(x.rows()) + " x " + std::to_string(y.rows()) +
                   " cells is solved in " + std::to_string(blocks) + " random blocks, each optimal on its own");
  const auto rows = shuffled(x.rows(), 0), cols = shuffled(y.rows(), 1);
  Solved all;
  for (Index k = 0; k < blocks; ++k) {
    const auto own_rows = part(rows, k, blocks), own_cols = part(cols, k, blocks);
    const Matrix some_x = x(own_rows, Eigen::all), some_y = y(own_cols, Eigen::all);
    const Solved one = solver(some_x, a(own_rows), some_y, b(own_cols), options, reporter);
    for (const PlanEntry& e : one.plan)
      all.plan.push_back({static_cast<std::int32_t>(own_rows[static_cast<std::size_t>(e.row)]),
                          static_cast<std::int32_t>(own_cols[static_cast<std::size_t>(e.col)]), e.mass});
    all.relative_gap = std::max(all.relative_gap, one.relative_gap);
    all.iterations += one.iterations;
    all.eps += one.eps / static_cast<double>(blocks);
    all.mean_cost += one.mean_cost / static_cast<double>(blocks);
  }
  std::sort(all.plan.begin(), all.plan.end(),
            [](const PlanEntry& s, const PlanEntry& t) { return std::pair(s.row, s.col) < std::pair(t.row, t.col); });
  return all;
}

/// Semi-couplings of a plan: p and q add up to a and b whatever was left out of it.
Coupling semi_couplings(const Solved& solved, const Vector& a, const Vector& b) {
  Coupling coupling;
  coupling.relative_gap = solved.relative_gap;
  coupling.iterations = solved.iterations;
  coupling.blur = solved.eps;
  coupling.mean_cost = solved.mean_cost;
  Vector row_mass = Vector::Zero(a.size()), col_mass = Vector::Zero(b.size());
  for (const PlanEntry& e : solved.plan) row_mass[e.row] += e.mass, col_mass[e.col] += e.mass;
  coupling.pairs.reserve(solved.plan.size());
  auto entry = solved.plan.begin();
  for (Index i = 0; i < a.size(); ++i) {
    if (row_mass[i] == 0) coupling.pairs.push_back({static_cast<std::int32_t>(i), Coupling::kNone, a[i], 0});
    for (; entry != solved.plan.end() && entry->row == i; ++entry)
      coupling.pairs.push_back({entry->row, entry->col, a[i] * (entry->mass / row_mass[i]),
                                b[entry->col] * (entry->mass / col_mass[entry->col])});
  }
  for (Index j = 0; j < b.size(); ++j)
    if (col_mass[j] == 0) coupling.pairs.push_back({Coupling::kNone, static_cast<std::int32_t>(j), 0, b[j]});
  return coupling;
}

Coupling couple(const MatrixView& x, const VectorView& a, const MatrixView& y, const VectorView& b, Solver solver,
                const CouplingOptions& options, core::Reporter& reporter) {
  const double pieces =
      static_cast<double>(x.rows()) * static_cast<double>(y.rows()) / static_cast<double>(options.pairs_at_once);
  const Index blocks = std::min({static_cast<Index>(std::ceil(std::sqrt(pieces))), x.rows(), y.rows()});
  return semi_couplings(blocks > 1 ? solve_in_blocks(x, a, y, b, blocks, solver, options, reporter)
                                   : solver(x, a, y, b, options, reporter),
                        a, b);
}

}  // namespace

void CouplingOptions::validate() const {
  if (!(growth_scale > 0)) throw UsageError("the growth scale must be positive");
  if (!(blur >= 0) || !std::isfinite(blur)) throw UsageError("the coupling blur must be finite and not negative");
  if (!(entropy >= 0) || !std::isfinite(entropy)) throw UsageError("the entropy must be finite and not negative");
  if (!(tolerance > 0)) throw UsageError("the coupling tolerance must be positive");
  if (max_iterations < 1) throw UsageError("a coupling needs at least one iteration");
  if (partners < 1) throw UsageError("a coupling keeps at least one partner per cell");
  if (pairs_at_once < 1) throw UsageError("a coupling solves at least one pair at once");
}

Coupling unbalanced_coupling(const MatrixView& x, const VectorView& a, const MatrixView& y, const VectorView& b,
                             const CouplingOptions& options, core::Reporter& reporter) {
  check_inputs(x, a, y, b, options);
  const bool balanced = std::isinf(options.growth_scale);
  return couple(x, a, y, b, balanced ? solve_balanced : solve_unbalanced, options, reporter);
}

Coupling balanced_coupling(const MatrixView& x, const VectorView& a, const MatrixView& y, const VectorView& b,
                           const CouplingOptions& options, core::Reporter& reporter) {
  check_inputs(x, a, y, b, options);
  return couple(x, a, y, b, solve_balanced, options, reporter);
}

}  // namespace instar::am
