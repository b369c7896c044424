#include "math/streamed_transport.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "core/error.hpp"
#include "core/format.hpp"
#include "core/parallel.hpp"
#include "core/rng.hpp"
#include "math/gibbs_simd.hpp"
#include "math/pair_walk.hpp"
#include "math/sparse_kernel.hpp"

namespace instar::math {
namespace {

using simd::kRowGroup;

constexpr double kHalfStepDrift = 4;  ///< a potential may end this many eps from where half-steps over all pairs had it
constexpr double kNowhere = -1e30;    ///< potential of a point that takes no part
constexpr std::uint32_t kSampleStream = 0x57e0, kDrawStream = 0x57e1;

/// log sum_j w_j exp((g_j - c_ij) / eps) for every row; -infinity where no cost is finite.
Vector soft_rows(const GibbsKernel& pairs, const Vector& g, const Vector& w, double eps) {
  const Floats column = padded(pairs, g, -std::numeric_limits<float>::infinity()), weight = padded(pairs, w, 0);
  const auto scale = static_cast<float>(1 / eps);
  Vector found = Vector::Constant(pairs.rows(), -kInfinity);
  walk_pairs(pairs, [&](Index first, Index count, Index begin, Index width, const float* costs) {
    for (Index k = 0; k < count; ++k) {
      const auto more = static_cast<double>(
          simd::soft_maximum(costs + k * width, column.get() + begin, weight.get() + begin, scale, width));
      double& sum = found[first + k];
      const double high = std::max(sum, more), low = std::min(sum, more);
      if (high > -kInfinity) sum = high + std::log1p(std::exp(low - high));
    }
  });
  return found;
}

/// A problem on all pairs, the potentials reached, and what does not take part.
struct State {
  const GibbsKernel& pairs;
  Vector a, b;  ///< 0 for what takes no part
  double reference;
  double eps, theta;
  Vector f, g;
};

/// Marginals of exp((f + g - c) / eps) on all pairs.
struct Marginal {
  Vector rows, cols;
};

/// keep(i, begin, width, kernel) is called for the panels of every row.
template <class Keep>
Marginal all_sums(const State& s, const Keep& keep) {
  const GibbsKernel& pairs = s.pairs;
  const Index grain = (pairs.rows() + kWalkBlocks - 1) / kWalkBlocks, stride = pairs.padded_cols();
  const Floats column = padded(pairs, s.g, -std::numeric_limits<float>::infinity()),
               weight = padded(pairs, s.b / s.reference, 0);
  const Floats partial = allocate_floats(kWalkBlocks * stride);
  std::fill_n(partial.get(), kWalkBlocks * stride, 0.0F);
  const auto scale = static_cast<float>(1 / s.eps);
  Marginal found{Vector::Zero(pairs.rows()), Vector::Zero(pairs.cols())};
  walk_pairs(pairs, [&](Index first, Index count, Index begin, Index width, float* kernel) {
    float sums[kRowGroup], own[kRowGroup] = {};
    for (Index k = 0; k < kRowGroup; ++k)
      simd::gibbs(k < count ? static_cast<float>(s.f[first + k]) : static_cast<float>(kNowhere), column.get() + begin,
                  scale, width, kernel + k * width);
    simd::dot_rows(kernel, weight.get() + begin, width, sums);
    for (Index k = 0; k < count; ++k) {
      own[k] = static_cast<float>(s.a[first + k]);
      found.rows[first + k] += s.a[first + k] * static_cast<double>(sums[k]);
    }
    simd::add_rows(kernel, own, width, partial.get() + first / grain * stride + begin);
    for (Index k = 0; k < count; ++k) keep(first + k, begin, std::min(width, pairs.cols() - begin), kernel + k * width);
  });
  for (Index block = 0; block < kWalkBlocks; ++block)
    found.cols += Eigen::Map<const VectorF>(partial.get() + block * stride, pairs.cols()).cast<double>();
  found.cols.array() *= s.b.array() / s.reference;
  return found;
}

/// What the potentials are worth on all pairs, as entropic_transport measures it.
double measure(const State& s, const Marginal& m, Marginals marginals) {
  if (marginals == Marginals::hard)
    return ((m.rows - s.a).cwiseAbs().sum() + (m.cols - s.b).cwiseAbs().sum()) / s.a.sum();
  const Vector f = (s.a.array() > 0).select(s.f, 0.0), g = (s.b.array() > 0).select(s.g, 0.0);
  const double primal = m.rows.dot(f) + m.cols.dot(g) - s.eps * (m.rows.sum() - s.reference) +
                        divergence(m.rows, s.a, Vector::Zero(f.size())) +
                        divergence(m.cols, s.b, Vector::Zero(g.size()));
  const double gap = divergence(m.rows, s.a, f) + divergence(m.cols, s.b, g);
  return gap <= 1e-12 * s.reference ? 0 : gap / primal;
}

std::vector<Index> sample(Index count, Index wanted, std::uint64_t side) {
  std::vector<Index> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), Index{0});
  core::Rng rng(0, kSampleStream, side);
  for (Index k = 0; k < std::min(count, wanted); ++k)
    std::swap(order[static_cast<std::size_t>(k)], order[static_cast<std::size_t>(k + rng.below(count - k))]);
  order.resize(static_cast<std::size_t>(std::min(count, wanted)));
  std::sort(order.begin(), order.end());
  return order;
}

