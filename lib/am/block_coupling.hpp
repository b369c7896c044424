#pragma once

#include <functional>

#include "am/coupling.hpp"

namespace instar::am {

/// Couples the cells of a block, x [n, d] with masses a [n] to y [m, d] with b [m]; the masses of a side are equal.
using Couple =
    std::function<Coupling(const MatrixView& x, const VectorView& a, const MatrixView& y, const VectorView& b)>;

/// So many blocks that each has no more than about cells x cells pairs; at most as many as either side has cells.
Index block_count(Index n, Index m, Index cells);

/// Couples snapshots of which even a walk through all pairs would take too long. Either side is dealt at random into
/// block_count() blocks, and the k-th block of one side is coupled to the k-th of the other: time and memory grow with
/// n + m instead of n x m. Every cell keeps its mass; what is lost is that partners are the best of their block, not of
/// all (transport between minibatches: Fatras et al., AISTATS 2020), so a state of few cells may be dealt a block in
/// which it has no counterpart. Blocks differ by one cell, so what a block has of one side's mass is off from what it
/// has of the other's by as much. relative_gap is the largest of the blocks'; blur and mean_cost are means over blocks.
/// A warning says so. Same pairs for any number of threads.
/// @param x [n, d], y [m, d]: the cells of a side have the same mass; @param x_mass, y_mass in all; @param cells of a
/// side in a block, where both have as many; @param couple solves a block @throws what `couple` throws
Coupling block_coupling(const MatrixF& x, double x_mass, const MatrixF& y, double y_mass, Index cells,
                        const Couple& couple, core::Reporter& reporter = core::silent());

}  // namespace instar::am
