#pragma once

#include "core/row_blocks.hpp"
#include "core/types.hpp"

namespace instar::math {

/// Mean of every column over all rows, [cols].
Vector column_means(core::RowBlocks& x);

/// Expression from principal components: mean + scores * loadings^T. Genes whose loadings are all zero keep their mean.
/// @param scores [rows, k]; @param loadings [genes, k]; @param mean [genes]; @returns [rows, genes]
MatrixF decode(const MatrixView& scores, const MatrixView& loadings, const VectorView& mean);

}  // namespace instar::math
