#include "am/coupling.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "am/coupling_kernel.hpp"
#include "am/coupling_plan.hpp"
#include "am/coupling_scaling.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"
#include "math/transport.hpp"

namespace instar::am {
namespace {

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

/// Pairs that single precision took to be just within reach are left out.
void drop_unreachable(std::vector<PlanEntry>& plan, const MatrixView& x, const MatrixView& y, double growth_scale) {
  const double reach = std::numbers::pi * growth_scale * (1 - 1e-9);
  std::erase_if(plan, [&](const PlanEntry& e) { return (x.row(e.row) - y.row(e.col)).norm() >= reach; });
}

/// Semi-couplings of a plan over some of the cells: p and q add up to a and b whatever was left out.
void add_pairs(const std::vector<PlanEntry>& plan, const std::vector<Index>& rows, const std::vector<Index>& cols,
               const VectorView& a, const VectorView& b, Coupling& coupling) {
  Vector row_mass = Vector::Zero(a.size()), column_mass = Vector::Zero(b.size());
  const auto source = [&](const PlanEntry& e) { return rows[static_cast<std::size_t>(e.row)]; };
  const auto target = [&](const PlanEntry& e) { return cols[static_cast<std::size_t>(e.col)]; };
  for (const PlanEntry& e : plan) row_mass[source(e)] += e.mass, column_mass[target(e)] += e.mass;
  auto entry = plan.begin();
  for (Index i = 0; i < a.size(); ++i) {
    if (row_mass[i] == 0) {
      coupling.pairs.push_back({static_cast<std::int32_t>(i), Coupling::kNone, a[i], 0});
      continue;
    }
    for (; entry != plan.end() && source(*entry) == i; ++entry) {
      const Index j = target(*entry);
      coupling.pairs.push_back({static_cast<std::int32_t>(i), static_cast<std::int32_t>(j),
                                a[i] * (entry->mass / row_mass[i]), b[j] * (entry->mass / column_mass[j])});
    }
  }
  for (Index j = 0; j < b.size(); ++j)
    if (column_mass[j] == 0) coupling.pairs.push_back({Coupling::kNone, static_cast<std::int32_t>(j), 0, b[j]});
}

Matrix some_rows(const MatrixView& points, const std::vector<Index>& rows) { return points(rows, Eigen::all); }

std::vector<Index> all_of(Index count) {
  std::vector<Index> all(static_cast<std::size_t>(count));
  for (Index i = 0; i < count; ++i) all[static_cast<std::size_t>(i)] = i;
  return all;
}

/// The entropic problem on the cells that have a partner.
void solve_entropic(const MatrixView& x, const Vector& a, const MatrixView& y, const Vector& b, PairCost cost,
                    const CouplingOptions& options, const Survey& found, std::vector<PlanEntry>& plan,
                    Coupling& coupling, core::Reporter& reporter) {
  GibbsKernel kernel(x, y, cost, options.growth_scale);
  ScalingOptions scaling;
  // Where every cost is zero any eps gives the same plan.
  scaling.eps = options.blur * (found.mean_cost > 0 ? found.mean_cost : 1.0);
  scaling.eps_start = std::max(scaling.eps, found.mean_cost);
  scaling.tolerance = options.tolerance;
  scaling.max_iterations = options.max_iterations;
  scaling.marginals = cost == PairCost::cone ? Marginals::soft : Marginals::hard;
  const ScalingResult solved = solve_scaling(kernel, a, b, scaling, reporter);
  if (!solved.converged)
    throw NumericError("coupling",
                       "a relative gap of " + std::to_string(solved.relative_gap) + " is left after " +
                           std::to_string(solved.iterations) + " sweeps",
                       "use a larger --coupling-blur");
  coupling.relative_gap = solved.relative_gap;
  coupling.iterations = solved.iterations;
  coupling.blur = scaling.eps;
  coupling.mean_cost = found.mean_cost;
  plan = sparse_plan(kernel, a, b, options.partners);
  if (cost == PairCost::cone) drop_unreachable(plan, x, y, options.growth_scale);
}

}  // namespace

void CouplingOptions::validate() const {
  if (!(growth_scale > 0)) throw UsageError("the growth scale must be positive");
  if (!(blur >= 0) || !std::isfinite(blur)) throw UsageError("the coupling blur must be finite and not negative");
  if (!(tolerance > 0)) throw UsageError("the coupling tolerance must be positive");
  if (max_iterations < 1) throw UsageError("a coupling needs at least one iteration");
}

Coupling unbalanced_coupling(const MatrixView& x, const VectorView& a, const MatrixView& y, const VectorView& b,
                             const CouplingOptions& options, core::Reporter& reporter) {
  check_inputs(x, a, y, b, options);
  if (std::isinf(options.growth_scale)) return balanced_coupling(x, a, y, b, options, reporter);
  if (options.blur == 0) throw UsageError("exact unbalanced couplings (blur 0) are not supported");
  Coupling coupling;
  const Survey found = survey(GibbsKernel(x, y, PairCost::cone, options.growth_scale), a, b);
  std::vector<PlanEntry> plan;
  if (!found.rows.empty())
    solve_entropic(some_rows(x, found.rows), a(found.rows), some_rows(y, found.cols), b(found.cols), PairCost::cone,
                   options, found, plan, coupling, reporter);
  add_pairs(plan, found.rows, found.cols, a, b, coupling);
  return coupling;
}

Coupling balanced_coupling(const MatrixView& x, const VectorView& a, const MatrixView& y, const VectorView& b,
                           const CouplingOptions& options, core::Reporter& reporter) {
  check_inputs(x, a, y, b, options);
  Coupling coupling;
  std::vector<PlanEntry> plan;
  if (options.blur == 0) {
    double total = 0;
    for (const auto& e : math::exact_transport(x, a, y, b, math::GroundCost::squared_euclidean, &total))
      plan.push_back({static_cast<std::int32_t>(e.row), static_cast<std::int32_t>(e.col), e.mass});
    coupling.mean_cost = survey(GibbsKernel(x, y, PairCost::squared, 1), a, b).mean_cost;
  } else {
    const Survey found = survey(GibbsKernel(x, y, PairCost::squared, 1), a, b);
    solve_entropic(x, a / a.sum(), y, b / b.sum(), PairCost::squared, options, found, plan, coupling, reporter);
  }
  add_pairs(plan, all_of(a.size()), all_of(b.size()), a, b, coupling);
  return coupling;
}

}  // namespace instar::am
