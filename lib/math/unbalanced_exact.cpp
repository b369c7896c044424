#include "math/unbalanced_exact.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <string>

#include "core/parallel.hpp"
#include "math/entropic_transport.hpp"
#include "math/sparse_transport.hpp"

namespace instar::math {
namespace {

constexpr double kFirstBlur = 0.004;
constexpr double kBlurFactor = 4;
constexpr int kRounds = 6;
/// The entropic gap is what the marginals' error costs: it has to be well below the gap wanted.
constexpr double kScalingShare = 0.1;
/// The simplex gets the pairs whose share of their row or column is within this many e-folds of what the marginal says.
constexpr double kArcSlack = 8;
constexpr double kUnits = 1LL << 50;  ///< the simplex counts mass in whole units
constexpr Index kGrain = 16;
/// Relative and absolute error that single-precision costs stay below by far.
constexpr double kCostError = 1e-4;
/// Potentials are kept below this: e^-11 of a cell's mass is lost to the dual at most, and pairs that only double
/// precision can tell from unreachable ones (costs above 22) need no look.
constexpr double kHighest = 11;

/// One problem, seen from one side.
struct Side {
  const MatrixView& own;
  const MatrixView& other;
  double delta;
  const GibbsKernel& kernel;

  double cost(Index i, Index j) const {
    const double angle = (own.row(i) - other.row(j)).norm() / (2 * delta);
    return angle < std::numbers::pi / 2 * (1 - 1e-9) ? -2 * std::log(std::cos(angle)) : kInfinity;
  }

