#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io/h5ad.hpp"

namespace instar::tools {

/// The interval that --from and --to name; where they are not given, the first or the last of the fitted times.
/// @param unit, place of the time column: see core::times_in_unit()
/// @throws UsageError where one names no time, or where nothing lies between them, with the times that there are
std::pair<double, double> interval_of(const std::optional<std::string>& from, const std::optional<std::string>& to,
                                      const std::vector<double>& fitted, const std::string& unit,
                                      const std::string& place);

/// The expression that genes are ranked by: X, or a layer. @throws DataError where the file has none
std::unique_ptr<core::RowBlocks> expression_of(const io::H5adFile& file, const std::string& layer);

}  // namespace instar::tools
