#include "am/field.hpp"

namespace instar::am {

std::vector<nn::Weights> network_weights(const Model& model) {
  std::vector<nn::Weights> weights;
  for (Index member = 0; member < model.ensemble; ++member) {
    weights.emplace_back(model.shape);
    weights.back().set(model.parameters.data() + member * model.shape.parameters());
  }
  return weights;
}

Field::Field(const Model& model, const std::vector<nn::Weights>& weights, Index max_rows)
    : model_(model),
      weights_(weights),
      evaluator_(model.shape),
      time_factor_(model.time_scale * model.time_unit / (model.times.back() - model.times.front())),
      inputs_(max_rows, model.dims() + 1),
      value_(max_rows),
      gradient_(max_rows, model.dims() + 1) {}

void Field::forward(Index member, Index rows) {
  const Index columns = inputs_.cols();
  evaluator_.evaluate(weights_[static_cast<std::size_t>(member)],
                      {{inputs_.data(), rows, columns}, {value_.data(), rows}, {gradient_.data(), rows, columns}});
}

void Field::member_at(Index member, double tau, const MatrixView& y) {
  const Index n = y.rows();
  const Index d = y.cols();
  inputs_.col(0).head(n).setConstant(static_cast<float>(tau * time_factor_));
  inputs_.block(0, 1, n, d) = y.cast<float>();
  forward(member, n);
  potential_ = value_.head(n).cast<double>();
  velocity_ = gradient_.block(0, 1, n, d).cast<double>();
}

void Field::at(double tau, const MatrixView& y) {
  member_at(0, tau, y);
  if (model_.ensemble == 1) return;
  const Index n = y.rows();
  for (Index member = 1; member < model_.ensemble; ++member) {
    forward(member, n);
    potential_ += value_.head(n).cast<double>();
    velocity_ += gradient_.block(0, 1, n, y.cols()).cast<double>();
  }
  potential_ /= static_cast<double>(model_.ensemble);
  velocity_ /= static_cast<double>(model_.ensemble);
}

}  // namespace instar::am
