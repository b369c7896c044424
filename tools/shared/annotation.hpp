#pragma once

#include <vector>

#include "am/model.hpp"
#include "core/snapshots.hpp"
#include "shared/embedding.hpp"

namespace instar::tools {

/// The model's values for every cell at its own time; NaN where it has none, or lies outside the fitted times.
struct Annotation {
  am::FieldValues values;
  Index outside = 0;  ///< cells outside the fitted times
};

Annotation annotate(const am::Model& model, const core::Snapshots& snapshots, bool extrapolate);

/// Velocity in gene space [cells, genes], NaN for genes without loadings (scVelo and CellRank leave those out).
MatrixF gene_velocity(const Matrix& velocity, const Decoder& decoder);
std::vector<bool> genes_with_loadings(const Decoder& decoder);

}  // namespace instar::tools
