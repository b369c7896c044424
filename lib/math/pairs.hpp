#pragma once

#include <Eigen/Core>

#include "core/types.hpp"

namespace instar::math {

/// Points stored one coordinate after the other, so that distances to consecutive points are vector arithmetic.
/// Differences are formed before squaring: no cancellation however far the cloud is from the origin.
class PointColumns {
 public:
  /// How many points distances are worked out for at once; a block of them stays in the nearest cache.
  static constexpr Index kBlock = 512;
  using Distances = Eigen::Array<double, 1, Eigen::Dynamic, Eigen::RowMajor, 1, kBlock>;

  /// @param points [n, d], copied
  explicit PointColumns(const MatrixView& points) : columns_(points.transpose()) {}

  Index size() const { return columns_.cols(); }
  Index dims() const { return columns_.rows(); }

  /// Squared Euclidean distances from `x` [d] to points begin ... begin + count - 1; count <= kBlock.
  template <class Point>
  void squared_distances(const Point& x, Index begin, Index count, Distances& out) const {
    out.setZero(count);
    for (Index k = 0; k < dims(); ++k) out += (columns_.row(k).segment(begin, count).array() - x[k]).square();
  }

 private:
  Matrix columns_;  ///< [d, n]
};

/// Weights of a cloud divided by their sum. @throws DataError where lengths differ, a coordinate or weight is not
/// finite, a weight is negative or all are 0
Vector normalized_weights(const MatrixView& points, const VectorView& weights);

/// @throws DataError where two clouds have different dimensions
void check_same_dims(const MatrixView& a, const MatrixView& b);

}  // namespace instar::math
