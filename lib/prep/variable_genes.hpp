#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "core/types.hpp"
#include "prep/normalize.hpp"

namespace instar::prep {

/// How highly variable genes are found; the names are scanpy's.
enum class Flavor {
  seurat,           ///< dispersions of the normalised values, logged, standardised by mean in bins of equal width
  cell_ranger,      ///< dispersions of the values as written (logs), standardised by median between percentiles
  seurat_v3,        ///< variances of the counts, standardised by what a local regression on the mean expects
  seurat_v3_paper,  ///< the same; among batches, genes are chosen by how many of them choose it
};

/// Which values' moments a flavour takes.
MomentsOf moments_of(Flavor flavor);

/// Which genes count as highly variable.
struct VariableOptions {
  Flavor flavor = Flavor::seurat;
  std::optional<Index> n_top;  ///< the most variable genes; absent (not for seurat_v3): all within the bounds below
  double min_mean = 0.0125;    ///< bounds of VariableGenes::means and dispersions_norm, all exclusive
  double max_mean = 3;
  double min_dispersion = 0.5;
  double max_dispersion = std::numeric_limits<double>::infinity();
  std::vector<std::string> gene_names = {};  ///< with batches, genes that tie are taken in the order of their names;
                                             ///< empty: in their own
  void validate() const;                     ///< @throws UsageError
};

/// What scanpy's highly_variable_genes writes into var.
struct VariableGenes {
  std::vector<bool> highly_variable;  ///< [genes]
  Vector means;                       ///< seurat: log(1 + mean of the normalised values); else the mean
  Vector dispersions;                 ///< seurat: log(variance / mean), NaN where the variance is 0; else the ratio
  Vector dispersions_norm;            ///< dispersions in units of their bin of genes of like means; NaN as above
  Vector variances;                   ///< seurat_v3, which has no dispersions: of the counts
  Vector variances_norm;              ///< seurat_v3: in units of what the mean lets expect
  Vector rank;                        ///< seurat_v3: among the standardised variances, 0 the largest; NaN past n_top
  std::vector<Index> n_batches;       ///< with batches: how many of them choose the gene
  Index batches = 0;                  ///< how many batches there are
  Index selected = 0;                 ///< how many are highly variable
};

/// Highly variable genes as Seurat's first method (Satija et al., Nat. Biotechnol. 33, 2015) or Cell Ranger (Zheng et
/// al., Nat. Commun. 8, 2017), both as scanpy 1.11 defines them. All that tie with the last of `n_top` are chosen. With
/// batches, genes are chosen in each among those it has, and taken by the number of batches that choose them, then by
/// mean standardised dispersion (genes a batch does not have count 0 in it); exactly n_top, or by bounds on the means.
/// @param moments normalize()'s, taken with PrepOptions::moments = moments_of(flavor)
/// @throws UsageError for options that make no sense; DataError where there are fewer than two fitted cells in all, or
///   in a batch
VariableGenes variable_genes(const GeneMoments& moments, const VariableOptions& options);

/// Highly variable genes as Seurat 3 (Stuart et al., Cell 177, 2019) and scanpy 1.11 define them: in every batch the
/// logs of variances are regressed on the logs of means (math::loess); counts above mean + expected deviation *
/// sqrt(cells) are taken as that, and the variance about the mean is divided by the expected one. Genes are taken by
/// the median of their ranks in batches that have them among their n_top, then by the number of these batches
/// (seurat_v3_paper: the other way round), then in their order. Reads the counts once.
/// @param options prep's, as given to normalize() with moments = counts; `moments`: what it returned
/// @throws as variable_genes(); DataError where too many genes share their mean for a regression
VariableGenes variable_genes_v3(core::RowBlocks& counts, const Selection& selection, const PrepOptions& prep,
                                const GeneMoments& moments, const VariableOptions& options,
                                core::Reporter& reporter = core::silent());

/// One of the above, by flavour.
VariableGenes variable_genes(core::RowBlocks& counts, const Selection& selection, const PrepOptions& prep,
                             const GeneMoments& moments, const VariableOptions& options,
                             core::Reporter& reporter = core::silent());

/// The same by Flavor::seurat with its `n_top` genes.
VariableGenes variable_genes(const GeneMoments& moments, Index n_top);

}  // namespace instar::prep
