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

/// Velocities [cells, cols of the basis]: the model's dimensions, then NaN for those it does not know. CellRank wants
/// as many columns as the coordinates have, and leaves those of NaN out.
Matrix as_wide_as_basis(const Matrix& velocity, const io::H5adFile& file, const std::string& basis);

/// Writes what scVelo reads, block by block: layers[velocity], the velocity of every gene (0 in cells that have none,
/// because scVelo and CellRank leave out a gene that is NaN in any cell), layers[Ms], the expression that the
/// coordinates stand for, and var[velocity_genes]. Genes without loadings are NaN in both. A velocity graph of other
/// velocities is removed.
/// @param coordinates, velocity [cells, dims] velocity NaN where a cell has none
void write_gene_layers(io::H5adWriter& writer, const Matrix& coordinates, const Matrix& velocity,
                       const Decoder& decoder);

}  // namespace instar::tools
