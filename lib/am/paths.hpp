#pragma once

#include <span>

#include "core/types.hpp"

namespace instar::am {

/// Where a pair's mass is at one instant, and how it moves. Rates are per unit of the time in which Dt is given.
struct PathPoint {
  double mass = 0;    ///< m(tau)
  double growth = 0;  ///< c = (d m / dt) / m
  // position and velocity are written to the caller's arrays
};

/// The Wasserstein-Fisher-Rao geodesic between p * delta(x) and q * delta(y) (method.md, section 4), at tau in [0, 1].
/// Handles p = 0, q = 0 (fading in place), x = y (pure growth), and distances at or beyond pi * delta (both fade in
/// place).
/// @param dt length of the interval; @param position, velocity [d], written
PathPoint wfr_path(std::span<const double> x, std::span<const double> y, double p, double q, double growth_scale,
                   double tau, double dt, std::span<double> position, std::span<double> velocity);

/// Straight line with log-linear mass m = p^(1-tau) q^tau; for `ot` and `linear`. p, q > 0.
PathPoint straight_path(std::span<const double> x, std::span<const double> y, double p, double q, double tau, double dt,
                        std::span<double> position, std::span<double> velocity);

}  // namespace instar::am
