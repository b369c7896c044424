#pragma once

#include <string>
#include <vector>

#include "io/h5ad.hpp"

namespace instar::tools {

/// Cells whose column of obs has a value, [cells].
/// @param wanted COLUMN=VALUE; numbers are compared as numbers, true and false also as yes and no
/// @throws UsageError without =; DataError where no cell has it (names those there are)
std::vector<bool> cells_where(const io::H5adFile& file, const std::string& wanted);

}  // namespace instar::tools
