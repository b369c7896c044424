#pragma once

#include "sim/simulation.hpp"

namespace instar::sim {

/// Cells in a valley that bends, forks and grows unevenly. The state is (p, y, w): progress along the valley, side at
/// the fork, and the place across the bend.
///     dp = v (1 + tanh(y) / 4)
///     dy = 3/2 (2 (p - f) y - y^3),   f = 0.3: one valley until p = f, then two at y = +-sqrt(2 (p - f)), ever further
///                                     apart
///     dw = h'(p) dp - 2 (w - h(p)),   h(p) = 2 sin(p / 2): the floor of the valley turns
/// plus noise. Every cell divides at 3/10 of `birth`; past the fork cells of branch A (y > 0) at up to `birth`, and
/// those of branch B die at up to `death`: division and death change gradually with y and p, by logistic functions.
struct BifurcationOptions {
  SnapshotPlan plan;
  double birth = 0.6;   ///< per unit of time
  double death = 0.2;   ///< per unit of time
  double speed = 1;     ///< v, progress per unit of time
  double noise = 0.25;  ///< per square root of time
  void validate() const;
};

/// States [cells, 3]. Lineages: `stem` (|y| < 1/2), `branch A`, `branch B`.
Simulation bifurcation(const BifurcationOptions& options);

}  // namespace instar::sim
