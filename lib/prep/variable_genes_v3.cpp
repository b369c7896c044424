#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/error.hpp"
#include "math/loess.hpp"
#include "prep/median.hpp"
#include "prep/variable_genes.hpp"

namespace instar::prep {
namespace {

constexpr double kSpan = 0.3;  ///< of the regression, scanpy's default

Vector means_of(const GeneMoments& moments) { return moments.sum / static_cast<double>(moments.cells); }

Vector variances_of(const GeneMoments& moments) {
  const auto n = static_cast<double>(moments.cells);
  const Vector means = means_of(moments);
  return ((moments.sum_squares.array() / n - means.array().square()) * (n / (n - 1))).matrix();
}

/// Standard deviation that a gene's mean lets expect; 1 for genes that do not vary.
Vector expected_deviations(const GeneMoments& moments) {
  const Vector means = means_of(moments);
  const Vector variances = variances_of(moments);
  std::vector<Index> varying;
  for (Index g = 0; g < means.size(); ++g)
    if (variances[g] > 0) varying.push_back(g);
  Vector expected = Vector::Ones(means.size());
  if (varying.empty()) return expected;
  const Vector log_variances =
      math::loess(means(varying).array().log10().matrix(), variances(varying).array().log10().matrix(), kSpan);
  for (std::size_t k = 0; k < varying.size(); ++k)
    expected[varying[k]] = std::sqrt(std::pow(10.0, log_variances[static_cast<Index>(k)]));
  return expected;
}

/// Variance of the clipped counts about the mean of the unclipped, in units of the expected one.
Vector standardised_variances(const GeneMoments& moments, const GeneMoments& clipped, const Vector& expected) {
  const auto n = static_cast<double>(moments.cells);
  const auto means = means_of(moments).array().eval();
  return ((n * means.square() + clipped.sum_squares.array() - 2 * clipped.sum.array() * means) /
          ((n - 1) * expected.array().square()))
      .matrix();
}

/// Position of every gene by falling value; genes that tie in their own order.
std::vector<Index> ranks(const Vector& values) {
  std::vector<Index> order(static_cast<std::size_t>(values.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) { return values[a] > values[b]; });
  std::vector<Index> rank(order.size());
  for (std::size_t k = 0; k < order.size(); ++k) rank[static_cast<std::size_t>(order[k])] = static_cast<Index>(k);
  return rank;
}

void set_ranks(VariableGenes& genes, const std::vector<std::vector<Index>>& batch_ranks, Index n_top) {
  const Index count = genes.means.size();
  genes.rank = Vector::Constant(count, std::numeric_limits<double>::quiet_NaN());
  genes.n_batches.assign(static_cast<std::size_t>(count), 0);
  for (Index g = 0; g < count; ++g) {
    std::vector<Index> high;
    for (const auto& rank : batch_ranks)
      if (rank[static_cast<std::size_t>(g)] < n_top) high.push_back(rank[static_cast<std::size_t>(g)]);
    genes.n_batches[static_cast<std::size_t>(g)] = static_cast<Index>(high.size());
    if (!high.empty()) genes.rank[g] = median(std::move(high));
  }
}

void mark_ranked(VariableGenes& genes, const VariableOptions& options) {
  const auto rank = [&](std::size_t g) {
    const double value = genes.rank[static_cast<Index>(g)];
    return std::isnan(value) ? std::numeric_limits<double>::infinity() : value;
  };
  const bool batches_first = options.flavor == Flavor::seurat_v3_paper;
  std::vector<std::size_t> order(genes.n_batches.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const Index more = genes.n_batches[a] - genes.n_batches[b];
    const double above = rank(a), other = rank(b);
    if (batches_first) return more != 0 ? more > 0 : above < other;
    return above < other || (!(other < above) && more > 0);
  });
  order.resize(std::min(order.size(), static_cast<std::size_t>(*options.n_top)));
  genes.highly_variable.assign(genes.n_batches.size(), false);
  for (const std::size_t g : order) genes.highly_variable[g] = true;
  genes.selected = static_cast<Index>(order.size());
}

}  // namespace

VariableGenes variable_genes_v3(core::RowBlocks& counts, const Selection& selection, const PrepOptions& prep,
                                const GeneMoments& moments, const VariableOptions& options, core::Reporter& reporter) {
  options.validate();
  const std::vector<GeneMoments> parts = moments.batches.empty() ? std::vector{moments} : moments.batches;
  std::vector<Vector> expected, limits;
  for (const GeneMoments& part : parts) {
    if (part.cells == 1 || moments.cells < 2)
      throw DataError("highly variable genes need at least two cells to choose them in every batch, found 1");
    expected.push_back(part.cells == 0 ? Vector::Ones(part.sum.size()) : expected_deviations(part));
    limits.push_back(expected.back() * std::sqrt(static_cast<double>(part.cells)) +
                     part.sum / static_cast<double>(std::max<Index>(part.cells, 1)));
  }
  const std::vector<GeneMoments> clipped = clipped_moments(counts, selection, prep, limits, reporter);

  VariableGenes result;
  result.means = means_of(moments);
  result.variances = variances_of(moments);
  result.variances_norm = Vector::Zero(result.means.size());
  std::vector<std::vector<Index>> batch_ranks;
  for (std::size_t b = 0; b < parts.size(); ++b) {
    if (parts[b].cells == 0) continue;
    const Vector standardised = standardised_variances(parts[b], clipped[b], expected[b]);
    batch_ranks.push_back(ranks(standardised));
    result.variances_norm += standardised;
  }
  if (batch_ranks.empty()) throw DataError("none of the cells that choose highly variable genes is in a batch");
  result.variances_norm /= static_cast<double>(batch_ranks.size());
  set_ranks(result, batch_ranks, *options.n_top);
  mark_ranked(result, options);
  if (moments.batches.empty())
    result.n_batches.clear();
  else
    result.batches = static_cast<Index>(batch_ranks.size());
  return result;
}

}  // namespace instar::prep