/// A potential by a half-step from the other side's; points that reach nothing leave the problem.
void half_step(const GibbsKernel& pairs, const Vector& other, const Vector& other_mass, double reference, double eps,
               double theta, Vector& own, Vector& own_mass) {
  const Vector soft = soft_rows(pairs, other, other_mass / reference, eps);
  own.resize(soft.size());
  for (Index i = 0; i < soft.size(); ++i) {
    const bool reaches = std::isfinite(soft[i]) && own_mass[i] > 0;
    own[i] = reaches ? -theta * soft[i] : kNowhere;
    if (!reaches) own_mass[i] = 0;
  }
}

void require(const ScalingResult& found, const char* what) {
  if (found.converged) return;
  throw NumericError("coupling",
                     "a relative gap of " + std::to_string(found.relative_gap) + " is left after " +
                         std::to_string(found.iterations) + " sweeps over " + what,
                     "use a larger --coupling-blur");
}

/// Row potentials of a sample of either side.
struct Start {
  std::vector<Index> rows;
  Vector a, f;
  double eps = 0, mean_cost = 0;
  int iterations = 0;
};

Start solve_sample(const MatrixView& x, const Vector& a, const MatrixView& y, const Vector& b,
                   const StreamedOptions& options, core::Reporter& reporter) {
  Start start;
  start.rows = sample(a.size(), options.sample, 0);
  std::vector<Index> cols = sample(b.size(), options.sample, 1);
  Matrix some_x = x(start.rows, Eigen::all), some_y = y(cols, Eigen::all);
  Vector own = a(start.rows), other = b(cols);
  const PairSurvey near = survey(GibbsKernel(some_x, some_y, options.cost, options.growth_scale), own, other);
  if (near.rows.empty()) return start;
  start.mean_cost = near.mean_cost;
  std::vector<Index> kept;
  for (const Index i : near.rows) kept.push_back(start.rows[static_cast<std::size_t>(i)]);
  start.rows = kept;
  some_x = x(kept, Eigen::all);
  some_y = Matrix(some_y(near.cols, Eigen::all));
  // The sample stands for everything.
  const double row_scale = a.sum() / own.sum(), col_scale = b.sum() / other.sum();
  start.a = a(kept) * row_scale;
  other = Vector(other(near.cols)) * col_scale;
  if (options.marginals == Marginals::hard) other *= start.a.sum() / other.sum();
  GibbsKernel kernel(some_x, some_y, options.cost, options.growth_scale);
  ScalingOptions scaling;
  const double unit = near.mean_cost > 0 ? near.mean_cost : 1.0;
  scaling.eps = start.eps = options.entropy > 0 ? options.entropy : options.blur * unit;
  scaling.eps_start = std::max(scaling.eps, unit);
  scaling.tolerance = std::max(options.tolerance, 5e-3);
  scaling.max_iterations = options.max_iterations;
  scaling.marginals = options.marginals;
  const ScalingResult found = solve_scaling(kernel, start.a, other, Vector::Zero(other.size()), scaling, reporter);
  require(found, "a sample of the pairs");
  start.f = found.f;
  start.iterations = found.iterations;
  return start;
}

