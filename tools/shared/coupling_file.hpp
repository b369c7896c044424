#pragma once

#include <string>
#include <vector>

#include "am/transport_map.hpp"
#include "core/record.hpp"

namespace instar::tools {

/// Writes a map as AnnData: X the map, obs[descendants], names of earlier cells in obs and of later ones in var.
void write_transport_map(const std::string& path, const am::TransportMap& map, const std::vector<std::string>& earlier,
                         const std::vector<std::string>& later, const core::Facts& provenance);

}  // namespace instar::tools
