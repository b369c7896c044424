#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"
#include "core/record.hpp"
#include "core/reporter.hpp"
#include "core/time_label.hpp"
#include "io/h5ad.hpp"

namespace instar::tools {

/// The flags that say which times are held out.
struct HeldOutFlags {
  std::string time_key;
  std::vector<core::TimeLabel> asked;  ///< as typed
  std::vector<double> excluded;        ///< as numbers of the column, by resolve_held_out()
};

/// Adds them to a tool, in a section of their own. @param help what happens to the cells of these times
void add_held_out_flags(cli::Command& command, HeldOutFlags& flags, const std::string& help);

/// Turns the times that were asked for into those of the column, here and in the options that are noted.
/// @throws UsageError for a unit that does not fit the column's
void resolve_held_out(HeldOutFlags& flags, const io::H5adFile& file, core::Facts& options);

/// A time column for messages: `pca.h5ad: obs/day`.
std::string place_of_times(const std::string& file, const std::string& key);

/// Refuses a time that is asked for by `flag` and not among those of `file`, naming those there are.
/// @throws UsageError
void require_times(const std::string& flag, const std::vector<double>& wanted, const std::vector<double>& known,
                   const std::string& file);

/// Which cells may choose (genes, a median, a basis) where some times are held out.
/// @param time_key column of obs; empty: no times are looked at, all cells choose
/// @returns [n_obs]; empty where all cells choose. Cells without a time do not, once times are excluded
/// @throws UsageError where a time to exclude does not occur, or all do
std::vector<bool> fit_cells(const io::H5adFile& file, const std::string& time_key, const std::vector<double>& excluded,
                            core::Reporter& reporter);

}  // namespace instar::tools
