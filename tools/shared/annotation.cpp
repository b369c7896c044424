#include "shared/annotation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/row_blocks.hpp"
#include "math/decode.hpp"

namespace instar::tools {
namespace {

/// [genes] whether they have a loading
std::vector<bool> marks_of_loadings(const Decoder& decoder) {
  std::vector<bool> marks(static_cast<std::size_t>(decoder.loadings.rows()), false);
  for (const Index gene : genes_with_loadings(decoder)) marks[static_cast<std::size_t>(gene)] = true;
  return marks;
}

/// Decoded rows as a dense layer, a block in memory at a time: a layer has as many numbers as the whole matrix.
void write_layer(io::H5adWriter& writer, const std::string& name, const Matrix& coordinates, const Decoder& decoder,
                 const std::vector<bool>& used) {
  constexpr Index kRows = 256;
  const Index cells = coordinates.rows(), genes = decoder.loadings.rows();
  const auto sink = writer.write_matrix({io::MatrixName::Slot::layer, name}, cells, genes, io::MatrixKind::dense);
  for (Index first = 0; first < cells; first += kRows) {
    const Matrix rows = coordinates.middleRows(first, std::min(kRows, cells - first));
    Matrix values = math::decode(rows, decoder.loadings, decoder.mean).cast<double>();
    for (Index g = 0; g < genes; ++g)
      if (!used[static_cast<std::size_t>(g)]) values.col(g).setConstant(std::numeric_limits<double>::quiet_NaN());
    core::RowBlock block = core::sparse_block(values);
    block.first_row = first;
    sink->append(block);
  }
  sink->finish();
}

}  // namespace

Annotation annotate(const am::Model& model, const core::Snapshots& snapshots, bool extrapolate) {
  const Index n = snapshots.coordinates.rows();
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  Annotation annotation{
      {Vector::Constant(n, kNone), Vector::Constant(n, kNone), Matrix::Constant(n, model.dims(), kNone), {}, {}}};
  const bool spread = model.ensemble > 1;
  if (spread) annotation.values.growth_spread = annotation.values.velocity_spread = Vector::Constant(n, kNone);
  for (std::size_t k = 0; k < snapshots.times.size(); ++k) {
    const double time = snapshots.times[k];
    const auto& rows = snapshots.cells[k];
    if (!extrapolate && (time < model.times.front() || time > model.times.back())) {
      annotation.outside += static_cast<Index>(rows.size());
      continue;
    }
    const auto values = am::evaluate(model, time, core::take_rows(snapshots.coordinates, rows));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto at = static_cast<Index>(i);
      annotation.values.potential(rows[i]) = values.potential(at);
      annotation.values.growth(rows[i]) = values.growth(at);
      annotation.values.velocity.row(rows[i]) = values.velocity.row(at);
      if (!spread) continue;
      annotation.values.growth_spread(rows[i]) = values.growth_spread(at);
      annotation.values.velocity_spread(rows[i]) = values.velocity_spread(at);
    }
  }
  return annotation;
}

Matrix as_wide_as_basis(const Matrix& velocity, const io::H5adFile& file, const std::string& basis) {
  const Index cols = basis == "X" ? velocity.cols() : file.obsm_shape(basis).second;
  Matrix result = Matrix::Constant(velocity.rows(), cols, std::numeric_limits<double>::quiet_NaN());
  result.leftCols(velocity.cols()) = velocity;
  return result;
}

void write_gene_layers(io::H5adWriter& writer, const Matrix& coordinates, const Matrix& velocity,
                       const Decoder& decoder) {
  const std::vector<bool> used = marks_of_loadings(decoder);
  const Matrix known = velocity.unaryExpr([](double v) { return std::isfinite(v) ? v : 0.0; });
  write_layer(writer, "velocity", known, {decoder.loadings, Vector::Zero(decoder.loadings.rows())}, used);
  write_layer(writer, "Ms", coordinates, decoder, used);
  writer.set_var("velocity_genes", io::Column::of_booleans(used));
  for (const char* stale : {"velocity_graph", "velocity_graph_neg", "velocity_params"}) writer.remove_uns(stale);
}

}  // namespace instar::tools
