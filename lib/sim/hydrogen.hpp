#pragma once

#include "sim/simulation.hpp"

namespace instar::sim {

/// A hydrogen atom in a superposition of two states, the physics test of Action Matching (Neklyudov et al., ICML 2023).
/// In Hartree units, lengths in Bohr radii:
///     psi = (psi_{3,2,-1} e^{i t/18} + psi_{2,1,0} e^{i t/8}) / sqrt 2,   rho_t = |psi|^2,   v = Im(grad psi / psi).
/// v carries rho_t and is free of rotation, but around the two lines where psi = 0 (one above, one below the plane z =
/// 0) it circulates by -2 pi: it is the gradient of the phase, which is not single-valued. So no action can give all of
/// v. What matching the action has to find is the gradient grad s that carries rho_t, the projection of v on gradients
/// (mean |grad s|^2 is .61 of mean |v|^2; docs/hydrogen.md). The density turns about the z axis as one body, once in a
/// beat of 2 pi / (1/8 - 1/18) = 90.48.
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
