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
  const auto rows = am::evaluate_baselines(snapshots, options, 1, {}, 0);
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

TEST_CASE("what can be held out") {
  test::GaussianCourse course;
  course.cells = 3;
  const core::Snapshots snapshots = course.sample(1);
  const std::vector<am::Start> wanted = {am::parse_start("previous"), am::parse_start("between")};
  CHECK(am::possible_starts(snapshots, {}, 1, wanted, core::silent()).size() == 2);
  CHECK(am::possible_starts(snapshots, {}, 2, wanted, core::silent()).size() == 1);
  CHECK_THROWS_AS(am::possible_starts(snapshots, {}, 0, wanted, core::silent()), UsageError);
  CHECK_THROWS_AS(am::possible_starts(snapshots, {0}, 1, wanted, core::silent()), DataError);
  CHECK_THROWS_AS(am::inner_times(snapshots, {}, 1), DataError);
}

TEST_CASE("settings are chosen by inner times whose gap is like that of the time held out") {
  core::Snapshots snapshots;
  snapshots.times = {0, 1, 2, 3, 4};
  snapshots.cells.resize(5);
  CHECK(am::inner_times(snapshots, {}, 1) == std::vector<double>{3});     // 2 lies between 0 and 3, without 1
  CHECK(am::inner_times(snapshots, {}, 2) == std::vector<double>{1, 3});  // equally unlike: 0 to 3 and 1 to 4
  CHECK(am::inner_times(snapshots, {}, 3) == std::vector<double>{1});
  CHECK(am::inner_times(snapshots, {}, 4) == std::vector<double>{1, 2});  // nothing lies after 4
  am::FitOptions options;
  options.exclude_times = {0};
  CHECK(am::inner_times(snapshots, options, 2) == std::vector<double>{3});
  snapshots.times = {0, 1, 2.1, 3, 4.2};  // gaps of 3 and 3.2, for one of 2: one is as unlike as the other
  CHECK(am::inner_times(snapshots, {}, 2.1) == std::vector<double>{1, 3});
  snapshots.times = {0, 1, 2, 4, 8};
  CHECK(am::inner_times(snapshots, {}, 2) == std::vector<double>{1});  // gaps of 4 and 7, for one of 3
}
