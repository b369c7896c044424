#include "sim/simulation.hpp"

#include <cmath>

#include "core/error.hpp"

namespace instar::sim {

void SnapshotPlan::validate() const {
  if (times.empty()) throw UsageError("a simulation needs at least one time");
  for (std::size_t k = 0; k < times.size(); ++k) {
    if (!std::isfinite(times[k])) throw UsageError("times must be finite numbers");
    if (k > 0 && times[k] <= times[k - 1]) throw UsageError("times must ascend, each different from the one before");
  }
  if (cells < 1) throw UsageError("a simulation needs at least one cell");
}

std::vector<Index> SnapshotPlan::counts(const std::vector<double>& population) const {
  std::vector<Index> out;
  for (const double size : population) {
    const double share = sampling == Sampling::equal ? 1 : size;
    out.push_back(static_cast<Index>(std::llround(static_cast<double>(cells) * share)));
  }
  return out;
}

}  // namespace instar::sim
