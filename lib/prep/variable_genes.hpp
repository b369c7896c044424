#pragma once

#include <vector>

#include "core/types.hpp"
#include "prep/normalize.hpp"

namespace instar::prep {

/// What scanpy's highly_variable_genes(flavor="seurat") writes into var.
struct VariableGenes {
  std::vector<bool> highly_variable;  ///< [genes]
  Vector means;                       ///< log(1 + mean of the normalised values)
  Vector dispersions;                 ///< log(variance / mean); NaN where the variance is 0
  Vector dispersions_norm;            ///< dispersions in units of their bin of genes of like means; NaN as above
  Index selected = 0;                 ///< how many are highly variable
};

/// Highly variable genes as Seurat's first method and scanpy 1.11 define them (Satija et al., Nat. Biotechnol. 33,
/// 2015): log dispersions standardised within 20 bins of equal width of log mean; a bin of one gene gives it 1. The
/// `n_top` highest are chosen, and all that tie with the last of them.
/// @throws UsageError where n_top < 1; DataError where there are fewer than two fitted cells
VariableGenes variable_genes(const GeneMoments& moments, Index n_top);

}  // namespace instar::prep
