#include "math/pairs.hpp"

#include <string>

#include "core/error.hpp"

namespace instar::math {

Vector normalized_weights(const MatrixView& points, const VectorView& weights) {
  if (points.rows() != weights.size())
    throw DataError("a cloud of " + std::to_string(points.rows()) + " points has " + std::to_string(weights.size()) +
                    " weights");
  if (points.rows() == 0) throw DataError("a cloud to be compared has no points");
  if (!points.allFinite() || !weights.allFinite())
    throw DataError("a cloud to be compared holds a coordinate or weight that is not finite");
  if (weights.minCoeff() < 0) throw DataError("a cloud to be compared has a negative weight");
  const double largest = weights.maxCoeff();
  if (largest <= 0) throw DataError("a cloud to be compared has no mass: all its weights are 0");
  const Vector scaled = weights / largest;  // so that the sum cannot overflow
  return scaled / scaled.sum();
}

void check_same_dims(const MatrixView& a, const MatrixView& b) {
  if (a.cols() != b.cols())
    throw DataError("clouds to be compared have " + std::to_string(a.cols()) + " and " + std::to_string(b.cols()) +
                    " dimensions");
}

}  // namespace instar::math
