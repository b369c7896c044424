#pragma once

#include <vector>

#include "am/coupling.hpp"
#include "core/row_blocks.hpp"

namespace instar::am {

/// A transport map in the layout of WOT.
struct TransportMap {
  core::RowBlock map;               ///< [earlier cells, later cells] cells that each earlier cell becomes
  std::vector<double> descendants;  ///< [earlier cells] its row's sum
};

/// The map of a coupling: entry (i, j) is the mass that arrives at j from i, in units of an earlier cell's mass. Rows
/// sum to a cell's descendants, 1 without growth; columns to a later cell's mass, but for what appears from nowhere.
/// @param source_cells, target_cells numbers of cells; @param source_mass total mass of the earlier ones
TransportMap transport_map(const Coupling& coupling, Index source_cells, Index target_cells, double source_mass);

}  // namespace instar::am
