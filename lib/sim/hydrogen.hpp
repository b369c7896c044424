#pragma once

#include "sim/simulation.hpp"

namespace instar::sim {

/// A hydrogen atom in a superposition of two states, the physics test of Action Matching (Neklyudov et al., ICML 2023).
/// In Hartree units, lengths in Bohr radii:
///     psi = (psi_{3,2,-1} e^{i t/18} + psi_{2,1,0} e^{i t/8}) / sqrt 2,   rho_t = |psi|^2,   v = Im(grad psi / psi).
/// v is a gradient and carries rho_t, so that matching the action has to find it. One beat is 2 pi / (1/8 - 1/18) =
/// 90.48.
struct HydrogenOptions {
  SnapshotPlan plan;
  void validate() const;
};

/// The times of that test, thinned: 101 from 0 to 88.656, nearly one beat.
std::vector<double> hydrogen_times();

/// The true velocity at a point [3]. It grows without bound towards the nodes of psi.
Eigen::Vector3d hydrogen_velocity(const Eigen::Vector3d& x, double time);

/// States [cells, 3], exact independent draws; no growth, no lineages.
Simulation hydrogen(const HydrogenOptions& options);

}  // namespace instar::sim
