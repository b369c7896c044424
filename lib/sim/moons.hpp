#pragma once

#include "sim/simulation.hpp"

namespace instar::sim {

/// Noise and data, for generation: at the first time a standard normal cloud in the plane, at the second two
/// interleaving half circles of radius 1.5 with normal scatter. What lies between is not given, so there is no true
/// velocity.
struct MoonsOptions {
  SnapshotPlan plan;
  double scatter = 0.1;  ///< standard deviation around the half circles
  /// @throws UsageError for other than two times, or a scatter that is negative
  void validate() const;
};

/// States [cells, 2], velocity [0, 2]; nothing grows. Lineages: `noise`, `upper` and `lower` moon.
Simulation moons(const MoonsOptions& options);

}  // namespace instar::sim
