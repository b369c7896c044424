#include "prep/moment_sums.hpp"

#include <algorithm>

#include "core/parallel.hpp"

namespace instar::prep {
namespace {

/// Ranges of genes for each thread: more share the work better, fewer leave longer parts of a cell to read on end. The
/// sums do not depend on it.
constexpr Index kRangesPerThread = 2;

}  // namespace

MomentSums::MomentSums(Index genes, const PrepOptions& options) : options_(options), genes_(genes) {
  Index batches = 0;
  for (const Index batch : options.batches) batches = std::max(batches, batch + 1);
  all_.of_gene.resize(static_cast<std::size_t>(genes));
  batches_.assign(static_cast<std::size_t>(batches), all_);
}

void MomentSums::add(const core::RowBlock& block, const std::vector<Index>& rows, const std::vector<double>& scale) {
  std::vector<Row> counted;
  counted.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] < 0) continue;
    const auto row = static_cast<std::size_t>(rows[i]);
    if (!options_.fit_rows.empty() && !options_.fit_rows[row]) continue;
    const Index batch = options_.batches.empty() ? -1 : options_.batches[row];
    Part* part = batch < 0 ? nullptr : &batches_[static_cast<std::size_t>(batch)];
    ++all_.cells;
    if (part != nullptr) ++part->cells;
    counted.push_back({static_cast<std::size_t>(block.indptr[i]), static_cast<std::size_t>(block.indptr[i + 1]),
                       scale.empty() ? 1 : scale[i], part});
  }
  const Index ranges = kRangesPerThread * core::threads();
  core::parallel_for(ranges,
                     [&](Index r) { add_range(block, counted, genes_ * r / ranges, genes_ * (r + 1) / ranges); });
}

void MomentSums::add_range(const core::RowBlock& block, const std::vector<Row>& counted, Index first_gene,
                           Index last_gene) {
  const auto* indices = block.indices.data();
  for (const Row& row : counted) {
    const auto e = static_cast<std::size_t>(
        std::lower_bound(indices + row.begin, indices + row.end, static_cast<std::int32_t>(first_gene)) - indices);
    const auto end = static_cast<std::size_t>(
        std::lower_bound(indices + e, indices + row.end, static_cast<std::int32_t>(last_gene)) - indices);
    add_entries(block, e, end, row.scale, all_.of_gene);
    if (row.batch != nullptr) add_entries(block, e, end, row.scale, row.batch->of_gene);
  }
}

void MomentSums::add_entries(const core::RowBlock& block, std::size_t begin, std::size_t end, double scale,
                             std::vector<Sum>& sums) {
  const double* values = block.values.data();
  const std::int32_t* indices = block.indices.data();
  Sum* of_gene = sums.data();
  for (std::size_t e = begin; e < end; ++e) {
    const double value = values[e] * scale;
    Sum& sum = of_gene[indices[e]];
    sum.values += value;
    sum.squares += value * value;
    sum.cells += values[e] != 0 ? 1 : 0;
  }
}

GeneMoments MomentSums::moments(const std::vector<bool>& keep_genes, double factor) const {
  const Index kept = std::count(keep_genes.begin(), keep_genes.end(), true);
  const auto of_part = [&](const Part& part) {
    GeneMoments result{part.cells, Vector(kept), Vector(kept)};
    Index at = 0;
    for (std::size_t gene = 0; gene < keep_genes.size(); ++gene) {
      if (!keep_genes[gene]) continue;
      result.sum[at] = factor * part.of_gene[gene].values;
      result.sum_squares[at++] = factor * factor * part.of_gene[gene].squares;
    }
    return result;
  };
  GeneMoments result = of_part(all_);
  for (const Part& batch : batches_) result.batches.push_back(of_part(batch));
  return result;
}

std::vector<Index> MomentSums::cells_of_gene() const {
  std::vector<Index> cells;
  cells.reserve(all_.of_gene.size());
  for (const Sum& sum : all_.of_gene) cells.push_back(sum.cells);
  return cells;
}

}  // namespace instar::prep
