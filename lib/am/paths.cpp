#include "am/paths.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "core/error.hpp"

namespace instar::am {
namespace {

/// 2 delta sin(D / 2 delta), which is D in the balanced limit.
double two_delta_sin(double distance, double delta) {
  return std::isfinite(delta) ? 2 * delta * std::sin(distance / (2 * delta)) : distance;
}

/// Distance travelled: 2 delta arg(ahead + i across), where across = share * sin(phi).
double travelled(double ahead, double share, double distance, double delta) {
  if (!std::isfinite(delta)) return distance * share / ahead;
  return 2 * delta * std::atan2(share * std::sin(distance / (2 * delta)), ahead);
}

/// A pair whose mass stays at `place`.
PathPoint stay(std::span<const double> place, double root_mass, double root_rate, double dt, std::span<double> position,
               std::span<double> velocity) {
  std::copy(place.begin(), place.end(), position.begin());
  std::fill(velocity.begin(), velocity.end(), 0.0);
  PathPoint point;
  point.mass = root_mass * root_mass;
  if (root_rate != 0) point.growth = 2 * root_rate / (root_mass * dt);  // infinite, with its sign, at zero mass
  return point;
}

}  // namespace

void throw_too_far(double distance) {
  throw NumericError("path", "two cells at distance " + std::to_string(distance) +
                                 " were paired, but mass moves less than pi times the growth scale");
}

PathPoint wfr_path(std::span<const double> x, std::span<const double> y, double p, double q, double growth_scale,
                   double tau, double dt, std::span<double> position, std::span<double> velocity) {
  const double root_p = std::sqrt(p), root_q = std::sqrt(q);
  double squared = 0;
  for (std::size_t k = 0; k < x.size(); ++k) squared += (y[k] - x[k]) * (y[k] - x[k]);
  const double distance = std::sqrt(squared);
  if (q == 0) return stay(x, (1 - tau) * root_p, -root_p, dt, position, velocity);
  if (p == 0) return stay(y, tau * root_q, root_q, dt, position, velocity);
  if (distance == 0) return stay(x, (1 - tau) * root_p + tau * root_q, root_q - root_p, dt, position, velocity);
  if (distance >= std::numbers::pi * growth_scale) throw_too_far(distance);

  const double cosine = std::isfinite(growth_scale) ? std::cos(distance / (2 * growth_scale)) : 1.0;
  const double start = (1 - tau) * root_p, end = tau * root_q;
  PathPoint point;
  point.mass = start * start + 2 * start * end * cosine + end * end;
  // Half the derivative of the mass in tau: Re(conj(z) dz/dtau).
  const double half_rate = -start * root_p + (start * root_q - end * root_p) * cosine + end * root_q;
  point.growth = 2 * half_rate / (point.mass * dt);
  const double moved = travelled(start + end * cosine, end, distance, growth_scale) / distance;
  const double speed = root_p * root_q * two_delta_sin(distance, growth_scale) / (point.mass * dt * distance);
  for (std::size_t k = 0; k < x.size(); ++k) {
    position[k] = x[k] + moved * (y[k] - x[k]);
    velocity[k] = speed * (y[k] - x[k]);
  }
  return point;
}

PathPoint straight_path(std::span<const double> x, std::span<const double> y, double p, double q, double tau, double dt,
                        std::span<double> position, std::span<double> velocity) {
  PathPoint point;
  const double log_ratio = std::log(q / p);
  point.mass = p * std::exp(tau * log_ratio);
  point.growth = log_ratio / dt;
  for (std::size_t k = 0; k < x.size(); ++k) {
    position[k] = x[k] + tau * (y[k] - x[k]);
    velocity[k] = (y[k] - x[k]) / dt;
  }
  return point;
}

}  // namespace instar::am
