#pragma once

#include <optional>
#include <vector>

#include "core/reporter.hpp"
#include "core/row_blocks.hpp"
#include "core/types.hpp"

namespace instar::prep {

/// Whose sums over cells normalize() takes, for the choice of variable genes.
enum class MomentsOf {
  normalized,  ///< scaled, before the logarithm
  written,     ///< what the sink gets, in the float32 of files
  counts       ///< before scaling
};

struct PrepOptions {
  Index min_genes = 0;               ///< cells with fewer genes (counts other than 0) are left out
  std::vector<bool> may_stay;        ///< [rows] cells marked false are left out; empty: none
  Index min_cells = 0;               ///< genes seen in fewer of the fitted cells are left out
  std::optional<double> target_sum;  ///< total of every cell after normalisation; absent: the fitted cells' median
  bool log1p = true;                 ///< take log(1 + x) after normalisation
  std::vector<bool> fit_rows;        ///< cells that choose genes and the median; empty: all
  MomentsOf moments = MomentsOf::normalized;
  std::vector<Index> batches;  ///< [rows] number of the cell's batch, 0, 1 ...; negative: in none. Empty: no batches
  void validate() const;       ///< @throws UsageError
};

/// What of a count matrix stays, and to what total its cells are scaled.
struct Selection {
  std::vector<bool> keep_cells;  ///< [rows]
  std::vector<bool> keep_genes;  ///< [cols]
  Index cells = 0;               ///< how many stay
  Index genes = 0;
  double target_sum = 0;
  std::vector<double> totals;  ///< [rows] over the genes that stay; empty where no pass over the counts has found them
};

/// Looks through the counts once (twice where genes are left out) and decides: cells first, over all genes, then genes,
/// over the fitted cells that stay, as scanpy's filter_cells and filter_genes in this order. The median is that of the
/// totals over the genes that stay, without the cells whose total is 0 (scanpy 1.11 counts those in for sparse
/// matrices, earlier and later versions do not). Warns of negative and fractional values.
/// @throws DataError where nothing stays, a value is not finite, or a negative one that stays has no logarithm
Selection select(core::RowBlocks& counts, const PrepOptions& options, core::Reporter& reporter = core::silent());

/// Sums over the fitted cells of the values (PrepOptions::moments says which) of every gene that stays.
struct GeneMoments {
  Index cells = 0;                        ///< fitted cells
  Vector sum;                             ///< [genes]
  Vector sum_squares;                     ///< [genes]
  std::vector<GeneMoments> batches = {};  ///< the same for the cells of each batch, where there are batches
};

/// select(), and what a choice of genes needs.
struct Survey {
  Selection selection;
  GeneMoments moments;
};

/// select(), and the sums that normalize() would return, without normalising: the same numbers in fewer passes. One
/// pass for sums of counts or of normalised values (which are shares of the total, scaled once the target is known);
/// one more where genes are left out (sums of counts with a given target: not), and one more for sums of what would be
/// written.
Survey survey(core::RowBlocks& counts, const PrepOptions& options, core::Reporter& reporter = core::silent());

/// Scales every cell to the target total (cells without counts stay as they are), takes the logarithm, and hands
/// the rows that stay, with the genes that stay, to `sink`, ending with finish(). scanpy's normalize_total and log1p.
/// @throws DataError where the logarithm of a negative value would be needed
GeneMoments normalize(core::RowBlocks& counts, const Selection& selection, const PrepOptions& options,
                      core::RowSink& sink, core::Reporter& reporter = core::silent());

/// Estimate of what preparing a matrix holds beside the blocks that it reads, in bytes. @param genes of the matrix
std::int64_t working_bytes(Index genes);

/// Says how many cells have no counts, where there are any.
void warn_of_empty_cells(Index cells, core::Reporter& reporter);

/// Sums over the fitted cells of every batch (without batches: of all) of the counts that stay, each count at most the
/// limit of its batch and gene.
/// @param limits for every batch [genes]
/// @returns one for each of `limits`
std::vector<GeneMoments> clipped_moments(core::RowBlocks& counts, const Selection& selection,
                                         const PrepOptions& options, const std::vector<Vector>& limits,
                                         core::Reporter& reporter = core::silent());

}  // namespace instar::prep