  /// f_i = min_j c_ij - g_j, in double: single precision only says which j cannot be the one.
  Vector transform(const Vector& g) const {
    Vector f = Vector::Constant(own.rows(), kHighest);
    core::parallel_chunks(own.rows(), kGrain, [&](Index begin, Index end) {
      const auto costs = kernel.make_row();
      for (Index i = begin; i < end; ++i) {
        kernel.row_costs(i, costs.get());
        const auto rough = Eigen::Map<const VectorF>(costs.get(), g.size()).cast<double>();
        const double most = (rough * (1 + kCostError) - g).minCoeff() + kCostError;
        for (Index j = 0; j < g.size(); ++j)
          if (rough[j] * (1 - kCostError) - g[j] <= most) f[i] = std::min(f[i], cost(i, j) - g[j]);
        // Only where the best candidate turned out to be just out of reach.
        for (Index j = 0; f[i] > most && j < g.size(); ++j) f[i] = std::min(f[i], cost(i, j) - g[j]);
      }
    });
    return f;
  }
};

struct Network {
  std::vector<Arc> arcs;
  std::vector<double> costs;
  std::vector<std::int64_t> row_units, col_units;
};

/// sum mass e^-potential.
double exp_sum(const Vector& mass, const Vector& potential) { return mass.dot((-potential).array().exp().matrix()); }

/// The largest entry of each column of the kernel.
VectorF column_maxima(const GibbsKernel& kernel) {
  const Index m = kernel.cols();
  VectorF maxima(m);
  core::parallel_chunks(m, 64, [&](Index begin, Index end) {
    auto own = maxima.segment(begin, end - begin);
    own.setZero();
    for (Index i = 0; i < kernel.rows(); ++i)
      own = own.cwiseMax(Eigen::Map<const VectorF>(kernel.row(i) + begin, end - begin));
  });
  return maxima;
}

/// The pairs that the entropic plan uses, with its marginals in whole units of `unit`.
Network make_network(const Side& side, const Vector& a, const Vector& b, double unit) {
  const GibbsKernel& kernel = side.kernel;
  const Index n = a.size(), m = b.size(), chunks = (n + kGrain - 1) / kGrain;
  const auto share = static_cast<float>(std::exp(-kArcSlack));
  const VectorF col_cut = share * column_maxima(kernel);
  std::vector<Network> parts(static_cast<std::size_t>(chunks));
  core::parallel_for(chunks, [&](Index chunk) {
    Network& part = parts[static_cast<std::size_t>(chunk)];
    for (Index i = chunk * kGrain; i < std::min(n, (chunk + 1) * kGrain); ++i) {
      const Eigen::Map<const VectorF> row(kernel.row(i), m);
      const float row_cut = share * row.maxCoeff();
      for (Index j = 0; j < m; ++j) {
        if (row[j] < row_cut && row[j] < col_cut[j]) continue;
        const double cost = side.cost(i, j);
        if (std::isinf(cost)) continue;
        part.arcs.push_back({static_cast<std::int32_t>(i), static_cast<std::int32_t>(j)});
        part.costs.push_back(cost);
      }
    }
  });
  Network net;
  net.row_units.assign(static_cast<std::size_t>(n), 0);
  net.col_units.assign(static_cast<std::size_t>(m), 0);
  const double scale = 1 / (std::sqrt(a.sum() * b.sum()) * unit);
  for (const Network& part : parts) {
    net.arcs.insert(net.arcs.end(), part.arcs.begin(), part.arcs.end());
    net.costs.insert(net.costs.end(), part.costs.begin(), part.costs.end());
  }
  for (const auto [i, j] : net.arcs) {
    const double mass = a[i] * b[j] * scale * static_cast<double>(kernel.row(i)[j]);
    const std::int64_t units = std::max<std::int64_t>(1, std::llround(mass));
    net.row_units[static_cast<std::size_t>(i)] += units;
    net.col_units[static_cast<std::size_t>(j)] += units;
  }
  return net;
}

/// Where the network falls into parts the simplex cannot know how their potentials compare: each part gets the
/// constant that maximises its share of the dual.
void align_parts(const Network& net, const Vector& a, const Vector& b, Vector& f, const Vector& g) {
  const auto n = static_cast<std::size_t>(a.size());
  std::vector<std::size_t> parent(n + static_cast<std::size_t>(b.size()));
  std::iota(parent.begin(), parent.end(), std::size_t{0});
  const auto root = [&](std::size_t v) {
    while (parent[v] != v) v = parent[v] = parent[parent[v]];
    return v;
  };
  for (const Arc& arc : net.arcs)
    parent[root(static_cast<std::size_t>(arc.row))] = root(n + static_cast<std::size_t>(arc.col));
  std::vector<double> rows(parent.size(), 0), cols(parent.size(), 0);
  // Potentials of separate parts may be far apart: sums relative to the first potential met keep them in range.
  std::vector<double> base(parent.size(), kInfinity);
  for (Index i = 0; i < f.size(); ++i) {
    const std::size_t part = root(static_cast<std::size_t>(i));
    if (std::isinf(base[part])) base[part] = f[i];
    rows[part] += a[i] * std::exp(base[part] - f[i]);
  }
  for (Index j = 0; j < g.size(); ++j) {
    const std::size_t part = root(n + static_cast<std::size_t>(j));
    if (std::isfinite(base[part])) cols[part] += b[j] * std::exp(-base[part] - g[j]);
  }
  for (Index i = 0; i < f.size(); ++i) {
    const std::size_t part = root(static_cast<std::size_t>(i));
    f[i] += 0.5 * std::log(rows[part] / cols[part]) - base[part];
  }
}

/// What one point adds to KL(x | y).
double kl_term(double x, double y) { return (x > 0 ? x * std::log(x / y) : 0) - x + y; }

/// The simplex's plan and its primal value, after the one factor on all of it that is best.
void take_plan(const Network& net, const SparseFlow& solved, const Vector& a, const Vector& b, double unit,
               UnbalancedPlan& best) {
  std::vector<PlanEntry> plan;
  Vector rows = Vector::Zero(a.size()), cols = Vector::Zero(b.size());
  double cost = 0;
  for (std::size_t k = 0; k < net.arcs.size(); ++k) {
    if (solved.flow[k] == 0) continue;
    const double mass = static_cast<double>(solved.flow[k]) * unit;
    plan.push_back({net.arcs[k].row, net.arcs[k].col, mass});
    rows[net.arcs[k].row] += mass, cols[net.arcs[k].col] += mass;
    cost += mass * net.costs[k];
  }
  // d/dt of the primal of e^t gamma at t = 0 is zero for the best factor.
  const double slope = cost + (rows.array() * (rows.array() / a.array()).log()).sum() +
                       (cols.array() * (cols.array() / b.array()).log()).sum();
  const double factor = std::exp(-slope / (2 * rows.sum()));
  double primal = cost * factor;
  for (Index i = 0; i < a.size(); ++i) primal += kl_term(rows[i] * factor, a[i]);
  for (Index j = 0; j < b.size(); ++j) primal += kl_term(cols[j] * factor, b[j]);
  if (!best.plan.empty() && primal >= best.primal) return;
  for (PlanEntry& e : plan) e.mass *= factor;
  best.plan = std::move(plan);
  best.primal = primal;
}

}  // namespace

UnbalancedPlan exact_unbalanced_plan(const MatrixView& x, const Vector& a, const MatrixView& y, const Vector& b,
                                     const UnbalancedOptions& options, core::Reporter& reporter) {
  GibbsKernel kernel(x, y, PairCost::cone, options.growth_scale);
  const GibbsKernel mirrored(y, x, PairCost::cone, options.growth_scale);
  const Side forth{x, y, options.growth_scale, kernel}, back{y, x, options.growth_scale, mirrored};
  const double total = a.sum() + b.sum(), unit = total / kUnits;

  UnbalancedPlan best;
  ScalingOptions scaling;
  scaling.eps_start = options.mean_cost;
  scaling.tolerance = kScalingShare * options.tolerance;
  Vector start = Vector::Zero(b.size());
  double blur = kFirstBlur;
  for (int round = 0; round < kRounds; ++round, blur /= kBlurFactor) {
    scaling.eps = options.mean_cost * blur;
    scaling.max_iterations = options.max_iterations - best.iterations;
    const ScalingResult entropic = solve_scaling(kernel, a, b, start, scaling, reporter);
    best.iterations += entropic.iterations;
    start = entropic.g;
    scaling.eps_start = scaling.eps;

    const Network net = make_network(forth, a, b, unit);
    const SparseFlow solved = sparse_transport(net.arcs, net.costs, net.row_units, net.col_units);
    take_plan(net, solved, a, b, unit, best);
    Vector f = solved.row_dual;
    align_parts(net, a, b, f, solved.col_dual);
    const Vector g = back.transform(f);
    f = forth.transform(g);
    best.dual = std::max(best.dual, total - 2 * std::sqrt(exp_sum(a, f) * exp_sum(b, g)));
    // Where nothing has to be paid rounding is all there is.
    const double gap = best.primal - best.dual;
    best.relative_gap = gap <= 1e-12 * total ? 0 : gap / best.primal;
    reporter.detail("exact coupling: " + std::to_string(net.arcs.size()) + " arcs, primal " +
                    std::to_string(best.primal) + ", dual " + std::to_string(best.dual) + ", relative gap " +
                    std::to_string(best.relative_gap));
    if (best.relative_gap <= options.tolerance || best.iterations >= options.max_iterations) break;
  }
  return best;
}

}  // namespace instar::math
