#pragma once

#include "sim/simulation.hpp"

namespace instar::sim {

/// A toggle switch of two genes, both repressed by a third, with division driven by the second: the three-gene system
/// of Sha, Qiu, Zhou, Nie, *Reconstructing growth and dynamic trajectories from single-cell transcriptomics data* (Nat.
/// Mach. Intell. 2024), which published benchmarks use. With rates per unit of its own time,
///     dx1 = (a1 x1^2 + b) / (1 + a1 x1^2 + g2 x2^2 + g3 x3^2 + b) - d x1
///     dx2 = (a2 x2^2 + b) / (1 + g1 x1^2 + a2 x2^2 + g3 x3^2 + b) - d x2
///     dx3 = a3 x3^2 / (1 + a3 x3^2) - d x3
/// plus noise; a1 = g1 = .5, a2 = a3 = g2 = b = 1, g3 = 10, d = .4. One unit of `times` is eight of these, as in the
/// benchmarks' snapshots. Half of the founders are near (2, .2, 0) and turn x2 on and divide, half rest near (0, 0, 2).
struct ThreeGeneOptions {
  SnapshotPlan plan;
  double birth = 1;     ///< division at rate birth * x2^2 / (1 + x2^2), per unit of time
  double death = 0;     ///< of every cell, per unit of time
  double noise = 0.05;  ///< per square root of the system's own time
  void validate() const;
};

/// Concentrations [cells, 3]. Lineages: `switching`, `resting`, told by x3 above 1.
Simulation three_gene(const ThreeGeneOptions& options);

}  // namespace instar::sim
