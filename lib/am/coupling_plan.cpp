#include "am/coupling_plan.hpp"

#include <algorithm>
#include <cmath>

#include "core/parallel.hpp"
#include "core/rng.hpp"

namespace instar::am {
namespace {

constexpr double kNegligible = 1e-6;
constexpr double kRakingTolerance = 1e-6;  ///< the single-precision sums that raking aims at are no better
constexpr int kRakingRounds = 100;
constexpr std::uint32_t kThinningStream = 0x7417;
constexpr Index kRowGrain = 32;

struct Sums {
  Vector rows, cols;
};

Sums marginals(const GibbsKernel& kernel, const Vector& a, const Vector& b) {
  Sums sums{Vector(a.size()), Vector(b.size())};
  const auto update = [&](Index first, Index count, const float* products, float* weights) {
    for (Index k = 0; k < count; ++k) {
      sums.rows[first + k] = a[first + k] * static_cast<double>(products[k]);
      weights[k] = static_cast<float>(a[first + k]);
    }
  };
  kernel.sweep(b, update, sums.cols);
  sums.cols.array() *= b.array();
  return sums;
}

/// Entries chosen row by row: `choose(i, entries)` appends those of row i.
template <class Choose>
std::vector<PlanEntry> collect(Index rows, const Choose& choose) {
  const Index chunks = (rows + kRowGrain - 1) / kRowGrain;
  std::vector<std::vector<PlanEntry>> parts(static_cast<std::size_t>(chunks));
  core::parallel_for(chunks, [&](Index chunk) {
    for (Index i = chunk * kRowGrain; i < std::min(rows, (chunk + 1) * kRowGrain); ++i)
      choose(i, parts[static_cast<std::size_t>(chunk)]);
  });
  std::size_t count = 0;
  for (const auto& part : parts) count += part.size();
  std::vector<PlanEntry> plan;
  plan.reserve(count);
  for (auto& part : parts) {
    plan.insert(plan.end(), part.begin(), part.end());
    std::vector<PlanEntry>().swap(part);
  }
  return plan;
}

PlanEntry entry(Index row, Index col, double mass) {
  return {static_cast<std::int32_t>(row), static_cast<std::int32_t>(col), mass};
}

/// Scales rows and columns in turn until the plan's sums are the given ones.
void rake(std::vector<PlanEntry>& plan, const Sums& wanted) {
  Vector row_factor = Vector::Ones(wanted.rows.size()), col_factor = Vector::Ones(wanted.cols.size());
  for (int round = 0; round < kRakingRounds; ++round) {
    Vector col_sums = Vector::Zero(col_factor.size()), row_sums = Vector::Zero(row_factor.size());
    for (const PlanEntry& e : plan) col_sums[e.col] += e.mass * row_factor[e.row];
    for (Index j = 0; j < col_sums.size(); ++j) col_factor[j] = col_sums[j] > 0 ? wanted.cols[j] / col_sums[j] : 0;
    for (const PlanEntry& e : plan) row_sums[e.row] += e.mass * col_factor[e.col];
    double worst = 0;
    for (Index i = 0; i < row_sums.size(); ++i) {
      if (!(row_sums[i] > 0)) continue;
      const double factor = wanted.rows[i] / row_sums[i];
      worst = std::max(worst, std::abs(factor / row_factor[i] - 1));
      row_factor[i] = factor;
    }
    if (worst <= kRakingTolerance) break;
  }
  for (PlanEntry& e : plan) e.mass *= row_factor[e.row] * col_factor[e.col];
}

}  // namespace

std::vector<PlanEntry> sparse_plan(const GibbsKernel& kernel, const Vector& a, const Vector& b, Index partners) {
  const Index n = a.size(), m = b.size();
  const Sums sums = marginals(kernel, a, b);
  const VectorF col_weight = b.cast<float>();
  const VectorF col_cut = (kNegligible / static_cast<double>(n) * sums.cols.cwiseQuotient(b)).cast<float>();
  const auto row_cut = [&](Index i) { return static_cast<float>(kNegligible / static_cast<double>(m) * sums.rows[i]); };
  // An entry matters if a_i K_ij b_j reaches its row's cut, or a_i K_ij its column's (both over b_j).
  const auto matters = [&](float mass_over_b, Index j, float cut) {
    return mass_over_b > 0 && (mass_over_b * col_weight[j] >= cut || mass_over_b >= col_cut[j]);
  };

  Eigen::Matrix<Index, Eigen::Dynamic, 1> count(n);
  core::parallel_chunks(n, kRowGrain, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      const float* row = kernel.row(i);
      const float own = static_cast<float>(a[i]), cut = row_cut(i);
      count[i] = 0;
      for (Index j = 0; j < m; ++j) count[i] += matters(own * row[j], j, cut) ? 1 : 0;
    }
  });
  if (count.sum() <= partners * (n + m))
    return collect(n, [&](Index i, std::vector<PlanEntry>& out) {
      const float* row = kernel.row(i);
      const float own = static_cast<float>(a[i]), cut = row_cut(i);
      for (Index j = 0; j < m; ++j)
        if (matters(own * row[j], j, cut)) out.push_back(entry(i, j, a[i] * b[j] * static_cast<double>(row[j])));
    });

  const double share = static_cast<double>(partners);
  auto plan = collect(n, [&](Index i, std::vector<PlanEntry>& out) {
    const float* row = kernel.row(i);
    double cumulative = 0, next = core::Rng(0, kThinningStream, static_cast<std::uint64_t>(i)).uniform();
    for (Index j = 0; j < m; ++j) {
      const double mass = a[i] * b[j] * static_cast<double>(row[j]);
      if (!(mass > 0)) continue;
      const double chance = std::min(1.0, share * mass / std::min(sums.rows[i], sums.cols[j]));
      cumulative += chance;
      if (cumulative < next) continue;
      next += 1;
      out.push_back(entry(i, j, mass / chance));
    }
  });
  rake(plan, sums);
  return plan;
}

}  // namespace instar::am
