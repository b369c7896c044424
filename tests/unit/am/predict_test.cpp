#include "am/predict.hpp"

#include <cmath>
#include <doctest/doctest.h>

#include "am/fit.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"
#include "unit/am/gaussian_course.hpp"

using namespace instar;
using namespace instar::am;
using test::GaussianCourse;

namespace {

struct Fitted {
  core::Snapshots snapshots;
  Model model;
};

const Fitted& fitted() {
  static const Fitted result = [] {
    const GaussianCourse course;
    FitOptions options;
    options.steps = 400;
    options.width = 32;
    options.depth = 2;
    options.batch = 128;
    options.learning_rate = 5e-3;
    options.growth_scale = 4;
    options.mass = "given";
    options.given_masses = course.masses();
    const auto snapshots = course.sample(1);
    return Fitted{snapshots, train(prepare_fit(snapshots, options), options).model};
  }();
  return result;
}

PredictOptions to(const std::string& from, std::vector<double> times) {
  PredictOptions options;
  options.start = parse_start(from);
  options.times = std::move(times);
  return options;
}

}  // namespace

TEST_CASE("particles arrive where the cloud is, with its mass") {
  const auto& [snapshots, model] = fitted();
  const Prediction prediction = predict(model, snapshots, to("first", {1.5, 2}));
  REQUIRE(prediction.totals.size() == 2);
  for (const auto& total : prediction.totals) {
    CHECK(total.rows == 400);
    CHECK(total.mass == doctest::Approx(std::exp(0.3 * total.time)).epsilon(0.05));
    const Vector mean = prediction.coordinates.middleRows(total.first_row, total.rows).colwise().mean().transpose();
    CHECK(mean(0) == doctest::Approx(total.time).epsilon(0.1));
    CHECK(mean(1) == doctest::Approx(-0.5 * total.time).epsilon(0.15));
  }
}

TEST_CASE("forwards and back again is where it began") {
  const auto& [snapshots, model] = fitted();
  const Prediction there = predict(model, snapshots, to("0", {1.3}));
  auto moved = core::make_snapshots(there.coordinates, std::vector<double>(400, 1.3));
  const Prediction back = predict(model, moved, to("1.3", {0}));
  const Matrix start = core::take_rows(snapshots.coordinates, snapshots.cells[0]);
  CHECK((back.coordinates - start).cwiseAbs().maxCoeff() < 1e-3);  // rtol = atol = 1e-5, both ways
  CHECK((back.weight.array() * there.weight.array() - 1).abs().maxCoeff() < 1e-3);
}

TEST_CASE("at its own time a cell is itself, weight 1") {
  const auto& [snapshots, model] = fitted();
  const Prediction prediction = predict(model, snapshots, to("1", {1}));
  CHECK((prediction.weight.array() - 1).abs().maxCoeff() == 0);
  CHECK((prediction.coordinates - core::take_rows(snapshots.coordinates, snapshots.cells[1])).cwiseAbs().maxCoeff() <
        1e-12);
  CHECK(prediction.origin == std::vector<std::int64_t>(snapshots.cells[1].begin(), snapshots.cells[1].end()));
}

TEST_CASE("between joins both sides by their closeness in time") {
  const auto& [snapshots, model] = fitted();
  const Prediction prediction = predict(model, snapshots, to("between", {0.25}));
  double forward = 0;
  double backward = 0;
  for (Index i = 0; i < prediction.rows(); ++i)
    (prediction.origin_time[static_cast<std::size_t>(i)] == 0 ? forward : backward) += prediction.weight(i);
  CHECK(forward / (forward + backward) == doctest::Approx(0.75).epsilon(1e-9));
  CHECK((forward + backward) / 400 == doctest::Approx(prediction.totals[0].mass).epsilon(1e-9));
}

