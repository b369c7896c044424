// The first look at counts: which cells and genes stay, to what total cells are scaled, sums for the choice of genes.
#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "core/format.hpp"
#include "core/parallel.hpp"
#include "prep/kept_rows.hpp"
#include "prep/median.hpp"
#include "prep/moment_sums.hpp"
#include "prep/normalize.hpp"

namespace instar::prep {
namespace {

constexpr Index kSurveyRows = 64;

bool is_fitted(const PrepOptions& options, Index row) {
  return options.fit_rows.empty() || options.fit_rows[static_cast<std::size_t>(row)];
}

/// Whether a value is a whole number from 0 (beyond 31 bits it is not asked here): what nearly all values are.
bool is_count(double value) {
  const bool fits = value >= 0 && value < 2147483648.0;
  return fits && static_cast<double>(static_cast<std::int32_t>(fits ? value : 0)) == value;
}

/// Values that counts cannot be: how many, and the first of them.
struct Oddity {
  std::int64_t number = 0;
  Index row = std::numeric_limits<Index>::max();
  Index gene = 0;
  double value = 0;

  void add(Index at_row, Index at_gene, double found) {
    if (number++ == 0) *this = {1, at_row, at_gene, found};
  }
  void join(const Oddity& other) {
    const std::int64_t sum = number + other.number;
    if (other.row < row) *this = other;
    number = sum;
  }
  std::string text() const {
    return std::to_string(number) + ", the first " + core::format_short(value) + " in cell " + std::to_string(row + 1) +
           ", gene " + std::to_string(gene + 1);
  }
};

/// What is odd about values that should be counts.
struct Oddities {
  Oddity negative, fractional;
  double largest = 0;  ///< of the fractional ones

  /// @param row of the block, `cell` of the matrix
  void look_at(const core::RowBlock& block, Index row, Index cell) {
    for (auto e = static_cast<std::size_t>(block.indptr[static_cast<std::size_t>(row)]);
         e < static_cast<std::size_t>(block.indptr[static_cast<std::size_t>(row) + 1]); ++e) {
      const double value = block.values[e];
      if (!std::isfinite(value))
        throw DataError("a value is not finite; expected counts of molecules or reads per cell and gene");
      if (value < 0) negative.add(cell, block.indices[e], value);
      if (value == std::floor(value)) continue;
      fractional.add(cell, block.indices[e], value);
      largest = std::max(largest, value);
    }
  }

  void join(const Oddities& other) {
    negative.join(other.negative);
    fractional.join(other.fractional);
    largest = std::max(largest, other.largest);
  }

