#include "math/similarity.hpp"

#include <cmath>

namespace instar::math {
namespace {

/// Convex u with grad u the direction in which T moves: |x - fixed point| up to sign and constant, written so that
/// nothing cancels where the fixed point is far (scale near 1).
double ray_potential(const Similarity& map, const Vector& point) {
  const Vector shift = map.target - map.center;
  const Vector from_center = point - map.center;
  const double excess = map.scale - 1;
  const double norms = (excess * from_center + shift).norm() + shift.norm();
  return norms > 0 ? (excess * from_center.squaredNorm() + 2 * shift.dot(from_center)) / norms : 0;
}

}  // namespace

Matrix Similarity::apply(const Matrix& points) const {
  return (scale * (points.rowwise() - center.transpose())).rowwise() + target.transpose();
}

Similarity Similarity::stretched(double factor) const {
  return {center, center + factor * (target - center), std::pow(scale, factor)};
}

Vector Similarity::stretch_velocity(const Vector& point) const {
  return target - center + std::log(scale) * scale * (point - center);
}

double Similarity::mean_distance(const Cloud& cloud) const {
  return (apply(cloud.points) - cloud.points).rowwise().norm().dot(cloud.weights) / cloud.weights.sum();
}

double Similarity::source_potential(const Vector& point, GroundCost cost) const {
  if (cost == GroundCost::euclidean) return -ray_potential(*this, point);
  return point.squaredNorm() - scale * (point - center).squaredNorm() - 2 * target.dot(point);
}

double Similarity::target_potential(const Vector& point, GroundCost cost) const {
  if (cost == GroundCost::euclidean) return ray_potential(*this, point);
  return point.squaredNorm() - (point - target).squaredNorm() / scale - 2 * center.dot(point - target);
}

Spread spread_of(const Cloud& cloud) {
  const double total = cloud.weights.sum();
  Spread spread;
  spread.mean = cloud.points.transpose() * cloud.weights / total;
  spread.variance =
      (cloud.points.rowwise() - spread.mean.transpose()).rowwise().squaredNorm().dot(cloud.weights) / total;
  return spread;
}

}  // namespace instar::math
