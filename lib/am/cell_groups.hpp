#pragma once

#include <cstdint>
#include <vector>

#include "am/model.hpp"
#include "am/sampler.hpp"
#include "core/row_blocks.hpp"

namespace instar::am {

/// The group that each cell belongs to: of one time, kept back, or neither (-1). Two passes over the cells' coordinates
/// tell all that a fit wants of them, so that these never have to be in memory in double precision.
struct CellGroups {
  std::vector<std::int32_t> of_cell;  ///< [cells]
  std::vector<Index> sizes;           ///< [groups]
};

/// Of one group, or of several.
struct Moments {
  double count = 0;
  Vector mean;     ///< [d]
  Vector squares;  ///< [d] sum of squared deviations from the mean
};

/// Moments of every group, from one reading of all rows; exact to rounding wherever the cells lie (Welford,
/// Technometrics 4, 1962), a function of the cells' order alone. @param coordinates [cells, d]
/// @throws DataError for a coordinate of a grouped cell that is not finite
std::vector<Moments> group_moments(core::RowBlocks& coordinates, const CellGroups& groups);

/// Moments of all cells of the groups first ... last - 1 together (Chan, Golub, LeVeque, Amer. Statist. 37, 1983).
Moments together(const std::vector<Moments>& moments, std::size_t first, std::size_t last);

/// The cells of the groups 0 ... `groups.sizes.size()` - 1 in network units, from one reading of all rows.
std::vector<Cells> network_cells(core::RowBlocks& coordinates, const CellGroups& groups, const Model& model);

}  // namespace instar::am
