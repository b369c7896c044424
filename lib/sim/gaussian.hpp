#pragma once

#include "sim/simulation.hpp"

namespace instar::sim {

/// A Gaussian population that moves, widens and grows in closed form. With the unit vector u = (1, ..., 1) / sqrt(d):
///     rho_t = exp(g t) N(w t u, s^2 exp(2 a t) I),   velocity w u + a (x - w t u),   growth g.
struct GaussianOptions {
  SnapshotPlan plan;
  Index dims = 5;
  double speed = 1;      ///< w, of the centre, per unit of time
  double dilation = 0;   ///< a, per unit of time
  double growth = 0.3;   ///< g, per unit of time
  double deviation = 1;  ///< s, at time 0
  void validate() const;
};

/// States [cells, dims], independent draws; no lineages.
Simulation gaussian(const GaussianOptions& options);

}  // namespace instar::sim