/// The pairs drawn from the plan of the present potentials, in the numbering of what takes part.
struct Drawn {
  std::vector<Index> rows, cols;
  std::vector<std::size_t> row_begin;
  std::vector<SparseKernel::Entry> entries;
};

/// Draws of one row, systematic from panel to panel.
struct RowDraw {
  double next = 0, cumulative = 0;
  std::vector<SparseKernel::Entry> entries;
};

Drawn compact(std::vector<RowDraw>& rows, Index cols) {
  Drawn drawn;
  std::vector<std::int32_t> place(static_cast<std::size_t>(cols), -1);
  for (const RowDraw& row : rows)
    for (const auto& entry : row.entries) place[static_cast<std::size_t>(entry.col)] = 0;
  for (std::size_t j = 0; j < place.size(); ++j)
    if (place[j] == 0)
      place[j] = static_cast<std::int32_t>(drawn.cols.size()), drawn.cols.push_back(static_cast<Index>(j));
  drawn.row_begin.push_back(0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].entries.empty()) continue;
    drawn.rows.push_back(static_cast<Index>(i));
    for (const auto& entry : rows[i].entries)
      drawn.entries.push_back({place[static_cast<std::size_t>(entry.col)], entry.cost});
    std::vector<SparseKernel::Entry>().swap(rows[i].entries);
    drawn.row_begin.push_back(drawn.entries.size());
  }
  return drawn;
}

/// @param f_before row potentials with which the columns' marginals are right; with s.f the rows' are
Drawn draw(const State& s, const Vector& f_before, const StreamedOptions& options, Marginal& marginal) {
  std::vector<RowDraw> rows(static_cast<std::size_t>(s.pairs.rows()));
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].next = core::Rng(0, kDrawStream, i).uniform();
  const bool soft = options.marginals == Marginals::soft;
  const auto expected = [&](const Vector& mass, const Vector& potential) -> Vector {
    if (!soft) return mass;
    return (mass.array() > 0).select(mass.array() * (-potential.array().max(-700)).exp(), 0);
  };
  const Vector row_mass = expected(s.a, s.f), col_mass = expected(s.b, s.g);
  const VectorF col_ratio = (s.b.array() > 0).select(s.b.array() / s.reference / col_mass.array(), 0).cast<float>();
  const VectorF col_weight = (s.b / s.reference).cast<float>();
  const auto share = static_cast<float>(options.partners);
  marginal = all_sums(s, [&](Index i, Index begin, Index width, const float* kernel) {
    if (s.a[i] == 0) return;
    RowDraw& row = rows[static_cast<std::size_t>(i)];
    const Eigen::Map<const Eigen::ArrayXf> k(kernel, width);
    const auto own = static_cast<float>(s.a[i] * std::exp(std::min(60.0, (f_before[i] - s.f[i]) / s.eps))),
               by_row = static_cast<float>(s.a[i] / row_mass[i]);
    alignas(64) float chance[kWalkPanel];
    Eigen::Map<Eigen::ArrayXf> chances(chance, width);
    chances = (share * k *
               (by_row * col_weight.segment(begin, width).array()).max(own * col_ratio.segment(begin, width).array()))
                  .min(1.0F);
    // Most panels hold nothing that is drawn.
    const auto total = static_cast<double>(chances.sum());
    if (row.cumulative + total * 1.001 < row.next) {
      row.cumulative += total;
      return;
    }
    for (Index j = 0; j < width; ++j) {
      row.cumulative += static_cast<double>(chance[j]);
      if (row.cumulative < row.next || chance[j] == 0) continue;
      row.next += 1;
      const double log_kernel = std::log(static_cast<double>(kernel[j]) / static_cast<double>(chance[j]));
      row.entries.push_back(
          {static_cast<std::int32_t>(begin + j), static_cast<float>(s.f[i] + s.g[begin + j] - s.eps * log_kernel)});
    }
  });
  return compact(rows, s.pairs.cols());
}

