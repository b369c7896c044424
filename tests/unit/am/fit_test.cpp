#include "am/fit.hpp"

#include <cmath>
#include <doctest/doctest.h>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "unit/am/gaussian_course.hpp"
#include "unit/am/small_fit.hpp"

using namespace instar;
using namespace instar::am;
using test::fit;
using test::GaussianCourse;
using test::small_options;

namespace {

FitOptions growing_options() {
  FitOptions options = small_options();
  options.growth_scale = 2;
  return options;
}

}  // namespace

TEST_CASE("a cloud that moves and grows: velocity and growth are recovered") {
  const GaussianCourse course;
  const auto snapshots = course.sample(1);
  FitOptions options = growing_options();
  options.mass = "given";
  options.given_masses = course.masses();
  const Model model = fit(snapshots, options);
  for (double t : {0.25, 1.0, 1.75}) {
    const Vector centre = course.velocity * t;
    const auto values = evaluate(model, t, centre.transpose());
    CAPTURE(t);
    // 400 cells of deviation .5 place a mean within .025; velocities between two of them within .035, three times that.
    CHECK(values.velocity(0, 0) == doctest::Approx(1.0).epsilon(0.12));
    CHECK(values.velocity(0, 1) == doctest::Approx(-0.5).epsilon(0.2));
    CHECK(values.growth(0) == doctest::Approx(0.3).epsilon(0.2));
  }
}

TEST_CASE("am recovers the velocity and knows no growth") {
  const GaussianCourse course;
  FitOptions options = small_options();
  options.method = "am";
  const Model model = fit(course.sample(1), options);
  const auto values = evaluate(model, 0.5, (course.velocity * 0.5).transpose());
  CHECK(values.velocity(0, 0) == doctest::Approx(1.0).epsilon(0.12));
  CHECK(values.velocity(0, 1) == doctest::Approx(-0.5).epsilon(0.2));
  CHECK(values.growth(0) == 0);
}

TEST_CASE("units of space and time do not matter") {
  const GaussianCourse course;
  auto snapshots = course.sample(2);
  FitOptions options = growing_options();
  options.steps = 50;
  const Model first = fit(snapshots, options);
  // The same cells in units 8 times smaller, times in units 4 times smaller: exact in binary, so the fit is the same.
  auto times = snapshots.cell_times;
  for (double& t : times) t *= 4;
  const auto rescaled = core::make_snapshots(snapshots.coordinates * 8, times);
  options.growth_scale = *options.growth_scale * 8;
  const Model second = fit(rescaled, options);
  const Matrix x = snapshots.coordinates.topRows(20);
  const auto a = evaluate(first, 0.5, x);
  const auto b = evaluate(second, 2.0, x * 8);
  CHECK((a.velocity * 8 / 4 - b.velocity).cwiseAbs().maxCoeff() < 1e-3 * a.velocity.cwiseAbs().maxCoeff());
  CHECK((a.growth / 4 - b.growth).cwiseAbs().maxCoeff() < 1e-3 * a.growth.cwiseAbs().maxCoeff());
}

TEST_CASE("the same bytes for any number of threads; another seed gives others") {
  const auto snapshots = GaussianCourse{}.sample(3);
  FitOptions options = growing_options();
  options.steps = 20;
  options.batch = 300;  // three shards an interval, the last one smaller
  core::set_threads(1);
  const auto reference = fit(snapshots, options).parameters;
  for (int threads : {2, 3, 8}) {
    core::set_threads(threads);
    CHECK(fit(snapshots, options).parameters == reference);
  }
  options.seed = 1;
  CHECK(fit(snapshots, options).parameters != reference);
}

TEST_CASE("held-out cells change nothing but with scale_with_all") {
  auto snapshots = GaussianCourse{}.sample(4);
  FitOptions options = growing_options();
  options.steps = 5;
  options.exclude_times = {1};
  options.scale = ScaleKind::whiten;
  const auto reference = fit(snapshots, options);
  for (Index row : snapshots.cells[1]) snapshots.coordinates.row(row) *= 3;
  CHECK(fit(snapshots, options).parameters == reference.parameters);
  CHECK(fit(snapshots, options).scaling.scale == reference.scaling.scale);
  options.scale_with_all = true;
  CHECK(fit(snapshots, options).scaling.scale != reference.scaling.scale);
}

TEST_CASE("what cannot be fitted is refused with the reason") {
  auto snapshots = GaussianCourse{}.sample(5);
  FitOptions options = growing_options();
  SUBCASE("a held-out time that does not exist") {
    options.exclude_times = {7};
    CHECK_THROWS_WITH_AS(prepare_fit(snapshots, options),
                         doctest::Contains("no cells at time 7; the times are 0, 1, 2"), UsageError);
  }
  SUBCASE("fewer than two times left") {
    options.exclude_times = {0, 1};
    CHECK_THROWS_WITH_AS(prepare_fit(snapshots, options), doctest::Contains("at least two times"), DataError);
  }
  SUBCASE("a time with one cell") {
    auto times = snapshots.cell_times;
    times[0] = -1;
    CHECK_THROWS_WITH_AS(prepare_fit(core::make_snapshots(snapshots.coordinates, times), options),
                         doctest::Contains("time -1: expected at least two cells"), DataError);
  }
  SUBCASE("NaN among the coordinates") {
    snapshots.coordinates(5, 1) = std::nan("");
    CHECK_THROWS_WITH_AS(prepare_fit(snapshots, options), doctest::Contains("dimension 2, found nan"), DataError);
  }
  SUBCASE("am along a path with growth") {
    options.method = "am";
    options.growth_scale.reset();
    options.path = PathKind::wfr;
    CHECK_THROWS_AS(prepare_fit(snapshots, options), UsageError);
  }
  SUBCASE("a learning rate that makes it diverge") {
    options.learning_rate = 1e30;
    CHECK_THROWS_WITH_AS(fit(snapshots, options), doctest::Contains("no longer finite at step"), NumericError);
  }
}
