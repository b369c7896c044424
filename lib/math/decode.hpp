#pragma once

#include "core/row_blocks.hpp"
#include "core/types.hpp"

namespace instar::math {

/// Mean of every column over all rows, [cols].
Vector column_means(core::RowBlocks& x);

/// Expression from principal components: mean + scores * loadings^T. Genes whose loadings are all zero keep their mean.
/// @param scores [rows, k]; @param loadings [genes, k]; @param mean [genes]; @returns [rows, genes]
MatrixF decode(const MatrixView& scores, const MatrixView& loadings, const VectorView& mean);

/// Weighted moments of the genes of a group of cells.
struct GeneMoments {
  Vector mean, sd;  ///< [genes]; sd is that of the group itself, sqrt(sum w (x - mean)^2 / sum w)
};

/// Moments of what decode() gives, without decoding: mean + L m and the root of the diagonal of L C L^T, with m and C
/// the weighted mean and covariance of the scores.
/// @param weights [rows], not negative, not all zero
GeneMoments decoded_moments(const MatrixView& scores, const VectorView& weights, const MatrixView& loadings,
                            const VectorView& mean);

}  // namespace instar::math
