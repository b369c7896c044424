#include "prep/normalize.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/error.hpp"
#include "core/parallel.hpp"

namespace instar::prep {
namespace {

bool is_fitted(const PrepOptions& options, Index row) {
  return options.fit_rows.empty() || options.fit_rows[static_cast<std::size_t>(row)];
}

/// Calls body(row, begin, end) for every row of a block, its entries at begin ... end - 1.
template <class Body>
void for_each_row(const core::RowBlock& block, const Body& body) {
  for (Index i = 0; i < block.rows(); ++i)
    body(i, static_cast<std::size_t>(block.indptr[static_cast<std::size_t>(i)]),
         static_cast<std::size_t>(block.indptr[static_cast<std::size_t>(i) + 1]));
}

/// What is odd about values that should be counts.
struct Oddities {
  std::int64_t negative = 0;
  std::int64_t fractional = 0;

  void look_at(double value) {
    if (!std::isfinite(value))
      throw DataError("a value is not finite; expected counts of molecules or reads per cell and gene");
    if (value < 0) ++negative;
    if (value != std::floor(value)) ++fractional;
  }

  void report(core::Reporter& reporter) const {
    if (negative > 0)
      reporter.warning("values that are negative: " + std::to_string(negative) +
                       "; these are not counts: is the right layer used?");
    if (fractional > 0)
      reporter.warning("values that are not whole numbers: " + std::to_string(fractional) +
                       "; these may not be raw counts: is the right layer used?");
  }
};

struct FirstLook {
  std::vector<double> totals;        ///< [rows] over all genes
  std::vector<Index> cells_of_gene;  ///< [cols] fitted cells that stay and have the gene
};

FirstLook look_through(core::RowBlocks& counts, const PrepOptions& options, Selection& selection,
                       core::Reporter& reporter) {
  FirstLook look{std::vector<double>(static_cast<std::size_t>(counts.rows()), 0),
                 std::vector<Index>(static_cast<std::size_t>(counts.cols()), 0)};
  Oddities oddities;
  core::RowBlock block;
  counts.rewind();
  for (Index first = 0; counts.next(block); first += block.rows()) {
    for_each_row(block, [&](Index i, std::size_t begin, std::size_t end) {
      Index genes = 0;
      double total = 0;
      for (std::size_t e = begin; e < end; ++e) {
        oddities.look_at(block.values[e]);
        total += block.values[e];
        if (block.values[e] != 0) ++genes;
      }
      const auto row = static_cast<std::size_t>(first + i);
      look.totals[row] = total;
      selection.keep_cells[row] = genes >= options.min_genes && (options.may_stay.empty() || options.may_stay[row]);
      if (!selection.keep_cells[row] || !is_fitted(options, first + i)) return;
      for (std::size_t e = begin; e < end; ++e)
        if (block.values[e] != 0) ++look.cells_of_gene[static_cast<std::size_t>(block.indices[e])];
    });
    reporter.progress("reading counts", static_cast<double>(first + block.rows()), static_cast<double>(counts.rows()));
  }
  oddities.report(reporter);
  return look;
}

/// Totals over the genes that stay.
std::vector<double> totals_of_kept(core::RowBlocks& counts, const Selection& selection) {
  std::vector<double> totals;
  core::RowBlock block;
  counts.rewind();
  while (counts.next(block)) {
    for_each_row(block, [&](Index, std::size_t begin, std::size_t end) {
      double total = 0;
      for (std::size_t e = begin; e < end; ++e)
        if (selection.keep_genes[static_cast<std::size_t>(block.indices[e])]) total += block.values[e];
      totals.push_back(total);
    });
  }
  return totals;
}

double median(std::vector<double> values) {
  const std::size_t half = values.size() / 2;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(half), values.end());
  const double upper = values[half];
  if (values.size() % 2 == 1) return upper;
  return (upper + *std::max_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(half))) / 2;
}

double median_total(const std::vector<double>& totals, const Selection& selection, const PrepOptions& options) {
  std::vector<double> positive;
  for (std::size_t row = 0; row < totals.size(); ++row) {
    if (selection.keep_cells[row] && is_fitted(options, static_cast<Index>(row)) && totals[row] > 0)
      positive.push_back(totals[row]);
  }
  if (positive.empty()) throw DataError("every cell is empty, so there is no median total to scale to");
  return median(std::move(positive));
}