/// Only what has a pair takes part from now on. Where drawn pairs cannot carry the mass exactly (a few points that only
/// have each other), potentials run away: kHalfStepDrift limits that.
void restrict_to(const std::vector<Index>& kept, Vector& mass, Vector& potential, const Vector& found, double eps) {
  Vector all = Vector::Zero(mass.size());
  Vector potentials = Vector::Constant(mass.size(), kNowhere);
  for (std::size_t k = 0; k < kept.size(); ++k) {
    all[kept[k]] = mass[kept[k]];
    const double before = potential[kept[k]];
    potentials[kept[k]] =
        std::clamp(found[static_cast<Index>(k)], before - kHalfStepDrift * eps, before + kHalfStepDrift * eps);
  }
  mass = all, potential = potentials;
}

/// min_j c_ij - g_j for every row.
Vector hard_rows(const GibbsKernel& pairs, const Vector& g) {
  const Floats column = padded(pairs, g, static_cast<float>(kNowhere));
  Vector found = Vector::Constant(pairs.rows(), kInfinity);
  walk_pairs(pairs, [&](Index first, Index count, Index begin, Index width, const float* costs) {
    const Eigen::Map<const Eigen::ArrayXf> dual(column.get() + begin, width);
    for (Index k = 0; k < count; ++k) {
      const Eigen::Map<const Eigen::ArrayXf> cost(costs + k * width, width);
      found[first + k] = std::min(found[first + k], static_cast<double>((cost - dual).minCoeff()));
    }
  });
  return found;
}

/// sum mass e^-potential over the points that take part.
double masked_exp_sum(const Vector& mass, const Vector& potential) {
  return (mass.array() > 0).select(mass.array() * (-potential.array().max(-700)).exp(), 0).sum();
}

/// How far the plan's value without entropy is above a dual bound, as a part of it.
double unblurred_gap(const MatrixView& x, const MatrixView& y, const State& s, const GibbsKernel& mirrored,
                     const StreamedOptions& options, const std::vector<PlanEntry>& plan) {
  Vector rows = Vector::Zero(s.a.size()), cols = Vector::Zero(s.b.size());
  double primal = 0;
  for (const PlanEntry& e : plan) {
    const double squared = (x.row(e.row) - y.row(e.col)).squaredNorm();
    primal += e.mass * (options.cost == PairCost::squared
                            ? squared
                            : -2 * std::log(std::cos(std::sqrt(squared) / (2 * options.growth_scale))));
    rows[e.row] += e.mass, cols[e.col] += e.mass;
  }
  const auto masked = [](const Vector& mass, const Vector& potential) -> Vector {
    return (mass.array() > 0).select(potential, kNowhere);
  };
  const Vector f = masked(s.a, hard_rows(s.pairs, s.g)), g = masked(s.b, hard_rows(mirrored, f));
  double dual = 0;
  if (options.marginals == Marginals::hard) {
    dual = (s.a.array() > 0).select(s.a.array() * f.array(), 0).sum() +
           (s.b.array() > 0).select(s.b.array() * g.array(), 0).sum();
  } else {
    primal += divergence(rows, s.a, Vector::Zero(rows.size())) + divergence(cols, s.b, Vector::Zero(cols.size()));
    dual = s.a.sum() + s.b.sum() - 2 * std::sqrt(masked_exp_sum(s.a, f) * masked_exp_sum(s.b, g));
  }
  return primal > dual ? (primal - dual) / primal : 0;
}

}  // namespace

