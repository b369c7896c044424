#include "math/entropic_plan.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "core/parallel.hpp"
#include "core/rng.hpp"

namespace instar::math {
namespace {

constexpr double kNegligible = 1e-6;
constexpr double kRakingTolerance = 1e-6;  ///< the single-precision sums that raking aims at are no better
constexpr int kRakingRounds = 100;
constexpr std::uint32_t kThinningStream = 0x7417, kColumnStream = 0x7418;
constexpr Index kRowGrain = 32;
constexpr Index kDoublings = 8;

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

/// A dense plan, seen as entries to keep or to leave.
class Thinning {
 public:
  Thinning(const GibbsKernel& kernel, const Vector& a, const Vector& b)
      : kernel_(kernel),
        a_(a),
        b_(b),
        sums_(marginals(kernel, a, b)),
        col_weight_(b.cast<float>()),
        col_mass_(sums_.cols.cast<float>()) {}

  const Sums& sums() const { return sums_; }

  Index count_relevant() const {
    Eigen::Matrix<Index, Eigen::Dynamic, 1> count(a_.size());
    core::parallel_chunks(a_.size(), kRowGrain, [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) count[i] = (masses(i).array() >= cut(i).array()).count();
    });
    return count.sum();
  }

  std::vector<PlanEntry> relevant_entries() const {
    return collect(a_.size(), [&](Index i, std::vector<PlanEntry>& out) {
      const VectorF mass = masses(i), least = cut(i);
      for (Index j = 0; j < b_.size(); ++j)
        if (mass[j] >= least[j]) out.push_back(entry(i, j, exact_mass(i, j)));
    });
  }

  /// The largest of share, 2 share, 4 share ... for which no more than `budget` entries are to be expected.
  double best_share(double share, double budget) const {
    Matrix expected(a_.size(), kDoublings);
    core::parallel_chunks(a_.size(), kRowGrain, [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) {
        const VectorF ratio = ratios(i);
        for (Index k = 0; k < kDoublings; ++k) {
          const auto factor = static_cast<float>(std::ldexp(share, static_cast<int>(k)));
          expected(i, k) = static_cast<double>((factor * ratio).cwiseMin(1.0F).sum());
        }
      }
    });
    Index k = 0;
    while (k + 1 < kDoublings && expected.col(k + 1).sum() <= budget) ++k;
    return std::ldexp(share, static_cast<int>(k));
  }

  /// Each entry with probability min(1, share gamma_ij / min(gamma_1 i, gamma_2 j)), divided by that.
  std::vector<PlanEntry> draw(double share) const {
    return collect(a_.size(), [&](Index i, std::vector<PlanEntry>& out) {
      const VectorF ratio = ratios(i);
      double cumulative = 0, next = core::Rng(0, kThinningStream, static_cast<std::uint64_t>(i)).uniform();
      for (Index j = 0; j < b_.size(); ++j) {
        const double chance = std::min(1.0, share * static_cast<double>(ratio[j]));
        cumulative += chance;
        if (cumulative < next || chance == 0) continue;
        next += 1;
        out.push_back(entry(i, j, exact_mass(i, j) / chance));
      }
    });
  }

  /// One entry for every column that was left without, of a row in proportion to gamma; raking gives it its mass.
  void fill_columns(std::vector<PlanEntry>& plan) const {
    std::vector<char> filled(static_cast<std::size_t>(b_.size()), 0);
    for (const PlanEntry& e : plan) filled[static_cast<std::size_t>(e.col)] = 1;
    const auto drawn = static_cast<std::ptrdiff_t>(plan.size());
    for (Index j = 0; j < b_.size(); ++j)
      if (filled[static_cast<std::size_t>(j)] == 0 && sums_.cols[j] > 0)
        plan.push_back(entry(row_for(j), j, sums_.cols[j]));
    const auto before = [](const PlanEntry& one, const PlanEntry& other) {
      return std::tie(one.row, one.col) < std::tie(other.row, other.col);
    };
    std::sort(plan.begin() + drawn, plan.end(), before);
    std::inplace_merge(plan.begin(), plan.begin() + drawn, plan.end(), before);
  }

 private:
  Index row_for(Index j) const {
    double left = core::Rng(0, kColumnStream, static_cast<std::uint64_t>(j)).uniform() * sums_.cols[j];
    Index row = 0;
    for (Index i = 0; i < a_.size(); ++i) {
      const double mass = exact_mass(i, j);
      if (mass == 0) continue;
      row = i;
      left -= mass;
      if (left < 0) break;
    }
    return row;
  }
  double exact_mass(Index i, Index j) const { return a_[i] * b_[j] * static_cast<double>(kernel_.row(i)[j]); }
  VectorF masses(Index i) const {
    return static_cast<float>(a_[i]) * col_weight_.cwiseProduct(Eigen::Map<const VectorF>(kernel_.row(i), b_.size()));
  }
  /// gamma_ij / min(gamma_1 i, gamma_2 j)
  VectorF ratios(Index i) const { return masses(i).cwiseQuotient(col_mass_.cwiseMin(row_mass(i))); }
  /// What an entry of row i must have to matter to its row or to its column; never 0.
  VectorF cut(Index i) const {
    const auto row_share = static_cast<float>(kNegligible / static_cast<double>(b_.size()));
    const auto col_share = static_cast<float>(kNegligible / static_cast<double>(a_.size()));
    return (col_share * col_mass_).cwiseMin(row_share * row_mass(i)).cwiseMax(std::numeric_limits<float>::min());
  }
  float row_mass(Index i) const { return static_cast<float>(sums_.rows[i]); }

  const GibbsKernel& kernel_;
  const Vector &a_, &b_;
  Sums sums_;
  VectorF col_weight_, col_mass_;
};

}  // namespace

std::vector<PlanEntry> sparse_plan(const GibbsKernel& kernel, const Vector& a, const Vector& b, Index partners,
                                   Index* relevant) {
  const Thinning thinning(kernel, a, b);
  const Index budget = partners * (a.size() + b.size()), count = thinning.count_relevant();
  if (relevant != nullptr) *relevant = count;
  if (count <= budget) return thinning.relevant_entries();
  auto plan = thinning.draw(thinning.best_share(static_cast<double>(partners), static_cast<double>(budget)));
  thinning.fill_columns(plan);
  rake(plan, thinning.sums());
  return plan;
}

}  // namespace instar::math
