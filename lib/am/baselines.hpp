#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/snapshots.hpp"
#include "math/metrics.hpp"

namespace instar::am {

/// A prediction of a held-out snapshot that needs no model; what every model must beat.
struct Baseline {
  std::string method;  ///< previous, next, pooled, linear, ot-midpoint
  std::string from;    ///< previous, next or between
  math::Cloud cloud;   ///< in the coordinates of the snapshots given
};

/// The reference predictions of the cells at `time` from the nearest training times on either side:
/// the cells of the `previous` or `next` time; `pooled`: both, each by its closeness in time; `linear`: random pairs, a
/// point on their segment at the held-out time; `ot-midpoint`: the same on the pairs of the exact optimal transport
/// (squared Euclidean cost). At either end of the time course only the neighbour that exists is used.
/// @param snapshots scaled coordinates; @param excluded times that may not be used; `time` never is
std::vector<Baseline> baselines(const core::Snapshots& snapshots, const std::vector<double>& excluded, double time,
                                std::uint64_t seed);

/// The cells at `time` cut at random into two disjoint halves: what sampling alone makes of a perfect prediction.
std::pair<math::Cloud, math::Cloud> sampling_floor(const core::Snapshots& snapshots, double time, std::uint64_t seed);

/// Cells at one time, equal weights. @throws UsageError where there are none
math::Cloud cells_at(const core::Snapshots& snapshots, double time);

}  // namespace instar::am