TEST_CASE("between, a cell at its own time is itself, weight 1, whatever the masses and numbers of cells") {
  const auto& [snapshots, model] = fitted();
  const Prediction prediction = predict(model, snapshots, to("between", {0, 0.5, 1, 2}));
  for (Index i = 0; i < prediction.rows(); ++i) {
    const auto row = static_cast<std::size_t>(i);
    if (prediction.time[row] == prediction.origin_time[row])
      REQUIRE(prediction.weight(i) == doctest::Approx(1).epsilon(1e-12));  // a sum of 400 ones, divided
  }
  CHECK(prediction.totals[3].rows == 400);
  CHECK(prediction.totals[3].mass == doctest::Approx(model.masses[2]).epsilon(1e-12));
}

TEST_CASE("previous starts at the latest training time before the target") {
  const auto& [snapshots, model] = fitted();
  const Prediction prediction = predict(model, snapshots, to("previous", {0.5, 1, 1.5}));
  REQUIRE(prediction.totals.size() == 3);
  CHECK(prediction.origin_time[0] == 0);
  CHECK(prediction.origin_time[400] == 0);
  CHECK(prediction.origin_time[800] == 1);
}

TEST_CASE("resampling keeps the mass and makes weights equal") {
  const auto& [snapshots, model] = fitted();
  auto options = to("first", {2});
  const Prediction plain = predict(model, snapshots, options);
  options.resample = true;
  const Prediction resampled = predict(model, snapshots, options);
  CHECK(resampled.weight.sum() == doctest::Approx(plain.weight.sum()).epsilon(1e-12));
  CHECK(resampled.weight.maxCoeff() == resampled.weight.minCoeff());
  CHECK(resampled.rows() == plain.rows());
}

TEST_CASE("fewer cells, the same cells each time") {
  const auto& [snapshots, model] = fitted();
  auto options = to("first", {1});
  options.cells = 50;
  const Prediction a = predict(model, snapshots, options);
  CHECK(a.rows() == 50);
  CHECK(predict(model, snapshots, options).origin == a.origin);
  options.seed = 1;
  CHECK(predict(model, snapshots, options).origin != a.origin);
}

TEST_CASE("targets outside the fitted times need to be meant") {
  const auto& [snapshots, model] = fitted();
  auto options = to("first", {2.5});
  CHECK_THROWS_WITH_AS(predict(model, snapshots, options), doctest::Contains("outside the fitted times, 0 to 2"),
                       UsageError);
  options.extrapolate = true;
  CHECK_NOTHROW(predict(model, snapshots, options));
  CHECK_THROWS_WITH_AS(predict(model, snapshots, to("0.5", {1})), doctest::Contains("no cells at time 0.5"),
                       UsageError);
}

TEST_CASE("threads do not change a byte") {
  GaussianCourse course;
  course.cells = 1200;  // three chunks of particles
  const auto snapshots = course.sample(2);
  const Model& model = fitted().model;
  core::set_threads(1);
  const Prediction one = predict(model, snapshots, to("between", {0.5, 1.5}));
  for (int threads : {2, 3, 8}) {
    core::set_threads(threads);
    const Prediction other = predict(model, snapshots, to("between", {0.5, 1.5}));
    CHECK(one.coordinates == other.coordinates);
    CHECK(one.weight == other.weight);
    CHECK(one.velocity == other.velocity);
    CHECK(one.growth == other.growth);
  }
}

TEST_CASE("following cells and replacing them exclude each other") {
  const auto& [snapshots, model] = fitted();
  auto options = to("first", {1, 2});
  options.same_cells = true;
  CHECK_NOTHROW(predict(model, snapshots, options));
  options.resample = true;
  CHECK_THROWS_AS(predict(model, snapshots, options), UsageError);
}

TEST_CASE("both solvers agree") {
  const auto& [snapshots, model] = fitted();
  auto options = to("first", {1.7});
  const Prediction adaptive = predict(model, snapshots, options);
  options.ode.solver = math::OdeOptions::Solver::rk4;
  const Prediction fixed = predict(model, snapshots, options);
  CHECK((adaptive.coordinates - fixed.coordinates).cwiseAbs().maxCoeff() < 1e-3);  // dopri5 at rtol = atol = 1e-5
}
