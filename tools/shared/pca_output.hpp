#pragma once

#include <optional>
#include <string>
#include <vector>

#include "io/h5ad.hpp"
#include "math/pca.hpp"
#include "shared/stored_basis.hpp"

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

/// Components of another file for the genes here. Genes are known by their names. A gene that is missing here is taken
/// to be at its mean in every cell, which is warned of.
/// @param path of the components, and `data` of the genes `names`, for messages
/// @throws DataError where most of the genes are missing
KnownBasis known_basis(const StoredBasis& stored, const std::string& path, const std::vector<std::string>& names,
                       const std::string& data, core::Reporter& reporter);

}  // namespace instar::tools