/// The part of a block that stays, genes renumbered, and the total of each of its rows.
class Cutter {
 public:
  explicit Cutter(const Selection& selection) : selection_(selection) {
    std::int32_t next = 0;
    for (const bool keep : selection.keep_genes) position_.push_back(keep ? next++ : -1);
  }

  void cut(const core::RowBlock& block, Index first) {
    kept.first_row += kept.rows();
    kept.cols = selection_.genes;
    kept.indptr.assign(1, 0);
    kept.indices.clear();
    kept.values.clear();
    rows.clear();
    totals.clear();
    for_each_row(block, [&](Index i, std::size_t begin, std::size_t end) {
      if (!selection_.keep_cells[static_cast<std::size_t>(first + i)]) return;
      double total = 0;
      for (std::size_t e = begin; e < end; ++e) {
        const std::int32_t gene = position_[static_cast<std::size_t>(block.indices[e])];
        if (gene < 0 || block.values[e] == 0) continue;
        kept.indices.push_back(gene);
        kept.values.push_back(block.values[e]);
        total += block.values[e];
      }
      kept.indptr.push_back(static_cast<std::int64_t>(kept.values.size()));
      rows.push_back(first + i);
      totals.push_back(total);
    });
  }

  core::RowBlock kept;
  std::vector<Index> rows;     ///< of the rows kept, their positions in the input
  std::vector<double> totals;  ///< of the rows kept

 private:
  const Selection& selection_;
  std::vector<std::int32_t> position_;
};

/// Position of a row's batch among those counted, or nothing.
std::optional<std::size_t> batch_of(const PrepOptions& options, Index row) {
  const Index batch = options.batches[static_cast<std::size_t>(row)];
  return batch < 0 ? std::nullopt : std::optional(static_cast<std::size_t>(batch));
}

GeneMoments no_moments(const Selection& selection) {
  return {0, Vector::Zero(selection.genes), Vector::Zero(selection.genes)};
}

/// Moments of all cells and, where there are batches, of each.
GeneMoments empty_moments(const Selection& selection, const PrepOptions& options) {
  GeneMoments moments = no_moments(selection);
  Index batches = 0;
  for (const Index batch : options.batches) batches = std::max(batches, batch + 1);
  moments.batches.assign(static_cast<std::size_t>(batches), no_moments(selection));
  return moments;
}

void add_moments(GeneMoments& moments, const Cutter& cutter, const PrepOptions& options) {
  const core::RowBlock& kept = cutter.kept;
  const bool as_written = options.moments == MomentsOf::written;
  const auto add_row = [&](GeneMoments& to, std::size_t begin, std::size_t end) {
    ++to.cells;
    for (std::size_t e = begin; e < end; ++e) {
      const double value = as_written ? static_cast<float>(kept.values[e]) : kept.values[e];
      to.sum[kept.indices[e]] += value;
      to.sum_squares[kept.indices[e]] += value * value;
    }
  };
  for_each_row(kept, [&](Index i, std::size_t begin, std::size_t end) {
    const Index row = cutter.rows[static_cast<std::size_t>(i)];
    if (!is_fitted(options, row)) return;
    add_row(moments, begin, end);
    if (options.batches.empty()) return;
    if (const auto batch = batch_of(options, row)) add_row(moments.batches[*batch], begin, end);
  });
}

void take_logs(std::vector<double>& values) {
  core::parallel_chunks(static_cast<Index>(values.size()), 65536, [&](Index begin, Index end) {
    for (auto e = static_cast<std::size_t>(begin); e < static_cast<std::size_t>(end); ++e) {
      if (values[e] <= -1) throw DataError("a negative value has no log(1 + x) after normalisation; use raw counts");
      values[e] = std::log1p(values[e]);
    }
  });
}

}  // namespace

void PrepOptions::validate() const {
  if (min_genes < 0) throw UsageError("the least number of genes of a cell cannot be negative");
  if (min_cells < 0) throw UsageError("the least number of cells of a gene cannot be negative");
  if (target_sum && (!(*target_sum > 0) || !std::isfinite(*target_sum)))
    throw UsageError("the total that cells are scaled to must be positive");
}

