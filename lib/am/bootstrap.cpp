#include "am/bootstrap.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/snapshots.hpp"
#include "math/population_transport.hpp"
#include "math/sliced.hpp"

namespace instar::am {
namespace {

constexpr double kNormalQuantile = 1.959963984540054;  // .975
constexpr Index kFewestCells = 8;

/// The cells that have weight.
math::Cloud weighted_cells(const math::Cloud& cloud) {
  std::vector<Index> kept;
  for (Index i = 0; i < cloud.points.rows(); ++i)
    if (cloud.weights(i) > 0) kept.push_back(i);
  return math::part_of(cloud, kept, 0, static_cast<Index>(kept.size()));
}

Bounds w1_bounds(const math::PopulationCost& cost) {
  const double reach = kNormalQuantile * cost.error;
  return {std::max(0.0, cost.value - reach), std::max(0.0, cost.value + reach)};
}

/// Of the root of a squared distance, by the delta method on the root. Where that would reach below 0 it does not hold,
/// and the squared distance itself gives the upper bound.
/// @param beyond how many reaches above it
Bounds root_bounds(double squared, double error, double beyond) {
  const double squared_reach = kNormalQuantile * error;
  const double centre = std::sqrt(std::max(0.0, squared));
  if (2 * squared > squared_reach) {
    const double reach = squared_reach / (2 * centre);
    return {centre - reach, centre + reach};
  }
  return {0, std::sqrt(std::max(0.0, squared + beyond * squared_reach))};
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

Bounds kernel_bounds(const math::PopulationDistance& distance) {
  if (!std::isfinite(distance.error)) return {Scores::kNotMeasured, Scores::kNotMeasured};
  constexpr double kBeyond = 1.5;  // what the root's interval reaches where it ends at 0: no step there
  const Bounds root = root_bounds(std::max(0.0, distance.value), distance.error, kBeyond);
  return {root.low * root.low, root.high * root.high};
}

ScoreIntervals bootstrap_intervals(const math::Cloud& predicted, const math::Cloud& truth, std::int64_t resamples,
                                   std::uint64_t seed) {
  const math::Cloud a = weighted_cells(predicted);
  const math::Cloud b = weighted_cells(truth);
  ScoreIntervals intervals = ScoreIntervals::none();
  if (std::min(a.points.rows(), b.points.rows()) < kFewestCells) return intervals;
  const auto keep = [&](double Scores::*value, const Bounds& bounds) {
    intervals.low.*value = bounds.low;
    intervals.high.*value = bounds.high;
  };
  if (const auto cost = math::population_cost(a, b, math::GroundCost::euclidean, resamples, seed))
    keep(&Scores::w1, w1_bounds(*cost));
  if (const auto cost = math::population_cost(a, b, math::GroundCost::squared_euclidean, resamples, seed))
    keep(&Scores::w2, root_bounds(cost->value, cost->error, 1));
  keep(&Scores::mmd, kernel_bounds(math::population_mmd(a, b)));
  keep(&Scores::energy, kernel_bounds(math::population_energy(a, b)));
  return intervals;
}

}  // namespace instar::am
