#pragma once

#include <optional>
#include <string>
#include <vector>

#include "io/h5ad.hpp"
#include "math/pca.hpp"

namespace instar::tools {

/// What uns[pca][params] says of how components were made.
struct PcaParams {
  bool variable_genes = false;  ///< of the genes that var[highly_variable] marks
  std::optional<std::string> layer;
};

/// varm[PCs] and uns[pca] as scanpy writes them, and uns[instar][pca_mean], without which the loadings do not make
/// expression of coordinates.
void write_basis(io::H5adWriter& writer, const math::PcaBasis& basis, const PcaParams& params);

/// obsm[X_pca], row block by row block, of all rows of `expression`.
void write_scores(io::H5adWriter& writer, core::RowBlocks& expression, const math::PcaBasis& basis,
                  core::Reporter& reporter);

/// Components of another file, for the genes of this one.
struct KnownBasis {
  math::PcaBasis basis;      ///< of these genes
  std::vector<Index> genes;  ///< ascending positions of those that have loadings
  Index missing = 0;         ///< genes that have loadings there and are not here
};

/// The total that the cells of a file were scaled to, so that others can be brought to the same scale.
/// @throws UsageError where it does not say
double stored_target_sum(const std::string& path);

/// Reads varm[PCs], their variances and the mean they are centred by. Genes are known by their names. A gene that is
/// missing here is taken to be at its mean in every cell, which is warned of.
/// @param names of the genes here; `data`: their file, for messages. @param n_comps the first of them; absent: all
/// @throws DataError where the file has no components or no mean, or lacks most of the genes
KnownBasis read_basis(const std::string& path, const std::vector<std::string>& names, const std::string& data,
                      std::optional<std::int64_t> n_comps, core::Reporter& reporter);

}  // namespace instar::tools
