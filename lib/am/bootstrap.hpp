#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "math/metrics.hpp"

namespace instar::am {

/// How far a predicted snapshot is from the observed one, in scaled units.
struct Scores {
  double w1 = 0;
  double w2 = 0;
  double mmd = 0;
  double energy = 0;
  double mass_error = 0;  ///< |predicted - true| / true relative mass; NaN where nothing was predicted
  // Instead of w1 and w2 or beside them, where asked for; else NaN.
  double sliced_w1 = kNotMeasured;
  double sliced_w2 = kNotMeasured;
  double w1_lower = kNotMeasured;  ///< bounds of w1 and w2
  double w1_upper = kNotMeasured;
  double w2_lower = kNotMeasured;
  double w2_upper = kNotMeasured;

  static constexpr double kNotMeasured = std::numeric_limits<double>::quiet_NaN();
};

/// One of the distances between two clouds.
struct Distance {
  double Scores::*value;
  double (*between)(const math::Cloud& a, const math::Cloud& b);
};
/// All of them, those that take longest first.
inline constexpr Distance kDistances[] = {
    {&Scores::w1, [](const math::Cloud& a, const math::Cloud& b) { return math::wasserstein1(a, b); }},
    {&Scores::w2, [](const math::Cloud& a, const math::Cloud& b) { return math::wasserstein2(a, b); }},
    {&Scores::mmd, math::mmd},
    {&Scores::energy, math::energy_distance}};

/// Which transport distances are measured.
struct DistanceOptions {
  bool exact = true;               ///< w1 and w2
  bool sliced = false;             ///< math::sliced_wasserstein
  bool bounds = false;             ///< math::transport_bounds
  std::int64_t projections = 256;  ///< directions of the sliced ones
};

/// One or several values of two clouds, and what writes them into their scores.
struct Measure {
  std::vector<double Scores::*> values;
  std::function<void(const math::Cloud& a, const math::Cloud& b, Scores& scores)> take;
};
/// Those that are asked for and mmd and energy, what takes longest first.
std::vector<Measure> measures(const DistanceOptions& options);

/// @param predicted_mass, true_mass relative total masses (first training time = 1)
Scores score(const math::Cloud& predicted, const math::Cloud& truth, double predicted_mass, double true_mass);

/// 95 % intervals of the distances; mass_error is not one of them.
struct ScoreIntervals {
  Scores low;
  Scores high;
  static ScoreIntervals none();  ///< all NaN
};

/// The ends of an interval.
struct Bounds {
  double low = 0;
  double high = 0;
};
/// 95 % interval of an MMD or energy distance, as bootstrap_intervals says. NaN where the error is.
Bounds kernel_bounds(const math::PopulationDistance& distance);

/// Intervals for the distances between the two populations, that is for what ever more cells would give. That between
/// finite samples is larger on average, and a bootstrap of whole samples would make it larger still, so
///   - w1: math::population_cost, +- 1.96 standard errors;
///   - w2: the same of the squared distance, by the delta method on the root: with r = 1.96 standard errors of W, the
///     squared distance, sqrt(W) +- r / (2 sqrt(W));
///   - mmd and energy are squared distances in a Hilbert space, and the smaller they come out the smaller comes out
///     their error: math::population_mmd and population_energy, by the same delta method, and squared again. Their
///     errors are known in closed form, so nothing is resampled.
/// None goes below 0; where 2 W <= r the low end is 0, and the high one of W is W + r for w2, max(0, W) + 3/2 r for
/// mmd and energy. NaN where a cloud has
/// fewer than 8 cells of positive weight, and for w1 and w2 where all of them are in one place. Same bytes for any
/// number of threads.
/// @param resamples cuts of each cloud, for w1 and w2; >= 2
ScoreIntervals bootstrap_intervals(const math::Cloud& predicted, const math::Cloud& truth, std::int64_t resamples,
                                   std::uint64_t seed);

}  // namespace instar::am
