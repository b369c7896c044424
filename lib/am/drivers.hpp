#pragma once

#include <cstdint>
#include <vector>

#include "core/row_blocks.hpp"
#include "core/types.hpp"

namespace instar::am {

/// Mean velocity of some cells at several times.
struct MeanVelocities {
  std::vector<double> times;  ///< ascending
  Matrix velocity;            ///< [times, d] per unit of time
};

/// Weighted means of the rows of each time. @param weights [rows]; empty: all 1. Rows whose velocity is NaN, or that
/// are not in any of `cells`, do not count; times without rows are left out
MeanVelocities mean_velocities(const std::vector<double>& times, const std::vector<std::vector<Index>>& cells,
                               const MatrixView& velocity, const Vector& weights);

/// How far the mean of the cells moves: the integral of the mean velocity from `from` to `to`, which is taken to be
/// linear between its times and constant beyond them. [d] @throws UsageError where from >= to; DataError without times
Vector displacement(const MeanVelocities& mean, double from, double to);

struct DriverOptions {
  std::int64_t permutations = 1000;  ///< 0: no p-values
  std::uint64_t seed = 0;
  std::int64_t memory = std::int64_t{512} << 20;  ///< bytes for permuted values and their sums; changes no result
  void validate() const;                          ///< @throws UsageError
};

/// What genes are held against.
struct DriverCells {
  Matrix coordinates;              ///< [cells, d]; a row with NaN takes no part in anything
  Vector displacement;             ///< [d]
  std::vector<double> growth;      ///< [cells] NaN: not among those that growth is looked at in; empty: none is known
  std::vector<double> cell_times;  ///< [cells]
};

/// One entry per gene; NaN where a gene is the same in all cells (it does not change: 0), or nothing is known.
struct Drivers {
  Vector mean;                        ///< of the cells' expression
  Vector change, effect;              ///< by the displacement; the same in standard deviations of the gene among cells
  Vector change_p, change_q;          ///< two-sided; false discovery rates
  Vector growth, growth_p, growth_q;  ///< correlation with growth among cells of one time
  Index cells = 0;                    ///< that expression was decoded from
  Index growth_cells = 0;
};

/// Which genes a displacement changes, and which go with growth.
///
/// change_g = b_g . displacement, with b_g [d] the least-squares slopes of the gene on the coordinates (both centred):
/// with principal components of the same cells these are the loadings. As b_g = (S^T S)^-1 S^T x_g this is z . x_g with
/// one number z_i = s_i^T (S^T S)^-1 displacement for each cell, and what shuffled expression would give is as quickly
/// had. Null of change_p: a gene's expression has nothing to do with where a cell is; its values are shuffled among all
/// cells. growth is Pearson's correlation after both are centred within each time (what all cells of a time share says
/// nothing of which of them divide). Null of growth_p: among cells of one time a gene has nothing to do with growth;
/// values are shuffled within times. p = (1 + shuffles at least as large in absolute value) / (1 + permutations), q by
/// false_discovery_rates(); all genes are shuffled alike, so that their correlations stay.
/// @param expression [cells, genes], read several times
/// @throws DataError where fewer than 3 cells are left
/// Deterministic in the seed, for any number of threads and any memory.
Drivers find_drivers(core::RowBlocks& expression, const DriverCells& cells, const DriverOptions& options);

}  // namespace instar::am
