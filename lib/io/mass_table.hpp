#pragma once

#include <string>
#include <vector>

namespace instar::io {

/// Population sizes from a text file: lines of a time and a mass, separated by blanks, tabs or a comma; lines that
/// start with # and one header line are passed over. Times may be labels (`D3`).
/// @param times those a mass is needed for
/// @param unit, times_place of the time column, which labels are turned into: see core::times_in_unit()
/// @returns [times] masses in the order of `times`
/// @throws DataError for a line that cannot be read, a time twice, or one of `times` missing
std::vector<double> read_mass_table(const std::string& path, const std::vector<double>& times,
                                    const std::string& unit = "", const std::string& times_place = "the column");

}  // namespace instar::io
