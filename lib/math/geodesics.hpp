#pragma once

#include "core/types.hpp"

namespace instar::math {

/// Many instants of Wasserstein-Fisher-Rao geodesics at once (method.md, section 4): what does not depend on the
/// dimension. With phi = |y - x| / (2 delta) a geodesic is the chord z = (1 - tau) sqrt(p) + tau sqrt(q) exp(i phi) of
/// a cone: mass |z|^2, distance travelled 2 delta arg(z). To a few ulp, by the best instruction set of the processor.
struct Geodesics {
  // [count] each, given:
  const double* squared_distance;  ///< |y - x|^2, below (pi delta)^2 where p and q are positive
  const double* p;
  const double* q;
  const double* tau;
  // [count] each, written:
  double* mass;
  double* growth;
  double* moved;  ///< position = x + moved (y - x)
  double* speed;  ///< velocity = speed (y - x)
};

/// @param growth_scale delta, finite; @param dt length of the interval
void geodesics(Index count, double growth_scale, double dt, const Geodesics& arrays);

}  // namespace instar::math
