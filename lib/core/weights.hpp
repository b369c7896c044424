#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace instar::core {

/// Kish's effective number of weighted points, (sum w)^2 / sum w^2: all of them where weights are equal, 1 where one
/// carries everything. NaN for no weight.
struct EffectiveCount {
  double sum = 0, squares = 0;
  std::size_t count = 0;

  void add(double weight) {
    sum += weight;
    squares += weight * weight;
    ++count;
  }
  double value() const { return sum * sum / squares; }
  /// Below a tenth of the points a few of them speak for all; where all weights are 0 there are none to do so.
  bool few() const { return sum != 0 && !(value() >= 0.1 * static_cast<double>(count)); }
};

/// The mass at any time, of those at the times of a fit: rates are constant from one to the next (log-linear), and go
/// on as in the first and last interval beyond them. @param times ascending, two or more; @param masses [times]
double mass_at(const std::vector<double>& times, const std::vector<double>& masses, double time);

/// Whether a mass is three times beyond all that were fitted. A fit reaches them within a few per cent, so that such a
/// one comes of growth that was read far from its cells. @param fitted not empty
inline bool beyond_fitted(double mass, const std::vector<double>& fitted) {
  constexpr double kFactor = 3;
  const auto [least, most] = std::minmax_element(fitted.begin(), fitted.end());
  return !(mass < kFactor * *most && mass > *least / kFactor);
}

}  // namespace instar::core
