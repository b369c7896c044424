#include "shared/annotation.hpp"

#include <limits>

#include "math/decode.hpp"

namespace instar::tools {

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

std::vector<bool> genes_with_loadings(const Decoder& decoder) {
  std::vector<bool> used;
  for (Index g = 0; g < decoder.loadings.rows(); ++g) used.push_back(!decoder.loadings.row(g).isZero(0));
  return used;
}

MatrixF gene_velocity(const Matrix& velocity, const Decoder& decoder) {
  MatrixF result = math::decode(velocity, decoder.loadings, Vector::Zero(decoder.loadings.rows()));
  const auto used = genes_with_loadings(decoder);
  for (std::size_t g = 0; g < used.size(); ++g)
    if (!used[g]) result.col(static_cast<Index>(g)).setConstant(std::numeric_limits<float>::quiet_NaN());
  return result;
}

}  // namespace instar::tools
