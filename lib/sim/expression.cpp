#include "sim/expression.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/rng.hpp"

namespace instar::sim {
namespace {

constexpr std::uint32_t kProgramStream = 0x51a0010U;
constexpr std::uint32_t kGeneStream = 0x51a0011U;
constexpr std::uint32_t kCountStream = 0x51a0012U;
constexpr Index kMaxGenes = 1'000'000;
constexpr Index kPrograms = 16;
constexpr Index kBlockRows = 1024;
constexpr Index kExpressionGrain = 32;
/// A program's argument has about this deviation over the cells: below 1, so that few cells saturate it.
constexpr double kSteepness = 0.4;
/// Spread of the logarithms: of the genes' levels, and of a program's effect on a gene.
constexpr double kLevelSpread = 1.2;
constexpr double kEffectSpread = 0.7;

}  // namespace

void ExpressionOptions::validate() const {
  if (genes < 1 || genes > kMaxGenes) throw UsageError("a simulation of counts needs from 1 to 1,000,000 genes");
  if (!(depth > 0)) throw UsageError("the number of molecules in a cell must be positive");
  if (!(depth_spread >= 0)) throw UsageError("the spread of depths must not be negative");
  if (!(dispersion >= 0)) throw UsageError("the dispersion must not be negative");
}

CountRows::CountRows(Matrix states, const ExpressionOptions& options) : states_(std::move(states)), options_(options) {
  options_.validate();
  const Index dims = states_.cols();
  centre_ = states_.colwise().mean();
  const Matrix centred = states_.rowwise() - centre_.transpose();
  const double spread = std::sqrt(centred.squaredNorm() / static_cast<double>(std::max<Index>(1, states_.rows())));
  core::Rng rng(options_.seed, kProgramStream);
  programs_.resize(kPrograms, dims);
  for (Index k = 0; k < kPrograms; ++k) {
    for (Index j = 0; j < dims; ++j) programs_(k, j) = kSteepness * rng.normal() / std::max(spread, 1e-300);
  }
  base_.resize(options_.genes);
  loadings_ = Matrix::Zero(options_.genes, kPrograms);
  for (Index g = 0; g < options_.genes; ++g) {
    core::Rng gene(options_.seed, kGeneStream, static_cast<std::uint64_t>(g));
    base_(g) = kLevelSpread * gene.normal();
    if (gene.uniform() < 0.5) continue;
    for (Index k = 0; k < kPrograms; ++k) loadings_(g, k) = kEffectSpread * gene.normal();
  }
}

Vector CountRows::shares(const Vector& state) const {
  const Vector active = (programs_ * (state - centre_)).array().tanh();
  Vector out = (base_ + loadings_ * active).array().exp();
  return out / out.sum();
}

void CountRows::count_row(Index row, std::vector<std::int32_t>& genes, std::vector<double>& counts) const {
  core::Rng rng(options_.seed, kCountStream, static_cast<std::uint64_t>(row));
  const double s = options_.depth_spread;
  const double depth = options_.depth * std::exp(s * rng.normal() - s * s / 2);
  const Vector means = depth * shares(states_.row(row).transpose());
  for (Index g = 0; g < options_.genes; ++g) {
    const double shape = 1 / options_.dispersion;
    const double factor = options_.dispersion > 0 ? rng.gamma(shape) / shape : 1;
    const std::int64_t count = rng.poisson(means(g) * factor);
    if (count == 0) continue;
    genes.push_back(static_cast<std::int32_t>(g));
    counts.push_back(static_cast<double>(count));
  }
}

bool CountRows::next(core::RowBlock& block) {
  if (at_ >= rows()) return false;
  const Index count = std::min(kBlockRows, rows() - at_);
  const Index parts = (count + kExpressionGrain - 1) / kExpressionGrain;
  struct Part {
    std::vector<std::int64_t> lengths;
    std::vector<std::int32_t> genes;
    std::vector<double> counts;
  };
  std::vector<Part> made(static_cast<std::size_t>(parts));
  core::parallel_chunks(count, kExpressionGrain, [&](Index begin, Index end) {
    Part& part = made[static_cast<std::size_t>(begin / kExpressionGrain)];
    for (Index i = begin; i < end; ++i) {
      const std::size_t before = part.genes.size();
      count_row(at_ + i, part.genes, part.counts);
      part.lengths.push_back(static_cast<std::int64_t>(part.genes.size() - before));
    }
  });
  block = {};
  block.first_row = at_;
  block.cols = cols();
  block.indptr.push_back(0);
  for (const Part& part : made) {
    for (const std::int64_t length : part.lengths) block.indptr.push_back(block.indptr.back() + length);
    block.indices.insert(block.indices.end(), part.genes.begin(), part.genes.end());
    block.values.insert(block.values.end(), part.counts.begin(), part.counts.end());
  }
  at_ += count;
  return true;
}

}  // namespace instar::sim
