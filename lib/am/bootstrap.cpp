#include "am/bootstrap.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "core/parallel.hpp"
#include "core/rng.hpp"
#include "core/snapshots.hpp"
#include "math/population_transport.hpp"
#include "math/sliced.hpp"

namespace instar::am {
namespace {

constexpr std::uint32_t kBootstrapStream = 0xb007;

constexpr double kNormalQuantile = 1.959963984540054;  // .975
constexpr Index kFewestCells = 8;

using Bounds = std::pair<double, double>;

/// The cells that have weight.
math::Cloud weighted_cells(const math::Cloud& cloud) {
  std::vector<Index> kept;
  for (Index i = 0; i < cloud.points.rows(); ++i)
    if (cloud.weights(i) > 0) kept.push_back(i);
  return math::part_of(cloud, kept, 0, static_cast<Index>(kept.size()));
}

/// The first or second half of the rows.
math::Cloud half(const math::Cloud& cloud, int which) {
  const Index n = cloud.points.rows();
  const Index begin = which == 0 ? 0 : n / 2;
  const Index rows = which == 0 ? n / 2 : n - n / 2;
  return {cloud.points.middleRows(begin, rows), cloud.weights.segment(begin, rows)};
}

/// A distance between halves, and the mean of the two between their quarters.
struct Subsample {
  double half = 0;
  double quarters = 0;
};

std::array<Subsample, 2> subsamples(const math::Cloud& a, const math::Cloud& b, const Distance& distance) {
  std::array<Subsample, 2> found;
  for (int side : {0, 1}) {
    const math::Cloud left = half(a, side);
    const math::Cloud right = half(b, side);
    found[static_cast<std::size_t>(side)] = {
        distance.between(left, right),
        (distance.between(half(left, 0), half(right, 0)) + distance.between(half(left, 1), half(right, 1))) / 2};
  }
  return found;
}

/// Mean and variance.
std::pair<double, double> moments(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  double mean = 0;
  for (const double value : values) mean += value / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {mean, squares / (n - 1)};
}

/// Bounds of a distance whose excess falls as one over the cells.
Bounds kernel_bounds(double score, const std::vector<Subsample>& found) {
  std::vector<double> halves;
  std::vector<double> corrected;
  for (const Subsample& s : found) {
    halves.push_back(s.half);
    corrected.push_back(2 * s.half - s.quarters);
  }
  const auto [mean, variance] = moments(halves);
  const double added = std::max(0.0, moments(corrected).second - variance);
  const double centre = score - std::max(0.0, mean - score);
  const double reach = kNormalQuantile * std::sqrt(variance + added / 2);
  return {std::max(0.0, centre - reach), std::max(0.0, centre + reach)};
}

Bounds w1_bounds(const math::PopulationCost& cost) {
  const double reach = kNormalQuantile * cost.error;
  return {std::max(0.0, cost.value - reach), std::max(0.0, cost.value + reach)};
}

/// By the delta method on the root; where that would reach below 0 the squared cost gives the upper bound.
Bounds w2_bounds(const math::PopulationCost& squared) {
  const double squared_reach = kNormalQuantile * squared.error;
  const double centre = std::sqrt(std::max(0.0, squared.value));
  if (2 * squared.value > squared_reach) {
    const double reach = squared_reach / (2 * centre);
    return {centre - reach, centre + reach};
  }
  return {0, std::sqrt(std::max(0.0, squared.value + squared_reach))};
}

bool is_transport(const Distance& distance) { return distance.value == &Scores::w1 || distance.value == &Scores::w2; }

}  // namespace

std::vector<Measure> measures(const DistanceOptions& options) {
  std::vector<Measure> all;
  for (const Distance& distance : kDistances)
    if (options.exact || !is_transport(distance))
      all.push_back({{distance.value}, [distance](const math::Cloud& a, const math::Cloud& b, Scores& scores) {
                       scores.*distance.value = distance.between(a, b);
                     }});
  if (options.bounds) {
    const auto bound = [&](int power, double Scores::*lower, double Scores::*upper) {
      all.push_back({{lower, upper}, [=](const math::Cloud& a, const math::Cloud& b, Scores& scores) {
                       const math::DistanceBounds found = math::wasserstein_bounds(a, b, power);
                       scores.*lower = found.lower;
                       scores.*upper = found.upper;
                     }});
    };
    bound(1, &Scores::w1_lower, &Scores::w1_upper);
    bound(2, &Scores::w2_lower, &Scores::w2_upper);
  }
  if (options.sliced)
    for (const int power : {1, 2}) {
      const auto value = power == 1 ? &Scores::sliced_w1 : &Scores::sliced_w2;
      all.push_back({{value}, [=](const math::Cloud& a, const math::Cloud& b, Scores& scores) {
                       scores.*value = math::sliced_wasserstein(a, b, power, options.projections);
                     }});
    }
  return all;
}

Scores score(const math::Cloud& predicted, const math::Cloud& truth, double predicted_mass, double true_mass) {
  Scores scores;
  for (const Distance& distance : kDistances) scores.*distance.value = distance.between(predicted, truth);
  scores.mass_error = std::abs(predicted_mass - true_mass) / true_mass;
  return scores;
}

ScoreIntervals ScoreIntervals::none() {
  Scores nothing;
  for (const auto value : {&Scores::w1, &Scores::w2, &Scores::mmd, &Scores::energy, &Scores::mass_error})
    nothing.*value = Scores::kNotMeasured;
  return {nothing, nothing};
}

ScoreIntervals bootstrap_intervals(const math::Cloud& predicted, const math::Cloud& truth, const Scores& scores,
                                   std::int64_t resamples, std::uint64_t seed) {
  const math::Cloud a = weighted_cells(predicted);
  const math::Cloud b = weighted_cells(truth);
  ScoreIntervals intervals = ScoreIntervals::none();
  if (std::min(a.points.rows(), b.points.rows()) < kFewestCells) return intervals;
  const auto keep = [&](double Scores::*value, const Bounds& bounds) {
    intervals.low.*value = bounds.first;
    intervals.high.*value = bounds.second;
  };
  if (const auto cost = math::population_cost(a, b, math::GroundCost::euclidean, resamples, seed))
    keep(&Scores::w1, w1_bounds(*cost));
  if (const auto cost = math::population_cost(a, b, math::GroundCost::squared_euclidean, resamples, seed))
    keep(&Scores::w2, w2_bounds(*cost));

  std::array<std::vector<Subsample>, std::size(kDistances)> found;
  for (auto& one : found) one.resize(2 * static_cast<std::size_t>(resamples));
  core::parallel_for(resamples, [&](Index r) {
    core::Rng rng(seed, kBootstrapStream, static_cast<std::uint64_t>(r));
    const math::Cloud left = math::part_of(a, core::random_order(a.points.rows(), rng), 0, a.points.rows());
    const math::Cloud right = math::part_of(b, core::random_order(b.points.rows(), rng), 0, b.points.rows());
    for (std::size_t d = 0; d < found.size(); ++d) {
      if (is_transport(kDistances[d])) continue;
      const auto pair = subsamples(left, right, kDistances[d]);
      std::copy(pair.begin(), pair.end(), found[d].begin() + 2 * r);
    }
  });
  for (std::size_t d = 0; d < found.size(); ++d)
    if (!is_transport(kDistances[d])) keep(kDistances[d].value, kernel_bounds(scores.*kDistances[d].value, found[d]));
  return intervals;
}

}  // namespace instar::am
