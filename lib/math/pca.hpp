#pragma once

#include <vector>

#include "core/reporter.hpp"
#include "core/row_blocks.hpp"
#include "core/types.hpp"

namespace instar::math {

struct PcaOptions {
  Index n_comps = 50;
  std::vector<Index> columns;  ///< columns used, ascending; empty: all
  std::vector<bool> fit_rows;  ///< rows that define the basis; empty: all. The others are projected only
  void validate() const;       ///< @throws UsageError
};

struct PcaResult {
  Matrix scores;          ///< [rows, n_comps], all rows, centred by the fitted mean
  Matrix loadings;        ///< [cols, n_comps] over all columns; rows of unused columns are 0
  Vector mean;            ///< [cols] of the fitted rows; 0 for unused columns
  Vector variance;        ///< [n_comps], ddof = 1
  Vector variance_ratio;  ///< [n_comps], of the total variance of the used columns
};

/// Exact principal components of a sparse matrix, implicitly centred: the second moments of the used columns are
/// accumulated blockwise in double, then diagonalised; a second pass projects. Signs as scikit-learn >= 1.5: the
/// loading of largest magnitude is positive. Same bytes for any number of threads.
/// @throws DataError where fewer rows or columns than components are there, or a value is not finite
PcaResult pca(core::RowBlocks& x, const PcaOptions& options, core::Reporter& reporter = core::silent());

}  // namespace instar::math
