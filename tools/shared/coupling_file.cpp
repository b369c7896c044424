#include "shared/coupling_file.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include "core/error.hpp"
#include "core/format.hpp"
#include "io/h5ad.hpp"

namespace instar::tools {

void write_transport_map(const std::string& path, const am::TransportMap& map, const std::vector<std::string>& earlier,
                         const std::vector<std::string>& later, const core::Facts& provenance) {
  io::H5adWriter writer(path, earlier, later);
  const auto sink = writer.write_matrix({}, static_cast<Index>(earlier.size()), map.map.cols, io::MatrixKind::csr);
  sink->append(map.map);
  sink->finish();
  writer.set_obs("descendants", io::Column::of_numbers(map.descendants));
  if (!provenance.empty()) writer.add_provenance("instar-couplings", provenance);
  writer.commit();
}

std::string map_path(const std::string& stem, double from, double to) {
  return stem + core::format_number(from) + "_" + core::format_number(to) + ".h5ad";
}

void require_no_other_maps(const std::string& folder, const std::string& stem, const std::vector<double>& times) {
  std::set<std::string> written;
  for (std::size_t k = 0; k + 1 < times.size(); ++k) written.insert(map_path(stem, times[k], times[k + 1]));
  std::set<std::string> others;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string path = folder + "/" + entry.path().filename().string();
    if (!path.starts_with(stem) || !path.ends_with(".h5ad") || written.contains(path)) continue;
    const std::string pair = path.substr(stem.size(), path.size() - stem.size() - 5);
    if (std::count(pair.begin(), pair.end(), '_') == 1) others.insert(path);
  }
  if (!others.empty())
    throw DataError({*others.begin()},
                    "expected a folder without maps of other times than this command couples, found " +
                        std::to_string(others.size()) + " of them",
                    "remove them or name another folder: who reads the folder takes every map in it");
}

}  // namespace instar::tools
