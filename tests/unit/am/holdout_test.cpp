#include "am/holdout.hpp"

#include <cmath>
#include <doctest/doctest.h>

#include "am/baselines.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/rng.hpp"
#include "unit/am/gaussian_course.hpp"

using namespace instar;

namespace {

math::Cloud normal_cloud(Index n, Index dims, double shift, std::uint64_t seed) {
  core::Rng rng(seed, 1);
  math::Cloud cloud{Matrix(n, dims), Vector::Ones(n)};
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < dims; ++j) cloud.points(i, j) = rng.normal() + (j == 0 ? shift : 0);
  return cloud;
}

const am::HoldoutRow& row_of(const std::vector<am::HoldoutRow>& rows, const std::string& method) {
  for (const auto& row : rows)
    if (row.method == method) return row;
  throw std::runtime_error("no row " + method);
}

}  // namespace

TEST_CASE("the geodesic baseline follows motion and growth that are known") {
  test::GaussianCourse course;
  course.cells = 150;
  const core::Snapshots snapshots = course.sample(3);
  am::BaselineOptions options;
  options.growth_scale = 5;
  const auto masses = course.masses();
  options.mass = [&](double time) { return masses[static_cast<std::size_t>(time)]; };
  for (const auto& baseline : am::baselines(snapshots, options, 1, 0)) {
    if (baseline.method != "wfr-midpoint") continue;
    const Vector mean = (baseline.cloud.points.transpose() * baseline.cloud.weights) / baseline.cloud.weights.sum();
    CHECK(mean(0) == doctest::Approx(1).epsilon(0.1));  // sampling: .5 / sqrt(150) = .04 in each mean
    CHECK(mean(1) == doctest::Approx(-0.5).epsilon(0.2));
    CHECK(baseline.mass == doctest::Approx(masses[1]).epsilon(0.05));
    return;
  }
  FAIL("there is no wfr-midpoint");
}

TEST_CASE("previous and next are the neighbours' distances, and the floor is the mean of ten splits") {
  test::GaussianCourse course;
  course.cells = 60;
  const core::Snapshots snapshots = course.sample(4);
  am::FitOptions options;
  options.scale = am::ScaleKind::none;
  const auto rows = am::evaluate_baselines(snapshots, options, 1, 0, 0);
  CHECK(row_of(rows, "previous").scores.w1 ==
        math::wasserstein1(am::cells_at(snapshots, 0), am::cells_at(snapshots, 1)));
  CHECK(row_of(rows, "next").scores.w1 == math::wasserstein1(am::cells_at(snapshots, 2), am::cells_at(snapshots, 1)));
  double mean = 0;
  for (std::uint64_t split = 0; split < 10; ++split) {
    const auto [left, right] = am::sampling_floor(snapshots, 1, 0, split);
    mean += math::wasserstein1(left, right) / 10;
  }
  CHECK(row_of(rows, "floor").scores.w1 == doctest::Approx(mean).epsilon(1e-12));
  CHECK(row_of(rows, "floor-sd").scores.w1 > 0);
}

TEST_CASE("intervals are the same for any number of threads and hold the distance of the populations") {
  const math::Cloud a = normal_cloud(150, 1, 0, 5);
  const math::Cloud b = normal_cloud(150, 1, 1, 6);
  const am::Scores scores = am::score(a, b, 1, 1);
  core::set_threads(1);
  const auto one = am::bootstrap_intervals(a, b, scores, 60, 9);
  core::set_threads(3);
  const auto three = am::bootstrap_intervals(a, b, scores, 60, 9);
  core::set_threads(1);
  CHECK(one.low.w1 == three.low.w1);
  CHECK(one.high.energy == three.high.energy);
  CHECK(one.low.w1 < 1);  // two normal clouds one apart
  CHECK(one.high.w1 > 1);
  CHECK(std::isnan(one.low.mass_error));
}

