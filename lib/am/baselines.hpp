#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "core/snapshots.hpp"
#include "math/metrics.hpp"

namespace instar::am {

/// A prediction of a held-out snapshot that needs no model; what every model must beat.
struct Baseline {
  std::string method;  ///< previous, next, pooled, linear, ot-midpoint, wfr-midpoint
  std::string from;    ///< previous, next or between
  math::Cloud cloud;   ///< in the coordinates of the snapshots given
  double mass = std::numeric_limits<double>::quiet_NaN();  ///< predicted relative mass, where it says anything of it
};

/// What the baselines may know of the course beside the cells.
struct BaselineOptions {
  std::vector<double> excluded;  ///< times that may not be used; the one predicted never is
  double growth_scale = 1;       ///< delta, in the coordinates of the snapshots; infinite: no wfr-midpoint
  std::function<double(double)> mass = [](double) { return 1.0; };  ///< relative mass of an observed time
};

/// The reference predictions of the cells at `time` from the nearest training times on either side:
/// the cells of the `previous` or `next` time; `pooled`: both, each by its closeness in time; `linear`: random pairs, a
/// point on their segment at the held-out time; `ot-midpoint`: the same on the pairs of the exact optimal transport
/// (squared Euclidean cost); `wfr-midpoint`: the points and masses of the exact unbalanced (Wasserstein-Fisher-Rao)
/// geodesic at that time. At either end of the time course only the neighbour that exists is used.
/// @param snapshots scaled coordinates
std::vector<Baseline> baselines(const core::Snapshots& snapshots, const BaselineOptions& options, double time,
                                std::uint64_t seed);

/// The cells at `time` cut at random into two disjoint halves: what sampling alone makes of a perfect prediction.
/// @param split which of many independent cuts
std::pair<math::Cloud, math::Cloud> sampling_floor(const core::Snapshots& snapshots, double time, std::uint64_t seed,
                                                   std::uint64_t split);

/// Cells at one time, equal weights. @throws UsageError where there are none
math::Cloud cells_at(const core::Snapshots& snapshots, double time);

}  // namespace instar::am
