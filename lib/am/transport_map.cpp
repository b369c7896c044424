#include "am/transport_map.hpp"

namespace instar::am {

TransportMap transport_map(const Coupling& coupling, Index source_cells, Index target_cells, double source_mass) {
  TransportMap result;
  result.map.cols = target_cells;
  result.map.indptr.assign(static_cast<std::size_t>(source_cells) + 1, 0);
  result.descendants.assign(static_cast<std::size_t>(source_cells), 0);
  const double unit = static_cast<double>(source_cells) / source_mass;
  // Pairs come sorted by source, then target; those without a source or a target transport nothing.
  for (const auto& pair : coupling.pairs) {
    if (pair.source == Coupling::kNone || pair.target == Coupling::kNone || !(pair.q > 0)) continue;
    result.map.indices.push_back(pair.target);
    result.map.values.push_back(pair.q * unit);
    ++result.map.indptr[static_cast<std::size_t>(pair.source) + 1];
    result.descendants[static_cast<std::size_t>(pair.source)] += pair.q * unit;
  }
  for (std::size_t i = 1; i < result.map.indptr.size(); ++i) result.map.indptr[i] += result.map.indptr[i - 1];
  return result;
}

}  // namespace instar::am
