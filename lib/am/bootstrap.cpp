#include "am/bootstrap.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/parallel.hpp"
#include "core/rng.hpp"
#include "core/snapshots.hpp"

namespace instar::am {
namespace {

constexpr std::uint32_t kBootstrapStream = 0xb007;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// As many cells as there are, drawn with replacement. One drawn k times is kept once, with k times its weight.
math::Cloud drawn_again(const math::Cloud& cloud, core::Rng& rng) {
  std::vector<double> times(static_cast<std::size_t>(cloud.points.rows()), 0);
  for (std::size_t i = 0; i < times.size(); ++i)
    ++times[static_cast<std::size_t>(rng.below(static_cast<std::int64_t>(times.size())))];
  std::vector<Index> kept;
  for (std::size_t i = 0; i < times.size(); ++i)
    if (times[i] > 0 && cloud.weights(static_cast<Index>(i)) > 0) kept.push_back(static_cast<Index>(i));
  if (kept.empty()) return cloud;  // only clouds of a weight or two can come to this
  math::Cloud again{core::take_rows(cloud.points, kept), Vector(static_cast<Index>(kept.size()))};
  for (std::size_t k = 0; k < kept.size(); ++k)
    again.weights(static_cast<Index>(k)) = cloud.weights(kept[k]) * times[static_cast<std::size_t>(kept[k])];
  return again;
}

/// Quantile by linear interpolation between order statistics. @param sorted ascending
double quantile(const std::vector<double>& sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

Scores score(const math::Cloud& predicted, const math::Cloud& truth, double predicted_mass, double true_mass) {
  Scores scores;
  for (const Distance& distance : kDistances) scores.*distance.value = distance.between(predicted, truth);
  scores.mass_error = std::abs(predicted_mass - true_mass) / true_mass;
  return scores;
}

ScoreIntervals ScoreIntervals::none() {
  const Scores nothing{kNone, kNone, kNone, kNone, kNone};
  return {nothing, nothing};
}

ScoreIntervals bootstrap_intervals(const math::Cloud& predicted, const math::Cloud& truth, const Scores& scores,
                                   std::int64_t resamples, std::uint64_t seed) {
  std::vector<Scores> found(static_cast<std::size_t>(resamples));
  core::parallel_for(resamples, [&](Index r) {
    core::Rng rng(seed, kBootstrapStream, static_cast<std::uint64_t>(r));
    const math::Cloud a = drawn_again(predicted, rng);
    const math::Cloud b = drawn_again(truth, rng);
    found[static_cast<std::size_t>(r)] = score(a, b, kNone, 1);
  });
  ScoreIntervals intervals = ScoreIntervals::none();
  for (const auto distance : {&Scores::w1, &Scores::w2, &Scores::mmd, &Scores::energy}) {
    std::vector<double> values;
    for (const Scores& s : found) values.push_back(s.*distance);
    std::sort(values.begin(), values.end());
    intervals.low.*distance = std::max(0.0, 2 * scores.*distance - quantile(values, 0.975));
    intervals.high.*distance = std::max(0.0, 2 * scores.*distance - quantile(values, 0.025));
  }
  return intervals;
}

}  // namespace instar::am
