#include "core/weights.hpp"

#include <cmath>

#include "core/snapshots.hpp"

namespace instar::core {

double mass_at(const std::vector<double>& times, const std::vector<double>& masses, double time) {
  if (const Index at = find_time(times, time); at >= 0) return masses[static_cast<std::size_t>(at)];
  std::size_t k = 0;
  while (k + 2 < times.size() && times[k + 1] < time) ++k;
  const double share = (time - times[k]) / (times[k + 1] - times[k]);
  return masses[k] * std::pow(masses[k + 1] / masses[k], share);
}

}  // namespace instar::core
