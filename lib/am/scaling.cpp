#include "am/scaling.hpp"

#include <cmath>

#include "core/error.hpp"

namespace instar::am {

ScaleKind parse_scale_kind(const std::string& word) {
  if (word == "whiten") return ScaleKind::whiten;
  if (word == "global") return ScaleKind::global;
  if (word == "none") return ScaleKind::none;
  throw UsageError("expected whiten, global or none as scaling, found '" + word + "'");
}

std::string to_string(ScaleKind kind) {
  switch (kind) {
    case ScaleKind::whiten:
      return "whiten";
    case ScaleKind::global:
      return "global";
    case ScaleKind::none:
      break;
  }
  return "none";
}

Matrix Scaling::apply(const MatrixView& x) const {
  return ((x.rowwise() - center.transpose()).array().rowwise() / scale.transpose().array()).matrix();
}

Matrix Scaling::undo(const MatrixView& scaled) const {
  return ((scaled.array().rowwise() * scale.transpose().array()).rowwise() + center.transpose().array()).matrix();
}

Scaling fit_scaling(const MatrixView& coordinates, const std::vector<Index>& rows, ScaleKind kind) {
  const double n = static_cast<double>(rows.size());
  Vector mean = Vector::Zero(coordinates.cols());
  for (Index row : rows) mean += coordinates.row(row).transpose();
  mean /= n;
  Vector squares = Vector::Zero(coordinates.cols());
  for (Index row : rows) squares += (coordinates.row(row).transpose() - mean).array().square().matrix();
  return make_scaling(mean, squares / n, kind);
}

Scaling make_scaling(const Vector& mean, const Vector& variance, ScaleKind kind) {
  const Index d = mean.size();
  Scaling scaling{kind, Vector::Zero(d), Vector::Ones(d)};
  if (kind == ScaleKind::none) return scaling;
  scaling.center = mean;
  const Vector deviation = variance.array().sqrt();
  if (kind == ScaleKind::global) {
    scaling.scale.setConstant(deviation.maxCoeff());
  } else {
    scaling.scale = deviation;
  }
  for (Index j = 0; j < d; ++j)
    if (!(scaling.scale(j) > 0))
      throw DataError({"", "dimension " + std::to_string(j + 1)},
                      "expected a dimension that varies between cells, found a constant one",
                      "use fewer dimensions (--dims) or --scale none");
  return scaling;
}

}  // namespace instar::am
