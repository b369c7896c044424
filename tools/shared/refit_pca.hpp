#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/embedding.hpp"

namespace instar::tools {

/// How components are made anew without some cells.
struct RefitRequest {
  bool wanted = false;
  std::optional<std::string> layer;  ///< counts or expression; absent: X
  std::int64_t variable_genes = 1000;
};

/// A file with its times and no coordinates yet.
Embedding read_without_coordinates(const EmbeddingRequest& request, core::Reporter& reporter);

/// Coordinates of all cells in principal components that the cells of `excluded` times, and those without a time, had
/// no part in choosing. Counts (whole numbers) are normalised to the median total and logged first; other values are
/// taken as logged expression. Genes: the most variable (prep::variable_genes). Holds the normalised matrix in memory.
/// @param dims components; 0: 50, or as many as cells and genes allow
Matrix refitted_components(const Embedding& input, const RefitRequest& request, std::int64_t dims,
                           const std::vector<double>& excluded, core::Reporter& reporter);

}  // namespace instar::tools
