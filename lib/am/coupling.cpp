#include "am/coupling.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "core/error.hpp"
#include "core/format.hpp"
#include "math/entropic_plan.hpp"
#include "math/entropic_transport.hpp"
#include "math/gibbs_kernel.hpp"
#include "math/streamed_transport.hpp"
#include "math/transport.hpp"
#include "math/unbalanced_exact.hpp"

namespace instar::am {
namespace {

using math::GibbsKernel;
using math::PairCost;
using math::PlanEntry;

/// Where an exact coupling is too large to be found: small enough to cost little, large enough to converge.
constexpr double kStreamedBlur = 0.004;

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

/// One problem solved, in the numbering of its own cells.
struct Solved {
  std::vector<PlanEntry> plan;
  double relative_gap = 0;
  int iterations = 0;
  double eps = 0;
  double mean_cost = 0;
  Index relevant = 0;
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
  Solved solved{{}, found.relative_gap, found.iterations, scaling.eps};
  solved.plan = math::sparse_plan(kernel, a, b, options.partners, &solved.relevant);
  return solved;
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
  const math::PairSurvey near = math::survey(GibbsKernel(x, y, PairCost::cone, options.growth_scale), a, b);
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
  const double mean_cost = math::survey(GibbsKernel(x, y, PairCost::squared, 1), a, b).mean_cost;
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

/// Pairs from which on a coupling without blur takes long enough to be warned of.
constexpr Index kLongUnblurred = 1'000'000'000;

/// Pairs from which on it is refused: the search for pairs that are priced out did not end in 290 s at this size.
constexpr Index kMostUnblurred = 10'000'000'000;

/// More pairs than can be held at once.
Solved solve_streamed(const MatrixView& x, const Vector& a, const MatrixView& y, const Vector& b, bool balanced,
                      const CouplingOptions& options, core::Reporter& reporter) {
  math::StreamedOptions streamed;
  streamed.cost = balanced ? PairCost::squared : PairCost::cone;
  streamed.marginals = balanced ? math::Marginals::hard : math::Marginals::soft;
  streamed.growth_scale = balanced ? 1 : options.growth_scale;
  streamed.unblurred = options.blur == 0 && (!balanced || options.entropy == 0);
  streamed.blur = streamed.unblurred ? kStreamedBlur : options.blur;
  streamed.entropy = balanced ? options.entropy : 0;
  streamed.tolerance = options.tolerance;
  streamed.max_iterations = options.max_iterations;
  streamed.partners = options.partners;
  if (streamed.unblurred && x.rows() * y.rows() >= kMostUnblurred)
    throw UsageError("--coupling-blur 0: couplings of " + std::to_string(x.rows()) + " x " + std::to_string(y.rows()) +
                     " cells without blur do not end in reasonable time (100000 x 100000 is the limit); leave it out "
                     "(the default blur takes about 3 minutes there), or fit fewer cells");
  if (streamed.unblurred && x.rows() * y.rows() >= kLongUnblurred)
    reporter.warning(
        "couplings without blur of " + std::to_string(x.rows()) + " x " + std::to_string(y.rows()) +
        " cells are slow, and refused from 100000 x 100000 on; leave --coupling-blur out, or fit fewer cells");
  math::StreamedPlan found = balanced ? math::streamed_plan(x, a / a.sum(), y, b / b.sum(), streamed, reporter)
                                      : math::streamed_plan(x, a, y, b, streamed, reporter);
  const std::string size = std::to_string(x.rows()) + " x " + std::to_string(y.rows()) + " cells";
  const std::string gap = core::format_short(found.relative_gap);
  if (streamed.unblurred)
    reporter.warning("a coupling of " + size + " is not solved exactly: its value is at most " + gap +
                     " of itself above the optimum");
  else
    reporter.warning("a coupling of " + size + " is solved on " + std::to_string(found.plan.size()) +
                     " sampled pairs, to " + core::format_short(found.sparse_gap) + "; on all pairs its potentials " +
                     (balanced ? "leave the marginals off by " : "leave a relative gap of ") + gap);
  return {std::move(found.plan), found.relative_gap, found.iterations, found.eps, found.mean_cost};
}

/// Semi-couplings of a plan: p and q add up to a and b whatever was left out of it.
Coupling semi_couplings(const Solved& solved, const Vector& a, const Vector& b) {
  Coupling coupling;
  coupling.relative_gap = solved.relative_gap;
  coupling.iterations = solved.iterations;
  coupling.blur = solved.eps;
  coupling.mean_cost = solved.mean_cost;
  coupling.relevant = solved.relevant;
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

Coupling couple(const MatrixView& x, const VectorView& a, const MatrixView& y, const VectorView& b, bool balanced,
                const CouplingOptions& options, core::Reporter& reporter) {
  if (x.rows() * y.rows() > options.pairs_at_once)
    return semi_couplings(solve_streamed(x, a, y, b, balanced, options, reporter), a, b);
  return semi_couplings(
      balanced ? solve_balanced(x, a, y, b, options, reporter) : solve_unbalanced(x, a, y, b, options, reporter), a, b);
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
  return couple(x, a, y, b, std::isinf(options.growth_scale), options, reporter);
}

Coupling balanced_coupling(const MatrixView& x, const VectorView& a, const MatrixView& y, const VectorView& b,
                           const CouplingOptions& options, core::Reporter& reporter) {
  check_inputs(x, a, y, b, options);
  return couple(x, a, y, b, true, options, reporter);
}

}  // namespace instar::am
