#include "am/field.hpp"

namespace instar::am {

Field::Field(const Model& model, Index max_rows)
    : model_(model),
      kernel_(model.shape, max_rows),
      time_factor_(model.time_scale * model.time_unit / (model.times.back() - model.times.front())),
      inputs_(max_rows, model.dims() + 1),
      value_(max_rows),
      gradient_(max_rows, model.dims() + 1) {}

void Field::at(double tau, const MatrixView& y) {
  const Index n = y.rows();
  const Index d = y.cols();
  inputs_.col(0).head(n).setConstant(static_cast<float>(tau * time_factor_));
  inputs_.block(0, 1, n, d) = y.cast<float>();
  const nn::Evaluation batch{{inputs_.data(), n, d + 1}, {value_.data(), n}, {gradient_.data(), n, d + 1}};
  kernel_.forward(model_.parameters.data(), batch);
  potential_ = value_.head(n).cast<double>();
  velocity_ = gradient_.block(0, 1, n, d).cast<double>();
}

}  // namespace instar::am
