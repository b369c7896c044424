#pragma once

#include <vector>

#include "am/model.hpp"
#include "nn/weights.hpp"

namespace instar::am {

/// The networks of a model as they are evaluated; made once for all fields that share them.
std::vector<nn::Weights> network_weights(const Model& model);

/// The model's potential and velocity for up to `max_rows` cells at once, in network units (see Model). Holds its
/// workspace; one per task.
class Field {
 public:
  /// @param weights network_weights(model); must outlive this
  Field(const Model& model, const std::vector<nn::Weights>& weights, Index max_rows);
  /// @param tau network time; @param y [n, d], n <= max_rows
  void at(double tau, const MatrixView& y);
  /// The same of one network of an ensemble; at() is the mean of all.
  void member_at(Index member, double tau, const MatrixView& y);
  const Vector& potential() const { return potential_; }  ///< [n]
  const Matrix& velocity() const { return velocity_; }    ///< [n, d]

 private:
  void forward(Index member, Index rows);

  const Model& model_;
  const std::vector<nn::Weights>& weights_;
  nn::Evaluator evaluator_;
  double time_factor_;
  MatrixF inputs_;
  VectorF value_;
  MatrixF gradient_;
  Vector potential_;
  Matrix velocity_;
};

}  // namespace instar::am
