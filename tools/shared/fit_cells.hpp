#pragma once

#include <string>
#include <vector>

#include "core/reporter.hpp"
#include "io/h5ad.hpp"

namespace instar::tools {

/// Which cells may choose (genes, a median, a basis) where some times are held out.
/// @param time_key column of obs; empty: no times are looked at, all cells choose
/// @returns [n_obs]; empty where all cells choose. Cells without a time do not, once times are excluded
/// @throws UsageError where a time to exclude does not occur, or all do
std::vector<bool> fit_cells(const io::H5adFile& file, const std::string& time_key, const std::vector<double>& excluded,
                            core::Reporter& reporter);

}  // namespace instar::tools
