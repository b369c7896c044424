#pragma once

#include "am/model.hpp"
#include "nn/mlp.hpp"

namespace instar::am {

/// The model's potential and velocity for up to `max_rows` cells at once, in network units (see Model). Holds its
/// workspace; one per task.
class Field {
 public:
  Field(const Model& model, Index max_rows);
  /// @param tau network time; @param y [n, d], n <= max_rows
  void at(double tau, const MatrixView& y);
  /// The same of one network of an ensemble; at() is the mean of all.
  void member_at(Index member, double tau, const MatrixView& y);
  const Vector& potential() const { return potential_; }  ///< [n]
  const Matrix& velocity() const { return velocity_; }    ///< [n, d]

 private:
  void forward(Index member, Index rows);

  const Model& model_;
  nn::Kernel kernel_;
  double time_factor_;
  MatrixF inputs_;
  VectorF value_;
  MatrixF gradient_;
  Vector potential_;
  Matrix velocity_;
};

}  // namespace instar::am
