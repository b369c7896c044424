#pragma once

#include <cstdint>

#include "math/metrics.hpp"

namespace instar::am {

/// How far a predicted snapshot is from the observed one, in scaled units.
struct Scores {
  double w1 = 0;
  double w2 = 0;
  double mmd = 0;
  double energy = 0;
  double mass_error = 0;  ///< |predicted - true| / true relative mass; NaN where nothing was predicted
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

/// @param predicted_mass, true_mass relative total masses (first training time = 1)
Scores score(const math::Cloud& predicted, const math::Cloud& truth, double predicted_mass, double true_mass);

/// 95 % intervals of the distances; mass_error is not one of them.
struct ScoreIntervals {
  Scores low;
  Scores high;
  static ScoreIntervals none();  ///< all NaN
};

/// Basic (pivotal) bootstrap intervals of the distances (Davison and Hinkley, Bootstrap Methods and their Application,
/// 1997, section 5.2): cells of both clouds are drawn again with replacement, each with its weight, and an interval
/// runs from 2 s - q(.975) to 2 s - q(.025), where s is the score and q are quantiles of the resampled ones. Mirrored
/// like that they make up for the upward bias that finite samples give distances between distributions. Not below 0.
/// Same bytes for any number of threads.
/// @param scores of the clouds themselves; @param resamples >= 2
ScoreIntervals bootstrap_intervals(const math::Cloud& predicted, const math::Cloud& truth, const Scores& scores,
                                   std::int64_t resamples, std::uint64_t seed);

}  // namespace instar::am
