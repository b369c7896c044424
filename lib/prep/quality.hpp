#pragma once

#include <array>
#include <vector>

#include "core/reporter.hpp"
#include "core/row_blocks.hpp"
#include "core/types.hpp"

namespace instar::prep {

/// The numbers of genes whose share of a cell's counts is measured, as in scanpy.
inline constexpr std::array<Index, 4> kTopGenes{50, 100, 200, 500};

/// What scanpy's calculate_qc_metrics measures, of all cells and genes of a count matrix.
struct Quality {
  std::vector<double> genes_of_cell;             ///< [rows] counts other than 0
  std::vector<double> total_of_cell;             ///< [rows]
  std::vector<double> marked_of_cell;            ///< [rows] total over the marked (mitochondrial) genes
  std::vector<std::vector<double>> top_of_cell;  ///< for each of kTopGenes [rows]: percent of the total in the highest
                                                 ///< counts; NaN in empty cells; empty where there are fewer genes
  std::vector<double> cells_of_gene;             ///< [cols]
  std::vector<double> total_of_gene;             ///< [cols]

  /// Percent of a cell's counts in the marked genes; NaN in empty cells.
  double marked_percent(Index cell) const;
};

/// Measures in one pass. @param marked [cols] mitochondrial genes
/// @throws DataError where a value is not finite. Same bytes for any number of threads
Quality measure_quality(core::RowBlocks& counts, const std::vector<bool>& marked,
                        core::Reporter& reporter = core::silent());

}  // namespace instar::prep