TEST_CASE("intervals of a small cloud are none, and those of a weighted one are those of its cells") {
  const math::Cloud few = normal_cloud(7, 1, 0, 5);
  math::Cloud many = normal_cloud(40, 1, 1, 6);
  CHECK(std::isnan(am::bootstrap_intervals(few, many, am::score(few, many, 1, 1), 4, 0).low.w1));
  const auto plain = am::bootstrap_intervals(many, many, am::score(many, many, 1, 1), 4, 0);
  math::Cloud with_ghosts = many;  // cells of no weight
  with_ghosts.points.conservativeResize(60, 1);
  with_ghosts.points.bottomRows(20).setConstant(1e6);
  with_ghosts.weights.conservativeResize(60);
  with_ghosts.weights.tail(20).setZero();
  const auto same = am::bootstrap_intervals(with_ghosts, many, am::score(with_ghosts, many, 1, 1), 4, 0);
  CHECK(plain.high.w1 == same.high.w1);
  CHECK(plain.high.energy == same.high.energy);
}

namespace {

/// Two normal populations whose distances are known: the second moved by `shift` and spread by `scale`.
struct KnownPair {
  Index dims;
  double shift;
  double scale;
  /// A translation, or a dilation about the common mean, is the optimal map for both costs.
  double w1() const {
    const auto d = static_cast<double>(dims);
    return shift + (scale - 1) * std::sqrt(2) * std::tgamma((d + 1) / 2) / std::tgamma(d / 2);
  }
  double w2() const { return shift + (scale - 1) * std::sqrt(static_cast<double>(dims)); }
  /// Of a translation: x - y is normal of variance 2.
  double mmd() const {
    double sum = 0;
    for (const double gamma : {2.0, 1.0, .5, .1, .01, .005})
      sum += 2 * std::pow(1 + 4 * gamma, -static_cast<double>(dims) / 2) *
             (1 - std::exp(-gamma * shift * shift / (1 + 4 * gamma))) / 6;
    return sum;
  }
};

}  // namespace

TEST_CASE("bootstrap intervals cover the truth in 95 of 100 runs" * doctest::skip()) {
  constexpr int kRuns = 200;
  for (const KnownPair pair :
       {KnownPair{1, 0.5, 1}, KnownPair{2, 0.5, 1}, KnownPair{2, 2, 1}, KnownPair{3, 0, 1.5}, KnownPair{5, 1, 1}}) {
    int w1 = 0;
    int w2 = 0;
    int mmd = 0;
    for (int run = 0; run < kRuns; ++run) {
      const auto seed = static_cast<std::uint64_t>(run);
      const math::Cloud a = normal_cloud(200, pair.dims, 0, 1000 + 2 * seed);
      math::Cloud b = normal_cloud(200, pair.dims, 0, 1001 + 2 * seed);
      b.points *= pair.scale;
      b.points.col(0).array() += pair.shift;
      const auto interval = am::bootstrap_intervals(a, b, am::score(a, b, 1, 1), 40, seed);
      w1 += interval.low.w1 <= pair.w1() && pair.w1() <= interval.high.w1;
      w2 += interval.low.w2 <= pair.w2() && pair.w2() <= interval.high.w2;
      mmd += interval.low.mmd <= pair.mmd() && pair.mmd() <= interval.high.mmd;
    }
    MESSAGE(pair.dims << " dimensions, shift " << pair.shift << ", scale " << pair.scale << ": w1 covered " << w1
                      << ", w2 " << w2 << ", mmd " << mmd << " of " << kRuns);
    CHECK(w1 >= 184);  // 92 %
    CHECK(w1 <= 196);
    CHECK(w2 >= 184);
    CHECK(w2 <= 196);
    if (pair.scale != 1) continue;
    CHECK(mmd >= 184);
    CHECK(mmd <= 196);
  }
}

TEST_CASE("what can be held out") {
  test::GaussianCourse course;
  course.cells = 3;
  const core::Snapshots snapshots = course.sample(1);
  const std::vector<am::Start> wanted = {am::parse_start("previous"), am::parse_start("between")};
  CHECK(am::possible_starts(snapshots, {}, 1, wanted, core::silent()).size() == 2);
  CHECK(am::possible_starts(snapshots, {}, 2, wanted, core::silent()).size() == 1);
  CHECK_THROWS_AS(am::possible_starts(snapshots, {}, 0, wanted, core::silent()), UsageError);
  CHECK_THROWS_AS(am::possible_starts(snapshots, {0}, 1, wanted, core::silent()), UsageError);
  CHECK_THROWS_AS(am::inner_times(snapshots, {}, 1), UsageError);
}
