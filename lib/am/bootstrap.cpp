#include "am/bootstrap.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>
#include <vector>

#include "core/parallel.hpp"
#include "core/rng.hpp"
#include "core/snapshots.hpp"

namespace instar::am {
namespace {

constexpr std::uint32_t kBootstrapStream = 0xb007;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

constexpr double kNormalQuantile = 1.959963984540054;  // .975
constexpr Index kFewestCells = 8;

/// The cells that have weight.
math::Cloud weighted_cells(const math::Cloud& cloud) {
  std::vector<Index> kept;
  for (Index i = 0; i < cloud.points.rows(); ++i)
    if (cloud.weights(i) > 0) kept.push_back(i);
  math::Cloud there{core::take_rows(cloud.points, kept), Vector(static_cast<Index>(kept.size()))};
  for (std::size_t k = 0; k < kept.size(); ++k) there.weights(static_cast<Index>(k)) = cloud.weights(kept[k]);
  return there;
}

math::Cloud shuffled(const math::Cloud& cloud, core::Rng& rng) {
  std::vector<Index> order(static_cast<std::size_t>(cloud.points.rows()));
  std::iota(order.begin(), order.end(), Index{0});
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[static_cast<std::size_t>(rng.below(static_cast<std::int64_t>(i)))]);
  math::Cloud again{core::take_rows(cloud.points, order), Vector(cloud.weights.size())};
  for (std::size_t k = 0; k < order.size(); ++k) again.weights(static_cast<Index>(k)) = cloud.weights(order[k]);
  return again;
}

/// The first or second half of the rows.
math::Cloud half(const math::Cloud& cloud, int which) {
  const Index n = cloud.points.rows();
  const Index begin = which == 0 ? 0 : n / 2;
  const Index rows = which == 0 ? n / 2 : n - n / 2;
  return {cloud.points.middleRows(begin, rows), cloud.weights.segment(begin, rows)};
}

/// Participation ratio of the covariance: d for a round cloud, 1 for one on a line.
double effective_dimension(const math::Cloud& cloud) {
  const Vector share = cloud.weights / cloud.weights.sum();
  const Vector mean = cloud.points.transpose() * share;
  const Matrix centred = cloud.points.rowwise() - mean.transpose();
  const Matrix covariance = centred.transpose() * share.asDiagonal() * centred;
  const double squares = covariance.squaredNorm();
  return squares > 0 ? covariance.trace() * covariance.trace() / squares : 1;
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

/// Lower and upper bound. @param rate at which the excess falls with the number of cells
std::pair<double, double> bounds(double score, const std::vector<Subsample>& found, double rate) {
  const double factor = 1 / (std::pow(2.0, rate) - 1);
  std::vector<double> halves;
  std::vector<double> corrected;
  for (const Subsample& s : found) {
    halves.push_back(s.half);
    corrected.push_back(s.half - factor * (s.quarters - s.half));
  }
  const auto [mean, variance] = moments(halves);
  const double added = std::max(0.0, moments(corrected).second - variance);
  const double centre = score - factor * std::max(0.0, mean - score);
  const double reach = kNormalQuantile * std::sqrt(variance + std::pow(2.0, -rate) * added);
  return {std::max(0.0, centre - reach), std::max(0.0, centre + reach)};
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
  const math::Cloud a = weighted_cells(predicted);
  const math::Cloud b = weighted_cells(truth);
  ScoreIntervals intervals = ScoreIntervals::none();
  if (std::min(a.points.rows(), b.points.rows()) < kFewestCells) return intervals;
  constexpr std::size_t kCount = std::size(kDistances);
  std::array<std::vector<Subsample>, kCount> found;
  for (auto& one : found) one.resize(2 * static_cast<std::size_t>(resamples));
  core::parallel_for(resamples, [&](Index r) {
    core::Rng rng(seed, kBootstrapStream, static_cast<std::uint64_t>(r));
    const math::Cloud left = shuffled(a, rng);
    const math::Cloud right = shuffled(b, rng);
    for (std::size_t d = 0; d < kCount; ++d) {
      const auto pair = subsamples(left, right, kDistances[d]);
      std::copy(pair.begin(), pair.end(), found[d].begin() + 2 * r);
    }
  });
  const double transport_rate = std::min(1.0, 2 / effective_dimension(b));
  for (std::size_t d = 0; d < kCount; ++d) {
    const auto value = kDistances[d].value;
    const bool transport = value == &Scores::w1 || value == &Scores::w2;
    std::tie(intervals.low.*value, intervals.high.*value) =
        bounds(scores.*value, found[d], transport ? transport_rate : 1);
  }
  return intervals;
}

}  // namespace instar::am
