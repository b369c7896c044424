#pragma once

#include "math/metrics.hpp"
#include "math/pair_scan.hpp"

namespace instar::math {

/// The map T(x) = target + scale (x - center). Whatever cloud it moves, it moves optimally for both costs: it is the
/// gradient of a convex function (|x - y|^2), and its paths are the rays through one fixed point, or parallel (|x -
/// y|). So the distance between a population and its image is known, and so are the dual potentials.
struct Similarity {
  Vector center;     ///< [d]
  Vector target;     ///< [d]
  double scale = 1;  ///< > 0

  Matrix apply(const Matrix& points) const;
  Similarity inverse() const { return {target, center, 1 / scale}; }
  /// This map for 1, none for 0, between and beyond them on the way.
  Similarity stretched(double factor) const;
  /// d/dfactor of stretched(factor) at 1, where it moves `point`. [d]
  Vector stretch_velocity(const Vector& point) const;
  /// Weighted mean of |T(x) - x|.
  double mean_distance(const Cloud& cloud) const;
  /// Potentials f, g: f(x) + g(y) <= cost of (x, y), with equality where y = T(x). @param point [d]
  double source_potential(const Vector& point, GroundCost cost) const;
  double target_potential(const Vector& point, GroundCost cost) const;
};

/// Weighted mean [d], and mean squared distance from it.
struct Spread {
  Vector mean;
  double variance = 0;
};
Spread spread_of(const Cloud& cloud);

}  // namespace instar::math