  /// One warning: what is negative is no count, whether whole or not.
  void report(core::Reporter& reporter) const {
    if (negative.number > 0)
      reporter.warning("values that are negative: " + negative.text() +
                       "; these are not counts but scaled or corrected values: totals, logarithms and the choice of "
                       "genes will mean little: is the right layer used?");
    else if (fractional.number > 0)
      reporter.warning("values that are not whole numbers: " + fractional.text() + ", the largest " +
                       core::format_short(largest) +
                       "; these may not be raw counts: normalised or logged before, they would be so twice: is the "
                       "right layer used?");
  }
};

struct FirstLook {
  std::vector<double> totals;        ///< [rows] over all genes
  std::vector<Index> cells_of_gene;  ///< [cols] fitted cells that stay and have the gene
  bool negative = false;             ///< whether a value is below 0
};

/// One pass. Sums what `sums` is for (of counts, or of shares of the total) on the way.
FirstLook look_through(core::RowBlocks& counts, const PrepOptions& options, Selection& selection, MomentSums& sums,
                       core::Reporter& reporter) {
  FirstLook look;
  look.totals.assign(static_cast<std::size_t>(counts.rows()), 0);
  const bool shares = options.moments == MomentsOf::normalized;
  Oddities oddities;
  std::mutex mutex;
  core::RowBlock block;
  std::vector<Index> rows;
  std::vector<double> scale;
  std::vector<char> stays(static_cast<std::size_t>(counts.rows()), 0);
  counts.rewind();
  for (Index first = 0; counts.next(block); first += block.rows()) {
    rows.assign(static_cast<std::size_t>(block.rows()), -1);
    scale.assign(rows.size(), 1);
    core::parallel_chunks(block.rows(), kSurveyRows, [&](Index begin, Index end) {
      Oddities found;
      for (Index i = begin; i < end; ++i) {
        const auto in_block = static_cast<std::size_t>(i);
        const auto row = static_cast<std::size_t>(first + i);
        Index genes = 0;
        double total = 0;
        bool whole = true;
        for (auto e = static_cast<std::size_t>(block.indptr[in_block]);
             e < static_cast<std::size_t>(block.indptr[in_block + 1]); ++e) {
          const double value = block.values[e];
          total += value;
          genes += value != 0 ? 1 : 0;
          whole &= is_count(value);
        }
        if (!whole) found.look_at(block, i, first + i);
        look.totals[row] = total;
        stays[row] = genes >= options.min_genes && (options.may_stay.empty() || options.may_stay[row]) ? 1 : 0;
        if (stays[row] != 0) rows[in_block] = first + i;
        if (shares) scale[in_block] = total == 0 ? 0 : 1 / total;
      }
      const std::lock_guard lock(mutex);
      oddities.join(found);
    });
    sums.add(block, rows, scale);
    reporter.progress("reading counts", static_cast<double>(first + block.rows()), static_cast<double>(counts.rows()),
                      "cells/s");
  }
  oddities.report(reporter);
  look.negative = oddities.negative.number > 0;
  selection.keep_cells.assign(stays.begin(), stays.end());
  look.cells_of_gene = sums.cells_of_gene();
  return look;
}

double median_total(const Selection& selection, const PrepOptions& options) {
  const std::vector<double>& totals = selection.totals;
  std::vector<double> positive;
  for (std::size_t row = 0; row < totals.size(); ++row) {
    if (selection.keep_cells[row] && is_fitted(options, static_cast<Index>(row)) && totals[row] > 0)
      positive.push_back(totals[row]);
  }
  if (positive.empty())
    throw DataError(
        {}, "expected counts, found no cell whose values add up to more than 0, so there is no total to scale to",
        "is the right layer used?");
  return median(std::move(positive));
}

void check_marks(const core::RowBlocks& counts, const PrepOptions& options) {
  options.validate();
  const auto check = [&](std::size_t size, const std::string& what) {
    if (size != 0 && static_cast<Index>(size) != counts.rows())
      throw DataError(std::to_string(size) + what + std::to_string(counts.rows()) + " cells");
  };
  check(options.fit_rows.size(), " row marks for ");
  check(options.may_stay.size(), " marks of cells that may stay for ");
  check(options.batches.size(), " batches of cells for ");
}

void choose(Selection& selection, const FirstLook& look, const PrepOptions& options) {
  selection.keep_genes.reserve(look.cells_of_gene.size());
  for (const Index cells : look.cells_of_gene) selection.keep_genes.push_back(cells >= options.min_cells);
  selection.cells = std::count(selection.keep_cells.begin(), selection.keep_cells.end(), true);
  selection.genes = std::count(selection.keep_genes.begin(), selection.keep_genes.end(), true);
  if (selection.cells == 0 && options.min_genes == 0) throw DataError("no cell is left by what leaves out cells");
  if (selection.cells == 0)
    throw DataError("no cell has " + std::to_string(options.min_genes) + " genes or more; lower --min-genes");
  if (selection.genes == 0)
    throw DataError("no gene is seen in " + std::to_string(options.min_cells) + " cells or more; lower --min-cells");
}

void say_empty_genes(const FirstLook& look, const Selection& selection, core::Reporter& reporter) {
  Index empty = 0;
  for (std::size_t g = 0; g < look.cells_of_gene.size(); ++g)
    empty += selection.keep_genes[g] && look.cells_of_gene[g] == 0 ? 1 : 0;
  if (empty > 0)
    reporter.detail("genes without counts: " + std::to_string(empty) +
                    "; they stay and are never variable (--min-cells 1 leaves them out)");
}

/// Calls body(kept, first) for what stays of every block, in one pass.
template <class Body>
void for_each_kept(core::RowBlocks& counts, const Selection& selection, const std::string& phase,
                   core::Reporter& reporter, const Body& body) {
  KeptRows kept(selection);
  core::RowBlock block;
  counts.rewind();
  for (Index first = 0; counts.next(block); first += block.rows()) {
    kept.cut(block, first);
    body(kept);
    reporter.progress(phase, static_cast<double>(first + block.rows()), static_cast<double>(counts.rows()), "cells/s");
  }
}

/// Totals over the genes that stay [rows]; shares of them summed on the way where `sums` is given.
std::vector<double> totals_of_kept(core::RowBlocks& counts, const Selection& selection, MomentSums* sums,
                                   core::Reporter& reporter) {
  std::vector<double> totals(static_cast<std::size_t>(counts.rows()), 0);
  for_each_kept(counts, selection, "summing the genes that stay", reporter, [&](const KeptRows& kept) {
    for (std::size_t k = 0; k < kept.rows.size(); ++k) totals[static_cast<std::size_t>(kept.rows[k])] = kept.totals[k];
    if (sums != nullptr) sums->add(kept.block, kept.rows, kept.per_total());
  });
  return totals;
}

/// Refuses what has no logarithm in any gene that stays: whether the gene is used later must not decide.
void require_logs(core::RowBlocks& counts, const Selection& selection, const PrepOptions& options,
                  const FirstLook& look, core::Reporter& reporter) {
  if (!look.negative || !options.log1p) return;
  for_each_kept(counts, selection, "checking negative values", reporter,
                [&](KeptRows& kept) { kept.normalize(selection.target_sum, true, false); });
}

}  // namespace

void PrepOptions::validate() const {
  if (min_genes < 0) throw UsageError("the least number of genes of a cell cannot be negative");
  if (min_cells < 0) throw UsageError("the least number of cells of a gene cannot be negative");
  if (target_sum && (!(*target_sum > 0) || !std::isfinite(*target_sum)))
    throw UsageError("the total that cells are scaled to must be positive");
}

Selection select(core::RowBlocks& counts, const PrepOptions& options, core::Reporter& reporter) {
  check_marks(counts, options);
  Selection selection;
  MomentSums unused(counts.cols(), options);
  FirstLook look = look_through(counts, options, selection, unused, reporter);
  choose(selection, look, options);
  say_empty_genes(look, selection, reporter);
  if (selection.genes == counts.cols())
    selection.totals = std::move(look.totals);
  else if (!options.target_sum)
    selection.totals = totals_of_kept(counts, selection, nullptr, reporter);
  selection.target_sum = options.target_sum ? *options.target_sum : median_total(selection, options);
  require_logs(counts, selection, options, look, reporter);
  return selection;
}

Survey survey(core::RowBlocks& counts, const PrepOptions& options, core::Reporter& reporter) {
  check_marks(counts, options);
  Survey result;
  Selection& selection = result.selection;
  MomentSums sums(counts.cols(), options);
  FirstLook look = look_through(counts, options, selection, sums, reporter);
  choose(selection, look, options);
  say_empty_genes(look, selection, reporter);
  const bool all_genes = selection.genes == counts.cols();
  const bool shares = options.moments == MomentsOf::normalized;
  // Shares are of the genes that stay, which the first look did not know.
  MomentSums of_kept(shares && !all_genes ? selection.genes : 0, options);
  if (all_genes)
    selection.totals = std::move(look.totals);
  else if (shares || !options.target_sum)
    selection.totals = totals_of_kept(counts, selection, shares ? &of_kept : nullptr, reporter);
  selection.target_sum = options.target_sum ? *options.target_sum : median_total(selection, options);
  require_logs(counts, selection, options, look, reporter);

  const std::vector<bool> every(static_cast<std::size_t>(selection.genes), true);
  if (shares) {
    result.moments =
        all_genes ? sums.moments(every, selection.target_sum) : of_kept.moments(every, selection.target_sum);
  } else if (options.moments == MomentsOf::counts) {
    result.moments = sums.moments(selection.keep_genes);
  } else {
    MomentSums written(selection.genes, options);
    for_each_kept(counts, selection, "summing logs", reporter, [&](KeptRows& kept) {
      kept.normalize(selection.target_sum, options.log1p, true);
      written.add(kept.block, kept.rows);
    });
    result.moments = written.moments(every);
  }
  return result;
}

}  // namespace instar::prep