StreamedPlan streamed_plan(const MatrixView& x, const Vector& a, const MatrixView& y, const Vector& b,
                           const StreamedOptions& options, core::Reporter& reporter) {
  StreamedPlan result;
  const bool soft = options.marginals == Marginals::soft;
  const Start start = solve_sample(x, a, y, b, options, reporter);
  if (start.rows.empty()) return result;
  result.eps = start.eps, result.mean_cost = start.mean_cost, result.iterations = start.iterations;
  const GibbsKernel pairs(x, y, options.cost, options.growth_scale), mirrored(y, x, options.cost, options.growth_scale);
  State s{pairs, a, b, std::sqrt(a.sum() * b.sum()), start.eps, soft ? start.eps / (1 + start.eps) : start.eps, {}, {}};
  {
    // Columns that reach none of the sampled rows may still reach others: they start as well as the best does.
    Vector all = b;
    const Matrix some = x(start.rows, Eigen::all);
    half_step(GibbsKernel(y, some, options.cost, options.growth_scale), start.f, start.a, s.reference, s.eps, s.theta,
              s.g, all);
    const double highest = s.g.maxCoeff();
    s.g = (all.array() > 0).select(s.g, highest);
  }
  half_step(pairs, s.g, s.b, s.reference, s.eps, s.theta, s.f, s.a);
  half_step(mirrored, s.f, s.a, s.reference, s.eps, s.theta, s.g, s.b);
  const Vector f_before = s.f;
  half_step(pairs, s.g, s.b, s.reference, s.eps, s.theta, s.f, s.a);
  Marginal marginal;
  Drawn drawn = draw(s, f_before, options, marginal);
  reporter.detail("coupling: potentials of a sample, off by " +
                  core::format_short(measure(s, marginal, options.marginals)) + " on all pairs; " +
                  std::to_string(drawn.entries.size()) + " pairs drawn");
  const Vector some_a = s.a(drawn.rows);
  Vector some_b = s.b(drawn.cols);
  if (!soft) some_b *= some_a.sum() / some_b.sum();
  SparseKernel kernel(std::move(drawn.row_begin), std::move(drawn.entries), some_b.size());
  ScalingOptions scaling{s.eps, s.eps, options.tolerance, options.max_iterations, options.marginals};
  const ScalingResult found = solve_scaling(kernel, some_a, some_b, s.g(drawn.cols), scaling, reporter);
  require(found, "the sampled pairs");
  result.sparse_gap = found.relative_gap;
  result.iterations += found.iterations;
  result.plan = kernel.plan(some_a, some_b, std::sqrt(some_a.sum() * some_b.sum()));
  for (PlanEntry& e : result.plan) {
    e.row = static_cast<std::int32_t>(drawn.rows[static_cast<std::size_t>(e.row)]);
    e.col = static_cast<std::int32_t>(drawn.cols[static_cast<std::size_t>(e.col)]);
  }
  restrict_to(drawn.rows, s.a, s.f, found.f, s.eps);
  restrict_to(drawn.cols, s.b, s.g, found.g, s.eps);
  s.reference = std::sqrt(s.a.sum() * s.b.sum());
  if (options.unblurred) {
    result.relative_gap = unblurred_gap(x, y, s, mirrored, options, result.plan);
    return result;
  }
  result.relative_gap = measure(s, all_sums(s, [](Index, Index, Index, const float*) {}), options.marginals);
  return result;
}

}  // namespace instar::math
