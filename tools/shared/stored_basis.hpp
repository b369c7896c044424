#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "am/model.hpp"
#include "core/record.hpp"
#include "core/types.hpp"
#include "io/h5ad.hpp"

namespace instar::tools {

/// Principal components as a file holds them, of the genes that have loadings.
struct StoredBasis {
  std::vector<std::string> genes;
  Matrix loadings;                   ///< [genes, components]
  Vector mean;                       ///< [genes] what scores are centred by
  Vector variance;                   ///< [components]; empty: unknown
  Vector variance_ratio;             ///< [components]; empty: unknown
  std::optional<double> target_sum;  ///< total that cells were scaled to
};

/// The components of an h5ad file, or those that a model was fitted on. @param n_comps the first of them; absent: all
/// @throws DataError where the file has none, or not so many
StoredBasis read_stored_basis(const std::string& path, std::optional<std::int64_t> n_comps);

/// The components that a model's record holds; nothing where it holds none. @param path of the model, for messages
std::optional<StoredBasis> basis_in_record(const core::Record& record, const std::string& path,
                                           std::optional<std::int64_t> n_comps = {});

/// Puts the components into a model's record where the model's coordinates are theirs and INPUT has what it takes (the
/// loadings and the mean that instar-pca writes): so the model alone can project new cells.
void store_basis(core::Record& record, const am::Model& model, const io::H5adFile& input);

}  // namespace instar::tools
