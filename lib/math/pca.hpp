#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/reporter.hpp"
#include "core/row_blocks.hpp"
#include "core/types.hpp"

namespace instar::math {

/// How many components are made where it is not said, and so many there are.
inline constexpr Index kDefaultComponents = 50;

struct PcaOptions {
  Index n_comps = kDefaultComponents;
  std::vector<Index> columns;  ///< columns used, ascending; empty: all
  std::vector<bool> fit_rows;  ///< rows that define the basis; empty: all. The others are projected only
  int max_passes = 100;        ///< over the rows, each a product, where columns are too many to accumulate
  void validate() const;       ///< @throws UsageError
};

/// Principal components, without the scores of rows on them.
struct PcaBasis {
  Matrix loadings;        ///< [cols, n_comps] over all columns; rows of unused columns are 0
  Vector mean;            ///< [cols] of the fitted rows; 0 for unused columns
  Vector variance;        ///< [n_comps], ddof = 1
  Vector variance_ratio;  ///< [n_comps], of the total variance of the used columns
};

struct PcaResult : PcaBasis {
  Matrix scores;  ///< [rows, n_comps], all rows, centred by the fitted mean
};

/// Exact principal components of a sparse matrix, implicitly centred: the second moments of the used columns are
/// accumulated blockwise in double, then diagonalised (one pass over the rows); beyond kGramColumns columns every
/// product with the covariance is a pass, until the largest relative residual |C v - lambda v| / lambda is below 1e-6
/// or max_passes are made, which a warning says. Signs as scikit-learn >= 1.5: the loading of largest magnitude is
/// positive. The residual is reported as a detail. Same bytes for any number of threads.
/// @throws DataError where fewer rows or columns than components are there, or a value is not finite
PcaBasis pca_basis(core::RowBlocks& x, const PcaOptions& options, core::Reporter& reporter = core::silent());

/// Estimate of what pca_basis() holds beside the blocks that it reads, in bytes. @param cols of the matrix
/// @param used columns used
std::int64_t pca_bytes(Index cols, Index used, Index n_comps);
/// The same of project(), of a basis of n_comps components.
std::int64_t projection_bytes(Index cols, Index n_comps);

/// scores = (x - mean) loadings of every row, in one pass: `take` gets them block by block, [rows of the block,
/// components]. Only `loadings` and `mean` of the basis are used.
/// @throws DataError where a value is not finite
void project(core::RowBlocks& x, const PcaBasis& basis,
             const std::function<void(Index first_row, const Matrix& scores)>& take,
             core::Reporter& reporter = core::silent());

/// Both.
PcaResult pca(core::RowBlocks& x, const PcaOptions& options, core::Reporter& reporter = core::silent());

}  // namespace instar::math
