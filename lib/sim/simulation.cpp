#include "sim/simulation.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.hpp"

namespace instar::sim {

std::vector<double> default_times() { return {0, 1, 2, 3, 4}; }

void SnapshotPlan::validate() const {
  if (cells < static_cast<Index>(times.size()))
    throw UsageError("--cells " + std::to_string(cells) + " in all are fewer than the " + std::to_string(times.size()) +
                     " times; simulate more cells, or fewer times (--times)");
  if (times.empty()) throw UsageError("a simulation needs at least one time");
  for (std::size_t k = 0; k < times.size(); ++k) {
    if (!std::isfinite(times[k])) throw UsageError("times must be finite numbers");
    if (k > 0 && times[k] <= times[k - 1]) throw UsageError("times must ascend, each different from the one before");
  }
  if (cells < 1) throw UsageError("a simulation needs at least one cell");
}

std::vector<Index> SnapshotPlan::counts(const std::vector<double>& population) const {
  std::vector<double> shares = population;
  if (sampling == Sampling::equal) std::fill(shares.begin(), shares.end(), 1.0);
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  std::vector<Index> out, by_remainder;
  Index rest = cells;
  for (double& share : shares) {
    share *= static_cast<double>(cells) / sum;
    out.push_back(static_cast<Index>(share));
    share -= std::floor(share);
    by_remainder.push_back(static_cast<Index>(by_remainder.size()));
    rest -= out.back();
  }
  std::stable_sort(by_remainder.begin(), by_remainder.end(), [&](Index a, Index b) {
    return shares[static_cast<std::size_t>(a)] > shares[static_cast<std::size_t>(b)];
  });
  for (Index i = 0; i < rest; ++i) ++out[static_cast<std::size_t>(by_remainder[static_cast<std::size_t>(i)])];
  return out;
}

}  // namespace instar::sim
