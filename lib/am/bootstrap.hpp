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

/// Intervals for the distances between the two populations, from subsamples (Politis, Romano and Wolf, Subsampling,
/// 1999). A distance s(n) between finite samples is too large, and a bootstrap of whole samples makes it larger still.
/// So both clouds are cut at random into two halves, and each half into two quarters (cells without replacement, with
/// their weights), `resamples` times. The excess is taken to fall as n^-r; h and q being the means over halves and
/// quarters of the same cut, s* = h - (q - h)/(2^r - 1) is what a half makes of the distance without it, and
///     centre = s - max(0, mean h - s)/(2^r - 1),   variance = var h + 2^-r max(0, var s* - var h),
/// interval = centre +- 1.96 sqrt(variance), not below 0. Halves drawn without replacement scatter about all cells as
/// those scatter about the population (var h); what the correction adds to that falls from halves to the whole as the
/// excess itself does. The rate r is 1 for mmd and energy (V-statistics), and min(1, 2/D) for w1 and w2, that of
/// transport between clouds that
/// differ (Manole and Niles-Weed, Sharp convergence rates for empirical optimal transport with smooth costs, 2024),
/// with D the participation ratio (tr C)^2 / tr C^2 of the truth's covariance C as the dimension (Deviation: D may be
/// anything in [1, d], so that flat clouds count as flat). NaN where a cloud has fewer than 8 cells of positive weight.
/// Same bytes for any number of threads.
/// @param scores of the clouds themselves; @param resamples >= 2
ScoreIntervals bootstrap_intervals(const math::Cloud& predicted, const math::Cloud& truth, const Scores& scores,
                                   std::int64_t resamples, std::uint64_t seed);

}  // namespace instar::am
