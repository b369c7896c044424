#pragma once

#include <functional>

#include "am/coupling.hpp"

namespace instar::am {

/// Couples two snapshots, x [n, d] with masses a [n] to y [m, d] with b [m].
using Couple =
    std::function<Coupling(const MatrixView& x, const VectorView& a, const MatrixView& y, const VectorView& b)>;

/// Couples snapshots of which even a walk through all pairs would take too long. Either side is dealt at random into as
/// many blocks as leave no more than `cells` of the larger side in one, and the k-th block of one side is coupled to
/// the k-th of the other: time and memory grow with n + m instead of n x m. Every cell keeps its mass; what is lost is
/// that partners are the best of their block, not of all (transport between minibatches: Fatras et al., AISTATS 2020),
/// so a state of few cells may be dealt a block in which it has no counterpart. relative_gap is the largest of the
/// blocks'; blur and mean_cost are means. A warning says so. Same pairs for any number of threads.
/// @param x [n, d], y [m, d]: the cells of a side have the same mass; @param x_mass, y_mass in all; @param couple
/// solves a block
Coupling block_coupling(const MatrixF& x, double x_mass, const MatrixF& y, double y_mass, Index cells,
                        const Couple& couple, core::Reporter& reporter = core::silent());

}  // namespace instar::am
