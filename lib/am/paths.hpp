#pragma once

#include <span>

#include "core/types.hpp"

namespace instar::am {

/// Where a pair's mass is at one instant, and how it moves. Rates are per unit of the time in which Dt is given.
struct PathPoint {
  double mass = 0;    ///< m(tau)
  double growth = 0;  ///< c = (d m / dt) / m; infinite at the one end where a fading or appearing pair has no mass
  // position and velocity are written to the caller's arrays
};

/// The Wasserstein-Fisher-Rao geodesic between p * delta(x) and q * delta(y) (method.md, section 4).
///
/// With phi = |y-x| / (2 delta) the geodesic is the chord z(tau) = (1-tau) sqrt(p) + tau sqrt(q) exp(i phi) of a cone:
/// mass |z|^2, distance travelled 2 delta arg(z). This is the page's formula written so that nothing cancels.
/// q = 0 fades in place at x, p = 0 appears in place at y, x = y only grows; a huge or infinite delta gives the limit
/// (mass still (1-tau) sqrt(p) + tau sqrt(q), squared).
/// @param x, y [d]; @param p, q >= 0; @param growth_scale delta > 0, may be infinite; @param tau in [0, 1]
/// @param dt length of the interval, > 0; @param position, velocity [d], written (must not overlap x or y)
/// @throws NumericError where p and q are both positive and |y-x| >= pi * delta: there the geodesic is not one moving
/// point but two that fade, and the caller has to treat it as the pairs (p, 0) and (0, q), as unbalanced_coupling does
PathPoint wfr_path(std::span<const double> x, std::span<const double> y, double p, double q, double growth_scale,
                   double tau, double dt, std::span<double> position, std::span<double> velocity);

/// What wfr_path() throws. @throws NumericError
[[noreturn]] void throw_too_far(double distance);

/// Straight line with log-linear mass m = p^(1-tau) q^tau; for `ot` and `linear`. p, q > 0.
PathPoint straight_path(std::span<const double> x, std::span<const double> y, double p, double q, double tau, double dt,
                        std::span<double> position, std::span<double> velocity);

}  // namespace instar::am