Selection select(core::RowBlocks& counts, const PrepOptions& options, core::Reporter& reporter) {
  options.validate();
  if (!options.fit_rows.empty() && static_cast<Index>(options.fit_rows.size()) != counts.rows())
    throw DataError(std::to_string(options.fit_rows.size()) + " row marks for " + std::to_string(counts.rows()) +
                    " cells");
  Selection selection;
  if (!options.may_stay.empty() && static_cast<Index>(options.may_stay.size()) != counts.rows())
    throw DataError(std::to_string(options.may_stay.size()) + " marks of cells that may stay for " +
                    std::to_string(counts.rows()) + " cells");
  if (!options.batches.empty() && static_cast<Index>(options.batches.size()) != counts.rows())
    throw DataError(std::to_string(options.batches.size()) + " batches of cells for " + std::to_string(counts.rows()) +
                    " cells");
  selection.keep_cells.assign(static_cast<std::size_t>(counts.rows()), true);
  const FirstLook look = look_through(counts, options, selection, reporter);
  selection.keep_genes.reserve(look.cells_of_gene.size());
  for (const Index cells : look.cells_of_gene) selection.keep_genes.push_back(cells >= options.min_cells);
  selection.cells = std::count(selection.keep_cells.begin(), selection.keep_cells.end(), true);
  selection.genes = std::count(selection.keep_genes.begin(), selection.keep_genes.end(), true);
  if (selection.cells == 0 && options.min_genes == 0) throw DataError("no cell is left by what leaves out cells");
  if (selection.cells == 0)
    throw DataError("no cell has " + std::to_string(options.min_genes) + " genes or more; lower --min-genes");
  if (selection.genes == 0)
    throw DataError("no gene is seen in " + std::to_string(options.min_cells) + " cells or more; lower --min-cells");
  const bool all_genes = selection.genes == counts.cols();
  selection.target_sum = options.target_sum ? *options.target_sum
                                            : median_total(all_genes ? look.totals : totals_of_kept(counts, selection),
                                                           selection, options);
  return selection;
}

GeneMoments normalize(core::RowBlocks& counts, const Selection& selection, const PrepOptions& options,
                      core::RowSink& sink, core::Reporter& reporter) {
  GeneMoments moments = empty_moments(selection, options);
  Cutter cutter(selection);
  Index empty_cells = 0;
  core::RowBlock block;
  counts.rewind();
  for (Index first = 0; counts.next(block); first += block.rows()) {
    cutter.cut(block, first);
    if (options.moments == MomentsOf::counts) add_moments(moments, cutter, options);
    core::RowBlock& kept = cutter.kept;
    for_each_row(kept, [&](Index i, std::size_t begin, std::size_t end) {
      const auto row = static_cast<std::size_t>(i);
      const double total = cutter.totals[row];
      if (total == 0) ++empty_cells;
      const double factor = total == 0 ? 1 : total / selection.target_sum;
      for (std::size_t e = begin; e < end; ++e) kept.values[e] /= factor;
    });
    if (options.moments == MomentsOf::normalized) add_moments(moments, cutter, options);
    if (options.log1p) take_logs(kept.values);
    if (options.moments == MomentsOf::written) add_moments(moments, cutter, options);
    sink.append(kept);
    reporter.progress("normalising", static_cast<double>(first + block.rows()), static_cast<double>(counts.rows()));
  }
  sink.finish();
  if (empty_cells > 0)
    reporter.warning("cells without counts: " + std::to_string(empty_cells) +
                     "; they stay as they are (--min-genes 1 leaves them out)");
  return moments;
}

std::vector<GeneMoments> clipped_moments(core::RowBlocks& counts, const Selection& selection,
                                         const PrepOptions& options, const std::vector<Vector>& limits,
                                         core::Reporter& reporter) {
  std::vector<GeneMoments> moments(limits.size(), no_moments(selection));
  Cutter cutter(selection);
  core::RowBlock block;
  counts.rewind();
  for (Index first = 0; counts.next(block); first += block.rows()) {
    cutter.cut(block, first);
    const core::RowBlock& kept = cutter.kept;
    for_each_row(kept, [&](Index i, std::size_t begin, std::size_t end) {
      const Index row = cutter.rows[static_cast<std::size_t>(i)];
      if (!is_fitted(options, row)) return;
      const auto batch = options.batches.empty() ? std::optional<std::size_t>(0) : batch_of(options, row);
      if (!batch) return;
      GeneMoments& to = moments[*batch];
      ++to.cells;
      for (std::size_t e = begin; e < end; ++e) {
        const double value = std::min(kept.values[e], limits[*batch][kept.indices[e]]);
        to.sum[kept.indices[e]] += value;
        to.sum_squares[kept.indices[e]] += value * value;
      }
    });
    reporter.progress("clipping counts", static_cast<double>(first + block.rows()), static_cast<double>(counts.rows()));
  }
  return moments;
}

}  // namespace instar::prep
