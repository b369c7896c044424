#include "shared/fit_cells.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/snapshots.hpp"
#include "core/time_label.hpp"
#include "io/times.hpp"

namespace instar::tools {

void add_held_out_flags(cli::Command& command, HeldOutFlags& flags, const std::string& help) {
  command.section("Held-out times");
  command.times("--exclude-times", flags.asked, help);
  command.option("-t,--time-key", flags.time_key, "KEY", "column of obs that holds the time");
  command.needs("--exclude-times", "--time-key");
}

std::string place_of_times(const std::string& file, const std::string& key) {
  return (file == "-" ? "standard input" : file) + ": obs/" + key;
}

void resolve_held_out(HeldOutFlags& flags, const io::H5adFile& file, core::Facts& options) {
  if (flags.asked.empty()) return;
  flags.excluded = core::times_in_unit("--exclude-times", flags.asked, io::read_times(file, flags.time_key).unit,
                                       place_of_times(file.path(), flags.time_key));
  options["exclude-times"] = flags.excluded;
}

void require_times(const std::string& flag, const std::vector<double>& wanted, const std::vector<double>& known,
                   const std::string& file) {
  for (const double time : wanted) {
    if (core::find_time(known, time) >= 0) continue;
    std::string listed;
    for (const double there : known) listed += (listed.empty() ? "" : ", ") + core::format_number(there);
    throw UsageError(flag + ": " + (file == "-" ? "standard input" : file) + " has no cells at time " +
                     core::format_number(time) + "; the times are " + listed);
  }
}

std::vector<bool> fit_cells(const io::H5adFile& file, const std::string& time_key, const std::vector<double>& excluded,
                            core::Reporter& reporter) {
  if (time_key.empty()) return {};
  const io::CellTimes times = io::read_times(file, time_key);
  for (const auto& entry : times.table)
    reporter.detail("time " + core::format_number(entry.time) + ": " + std::to_string(entry.cells) + " cells (" +
                    entry.label + ")");
  if (excluded.empty()) return {};
  std::vector<double> known;
  for (const auto& entry : times.table) known.push_back(entry.time);
  require_times("--exclude-times", excluded, known, file.path());
  std::vector<bool> fit;
  for (const double time : times.values) fit.push_back(!std::isnan(time) && core::find_time(excluded, time) < 0);
  if (std::find(fit.begin(), fit.end(), true) == fit.end())
    throw UsageError("--exclude-times: every time is left out, so no cells remain");
  if (times.missing > 0)
    reporter.info("cells without a time: " + std::to_string(times.missing) +
                  "; they choose nothing, like those of the times left out");
  return fit;
}

}  // namespace instar::tools
