#include "shared/coupling_file.hpp"

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

}  // namespace instar::tools
