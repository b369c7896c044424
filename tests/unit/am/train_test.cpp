#include <cmath>
#include <doctest/doctest.h>

#include "am/checkpoint.hpp"
#include "am/fit.hpp"
#include "core/error.hpp"
#include "unit/am/gaussian_course.hpp"

using namespace instar;
using namespace instar::am;
using test::GaussianCourse;

namespace {

FitOptions quick_options() {
  FitOptions options;
  options.steps = 40;
  options.width = 16;
  options.depth = 2;
  options.batch = 64;
  options.growth_scale = 2;
  return options;
}

/// Trains until `stop_after` steps are done, then goes on from the checkpoint that this left.
FitResult interrupted(const core::Snapshots& snapshots, const FitOptions& options, int stop_after) {
  core::Record saved;
  int steps = 0;
  TrainHooks hooks;
  hooks.after_step = [&](const StepReport&) { ++steps; };
  hooks.stop = [&] { return steps == stop_after; };
  hooks.save = [&](const core::Record& record) { saved = record; };
  const FitResult first = train(prepare_fit(snapshots, options), options, core::silent(), hooks);
  CHECK_FALSE(first.finished);
  CHECK(first.steps == stop_after);
  TrainHooks resume;
  resume.resume = &saved;
  return train(prepare_fit(snapshots, options), options, core::silent(), resume);
}

}  // namespace

TEST_CASE("training that was interrupted and resumed gives the bytes of training without a break") {
  const auto snapshots = GaussianCourse{}.sample(1);
  FitOptions options = quick_options();
  SUBCASE("plain") {}
  SUBCASE("early stop") {
    options.early_stop = true;
    options.steps = 100;
  }
  SUBCASE("an ensemble, by the action, with noise and smoothness") {
    options.method = "ueam";
    options.sigma = 0.3;
    options.estimator = "action";
    options.time_smoothness = 0.1;
    options.ensemble = 2;
    options.steps = 20;
  }
  SUBCASE("warm-up and clipping") {
    options.warmup = 10;
    options.clip = 0.1;
  }
  const FitResult whole = train(prepare_fit(snapshots, options), options);
  for (int stop_after : {1, 17, 39}) {
    const FitResult pieces = interrupted(snapshots, options, stop_after);
    CHECK(pieces.finished);
    CHECK(pieces.model.parameters == whole.model.parameters);
    CHECK(pieces.loss == whole.loss);
  }
}

TEST_CASE("a checkpoint of another fit is refused with what differs") {
  const auto snapshots = GaussianCourse{}.sample(2);
  const FitOptions options = quick_options();
  core::Record saved;
  TrainHooks hooks;
  hooks.save = [&](const core::Record& record) { saved = record; };
  hooks.save_every = 7;
  train(prepare_fit(snapshots, options), options, core::silent(), hooks);
  CHECK(checkpoint_steps(saved) == 35);
  const auto resume = [&](const core::Snapshots& data, const FitOptions& other) {
    TrainHooks from;
    from.resume = &saved;
    train(prepare_fit(data, other), other, core::silent(), from);
  };
  FitOptions other = options;
  SUBCASE("options") {
    other.width = 8;
    CHECK_THROWS_WITH_AS(resume(snapshots, other), doctest::Contains("--width 8, found one with 16"), DataError);
  }
  SUBCASE("seed") {
    other.seed = 4;
    CHECK_THROWS_WITH_AS(resume(snapshots, other), doctest::Contains("--seed 4, found one with 0"), DataError);
  }
  SUBCASE("data") {
    auto moved = snapshots;
    moved.coordinates(3, 0) += 1e-9;
    CHECK_THROWS_WITH_AS(resume(moved, options), doctest::Contains("other data"), DataError);
  }
  SUBCASE("not a checkpoint") {
    saved = to_record(train(prepare_fit(snapshots, options), options).model);
    CHECK_THROWS_WITH_AS(resume(snapshots, options), doctest::Contains("--checkpoint, or is damaged"), DataError);
  }
}

TEST_CASE("every step is reported, with parts that add up") {
  const auto snapshots = GaussianCourse{}.sample(3);
  FitOptions options = quick_options();
  options.warmup = 4;
  std::vector<StepReport> reports;
  TrainHooks hooks;
  hooks.after_step = [&](const StepReport& report) { reports.push_back(report); };
  train(prepare_fit(snapshots, options), options, core::silent(), hooks);
  REQUIRE(reports.size() == 40);
  for (std::size_t i = 0; i < reports.size(); ++i) {
    CHECK(reports[i].step == static_cast<std::int64_t>(i));
    CHECK(reports[i].kinetic + reports[i].growth == doctest::Approx(reports[i].loss));
    CHECK(reports[i].samples == 128);
    CHECK(reports[i].gradient_norm > 0);
  }
  CHECK(reports[0].learning_rate == doctest::Approx(options.learning_rate / 4));
  CHECK(reports[3].learning_rate == doctest::Approx(options.learning_rate));
}

TEST_CASE("early stop keeps the network that was best on cells that it was not trained on") {
  GaussianCourse course;
  course.cells = 40;  // few enough to be learned by heart
  const auto snapshots = course.sample(4);
  FitOptions options = quick_options();
  options.steps = 4000;
  options.width = 64;
  options.learning_rate = 5e-3;
  options.coupling_blur = 0.01;
  options.early_stop = true;
  double best = HUGE_VAL;
  TrainHooks hooks;
  hooks.after_step = [&](const StepReport& report) { best = std::min(best, report.validation.value_or(HUGE_VAL)); };
  const FitProblem problem = prepare_fit(snapshots, options);
  CHECK(problem.intervals[0].source->rows() == 36);
  CHECK(problem.validation[0].source->rows() == 4);
  const FitResult result = train(problem, options, core::silent(), hooks);
  CHECK(result.steps < options.steps);
  CHECK(result.loss == best);
}
