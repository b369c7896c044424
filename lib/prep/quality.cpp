#include "prep/quality.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include "core/error.hpp"
#include "core/parallel.hpp"

namespace instar::prep {
namespace {

/// Percent of the total in the highest counts of a cell, for each of kTopGenes. @param values of the cell, reordered
void set_top_shares(Quality& quality, std::size_t row, std::vector<double>& values) {
  const double total = quality.total_of_cell[row];
  std::sort(values.begin(), values.end(), std::greater<>());
  double sum = 0;
  std::size_t at = 0;
  for (std::size_t k = 0; k < kTopGenes.size(); ++k) {
    if (quality.top_of_cell[k].empty()) continue;
    for (; at < std::min(values.size(), static_cast<std::size_t>(kTopGenes[k])); ++at) sum += values[at];
    quality.top_of_cell[k][row] = total == 0 ? std::numeric_limits<double>::quiet_NaN() : 100 * sum / total;
  }
}

void measure_cell(Quality& quality, std::size_t row, const core::RowBlock& block, std::size_t begin, std::size_t end,
                  const std::vector<bool>& marked) {
  std::vector<double> values;
  for (std::size_t e = begin; e < end; ++e) {
    const double value = block.values[e];
    if (!std::isfinite(value))
      throw DataError("a value is not finite; expected counts of molecules or reads per cell and gene");
    if (value == 0) continue;
    values.push_back(value);
    quality.total_of_cell[row] += value;
    if (marked[static_cast<std::size_t>(block.indices[e])]) quality.marked_of_cell[row] += value;
  }
  quality.genes_of_cell[row] = static_cast<double>(values.size());
  set_top_shares(quality, row, values);
}

}  // namespace

double Quality::marked_percent(Index cell) const {
  const auto row = static_cast<std::size_t>(cell);
  return marked_of_cell[row] / total_of_cell[row] * 100;
}

Quality measure_quality(core::RowBlocks& counts, const std::vector<bool>& marked, core::Reporter& reporter) {
  const auto rows = static_cast<std::size_t>(counts.rows());
  const auto cols = static_cast<std::size_t>(counts.cols());
  if (marked.size() != cols)
    throw DataError(std::to_string(marked.size()) + " gene marks for " + std::to_string(cols) + " genes");
  Quality quality;
  for (auto* of_cell : {&quality.genes_of_cell, &quality.total_of_cell, &quality.marked_of_cell})
    of_cell->assign(rows, 0);
  for (auto* of_gene : {&quality.cells_of_gene, &quality.total_of_gene}) of_gene->assign(cols, 0);
  for (const Index top : kTopGenes)
    quality.top_of_cell.emplace_back(static_cast<std::size_t>(top) <= cols ? rows : 0, 0);
  core::RowBlock block;
  counts.rewind();
  for (Index first = 0; counts.next(block); first += block.rows()) {
    core::parallel_chunks(block.rows(), 256, [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i)
        measure_cell(quality, static_cast<std::size_t>(first + i), block,
                     static_cast<std::size_t>(block.indptr[static_cast<std::size_t>(i)]),
                     static_cast<std::size_t>(block.indptr[static_cast<std::size_t>(i) + 1]), marked);
    });
    for (std::size_t e = 0; e < block.values.size(); ++e) {
      const auto gene = static_cast<std::size_t>(block.indices[e]);
      quality.total_of_gene[gene] += block.values[e];
      if (block.values[e] != 0) ++quality.cells_of_gene[gene];
    }
    reporter.progress("measuring quality", static_cast<double>(first + block.rows()),
                      static_cast<double>(counts.rows()), "cells/s");
  }
  return quality;
}

}  // namespace instar::prep
