#include "shared/seen_times.hpp"

#include "core/error.hpp"
#include "core/format.hpp"
#include "core/snapshots.hpp"
#include "io/json_reader.hpp"
#include "shared/embedding.hpp"

namespace instar::tools {
namespace {

/// The --exclude-times of the instar-pca that made X_pca; none where it is not known.
std::vector<double> noted_exclusions(const io::H5adFile& file) {
  const auto text = file.uns_text("instar/provenance/instar-pca");
  if (!text) return {};
  try {
    const core::Facts facts = io::parse_json_object(*text);
    const auto found = facts.find("options.exclude-times");
    if (found == facts.end()) return {};
    if (const auto* times = std::get_if<std::vector<double>>(&found->second)) return *times;
    return {};
  } catch (const UsageError&) {  // not written by instar-pca, so it says nothing
    return {};
  }
}

}  // namespace

std::vector<double> times_seen_by(const io::H5adFile& file, const std::string& basis,
                                  const std::vector<double>& times) {
  if (basis == "X") return {};
  const std::vector<double> excluded = basis == "X_pca" ? noted_exclusions(file) : std::vector<double>{};
  std::vector<double> seen;
  for (const double time : times)
    if (core::find_time(excluded, time) < 0 && core::find_time(seen, time) < 0) seen.push_back(time);
  return seen;
}

std::string flag_of_times(const std::vector<double>& times) {
  std::string list;
  for (const double time : times) list += (list.empty() ? "" : ",") + core::format_number(time);
  return list;
}

std::string doubt_of_components(const io::H5adFile& file, const std::string& basis, const std::vector<double>& seen) {
  return "nothing in " + file.path() + " says that " + basis_path(basis) + " was fitted without time " +
         flag_of_times(seen) + ", whose cells may have shaped the coordinates they are predicted in";
}

void warn_of_seen_times(const io::H5adFile& file, const std::string& basis, const std::vector<double>& times,
                        const std::string& other_way, core::Reporter& reporter) {
  const std::vector<double> seen = times_seen_by(file, basis, times);
  if (seen.empty()) return;
  reporter.warning(doubt_of_components(file, basis, seen) + "; " + other_way +
                   "use instar pca -t KEY --exclude-times " + flag_of_times(seen));
}

}  // namespace instar::tools
