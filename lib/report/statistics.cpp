#include "report/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace instar::report {

double quantile(const std::vector<double>& values, const std::vector<double>& weights, double q) {
  std::vector<std::pair<double, double>> pairs;
  pairs.reserve(values.size());
  double total = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double weight = weights.empty() ? 1 : weights[i];
    if (!std::isfinite(values[i]) || !(weight > 0)) continue;
    pairs.emplace_back(values[i], weight);
    total += weight;
  }
  if (pairs.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(pairs.begin(), pairs.end());
  double sum = 0;
  for (const auto& [value, weight] : pairs) {
    sum += weight;
    if (sum >= q * total) return value;
  }
  return pairs.back().first;
}

Summary summarise(const std::vector<double>& values, const std::vector<double>& weights,
                  const std::vector<Index>& rows) {
  std::vector<double> some, their_weights;
  double sum = 0, total = 0;
  for (const Index row : rows) {
    const auto i = static_cast<std::size_t>(row);
    if (!std::isfinite(values[i])) continue;
    some.push_back(values[i]);
    their_weights.push_back(weights.empty() ? 1 : weights[i]);
    sum += some.back() * their_weights.back();
    total += their_weights.back();
  }
  Summary summary;
  summary.count = static_cast<Index>(some.size());
  summary.mean = total > 0 ? sum / total : std::numeric_limits<double>::quiet_NaN();
  summary.low = quantile(some, their_weights, .1);
  summary.high = quantile(some, their_weights, .9);
  return summary;
}

}  // namespace instar::report
