#pragma once

#include <limits>
#include <optional>
#include <vector>

#include "core/types.hpp"
#include "prep/normalize.hpp"

namespace instar::prep {

/// How highly variable genes are found; the names are scanpy's.
enum class Flavor {
  seurat,      ///< dispersions of the normalised values, logged, standardised by mean in bins of equal width
  cell_ranger  ///< dispersions of the values as written (logs), standardised by median between percentiles
};

/// Which values' moments a flavour takes.
MomentsOf moments_of(Flavor flavor);

/// Which genes count as highly variable.
struct VariableOptions {
  Flavor flavor = Flavor::seurat;
  std::optional<Index> n_top;  ///< the highest standardised dispersions; absent: all within the bounds below
  double min_mean = 0.0125;    ///< bounds of VariableGenes::means and dispersions_norm, all exclusive
  double max_mean = 3;
  double min_dispersion = 0.5;
  double max_dispersion = std::numeric_limits<double>::infinity();
  void validate() const;  ///< @throws UsageError
};

/// What scanpy's highly_variable_genes writes into var.
struct VariableGenes {
  std::vector<bool> highly_variable;  ///< [genes]
  Vector means;                       ///< seurat: log(1 + mean of the normalised values); cell_ranger: mean of the logs
  Vector dispersions;                 ///< seurat: log(variance / mean), NaN where the variance is 0; else the ratio
  Vector dispersions_norm;            ///< dispersions in units of their bin of genes of like means; NaN as above
  Index selected = 0;                 ///< how many are highly variable
};

/// Highly variable genes as Seurat's first method (Satija et al., Nat. Biotechnol. 33, 2015) or Cell Ranger (Zheng et
/// al., Nat. Commun. 8, 2017), both as scanpy 1.11 defines them. All that tie with the last of `n_top` are chosen.
/// @param moments normalize()'s, taken with PrepOptions::moments = moments_of(flavor)
/// @throws UsageError for options that make no sense; DataError where there are fewer than two fitted cells
VariableGenes variable_genes(const GeneMoments& moments, const VariableOptions& options);

/// The same by Flavor::seurat with its `n_top` genes.
VariableGenes variable_genes(const GeneMoments& moments, Index n_top);

}  // namespace instar::prep
