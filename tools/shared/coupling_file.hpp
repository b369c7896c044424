#pragma once

#include <string>
#include <vector>

#include "am/transport_map.hpp"
#include "core/record.hpp"

namespace instar::tools {

/// Writes a map as AnnData: X the map, obs[descendants], names of earlier cells in obs and of later ones in var.
void write_transport_map(const std::string& path, const am::TransportMap& map, const std::vector<std::string>& earlier,
                         const std::vector<std::string>& later, const core::Facts& provenance);

/// Refuses a folder that holds maps of other pairs of times, which whoever reads the folder would take for this run's.
/// @param stem what names begin with: folder/ or folder/prefix_ @param times those that are coupled, ascending
/// @throws DataError that names the first such file
void require_no_other_maps(const std::string& folder, const std::string& stem, const std::vector<double>& times);

/// Where the map between two times goes: stem FROM_TO.h5ad
std::string map_path(const std::string& stem, double from, double to);

}  // namespace instar::tools
