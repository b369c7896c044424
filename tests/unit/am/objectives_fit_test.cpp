// The objectives against closed forms: what is learned is compared with the true drift, growth and marginals.
#include <cmath>
#include <doctest/doctest.h>

#include "am/predict.hpp"
#include "core/error.hpp"
#include "unit/am/gaussian_course.hpp"
#include "unit/am/small_fit.hpp"

using namespace instar;
using namespace instar::am;
using test::fit;
using test::GaussianCourse;
using test::normal_course;
using test::small_options;

namespace {

/// Schroedinger bridge between N(0, s0^2) and N(2, s1^2) in unit time with noise sigma, in closed form (Bunne, Hsieh,
/// Cuturi, Krause, *The Schroedinger bridge between Gaussian measures has a closed form*, AISTATS 2023; one dimension).
struct Bridge {
  double s0 = 0.5, s1 = 0.8, sigma = 0.6, shift = 2;
  double covariance() const { return 0.5 * (std::sqrt(4 * s0 * s0 * s1 * s1 + std::pow(sigma, 4)) - sigma * sigma); }
  double variance(double t) const {
    return (1 - t) * (1 - t) * s0 * s0 + t * t * s1 * s1 + 2 * t * (1 - t) * covariance() + sigma * sigma * t * (1 - t);
  }
  double drift(double t, double x) const {
    const double slope = (((1 - t) * covariance() + t * s1 * s1) / variance(t) - 1) / (1 - t);
    return shift + slope * (x - shift * t);
  }
  core::Snapshots sample() const {
    return normal_course(
        {0, 1}, [this](double t) { return shift * t; }, [this](double t) { return t == 0 ? s0 : s1; }, 600);
  }
};

}  // namespace

TEST_CASE("eam on the entropic coupling learns the Schroedinger bridge between Gaussians") {
  const Bridge bridge;
  const auto snapshots = bridge.sample();
  FitOptions options = small_options();
  options.method = "eam";
  options.sigma = bridge.sigma;
  SUBCASE("conditional") {}
  SUBCASE("action") { options.estimator = "action"; }
  const Model model = fit(snapshots, options);
  for (double t : {0.2, 0.5, 0.8}) {
    const double spread = std::sqrt(bridge.variance(t));
    for (double away : {-1.0, 0.0, 1.0}) {
      const double x = bridge.shift * t + away * spread;
      const double learned = evaluate(model, t, Matrix::Constant(1, 1, x)).velocity(0, 0);
      CAPTURE(t);
      CAPTURE(away);
      // The drift's slope times the spread is up to .8 here; 600 cells and 64 partners a cell leave a tenth of it.
      CHECK(std::abs(learned - bridge.drift(t, x)) < 0.15);
    }
  }
  // Simulated with its noise it has the bridge's marginals: mean and deviation, on the way and at the target.
  PredictOptions predict_options;
  predict_options.start = {Start::Kind::first, 0};
  for (double t : {0.5, 1.0}) {
    predict_options.times = {t};
    const Matrix x = predict(model, snapshots, predict_options).coordinates;
    CAPTURE(t);
    CHECK(x.mean() == doctest::Approx(bridge.shift * t).epsilon(0.05));
    CHECK(std::sqrt((x.array() - x.mean()).square().mean()) ==
          doctest::Approx(std::sqrt(bridge.variance(t))).epsilon(0.1));
  }
  predict_options.start = {Start::Kind::at, 1};
  predict_options.times = {0};
  CHECK_THROWS_WITH_AS(predict(model, snapshots, predict_options), doctest::Contains("forwards only"), UsageError);
}

TEST_CASE("on dense snapshots the action recovers the drift: Ornstein-Uhlenbeck for eam, its flow for am") {
  constexpr double kRate = 1, kSigma = 0.8, kStart = 2, kStartDeviation = 0.3;
  const auto mean = [](double t) { return kStart * std::exp(-kRate * t); };
  const auto variance = [](double t) {
    const double still = kSigma * kSigma / (2 * kRate);
    return still + (kStartDeviation * kStartDeviation - still) * std::exp(-2 * kRate * t);
  };
  std::vector<double> times;
  for (int k = 0; k <= 30; ++k) times.push_back(k * 0.05);
  const auto snapshots = normal_course(
      times, mean, [&](double t) { return std::sqrt(variance(t)); }, 400);
  FitOptions options = small_options();
  options.path = PathKind::snapshots;
  options.batch = 1024;
  for (const bool entropic : {true, false}) {
    options.method = entropic ? "eam" : "am";
    options.sigma = entropic ? kSigma : 0;
    const Model model = fit(snapshots, options);
    for (double t : {0.3, 0.75, 1.2}) {
      for (double away : {-1.0, 0.0, 1.0}) {
        const double x = mean(t) + away * std::sqrt(variance(t));
        // Without noise the same marginals are carried by -rate x - sigma^2/2 d log rho / dx.
        const double exact = -kRate * x + (entropic ? 0 : 0.5 * kSigma * kSigma * (x - mean(t)) / variance(t));
        CAPTURE(entropic);
        CAPTURE(t);
        CAPTURE(away);
        // Velocities are 0.5 to 2; a tenth of a typical one.
        CHECK(std::abs(evaluate(model, t, Matrix::Constant(1, 1, x)).velocity(0, 0) - exact) < 0.15);
      }
    }
    // Either way 400 cells of the first time end with the marginal of the last: mean .45, deviation .55.
    PredictOptions to_end;
    to_end.start = {Start::Kind::first, 0};
    to_end.times = {times.back()};
    const Matrix x = predict(model, snapshots, to_end).coordinates;
    CHECK(std::abs(x.mean() - mean(times.back())) < 0.1);
    CHECK(std::sqrt((x.array() - x.mean()).square().mean()) ==
          doctest::Approx(std::sqrt(variance(times.back()))).epsilon(0.15));
  }
}

// Were times those of the snapshots alone, a network that can would rise between them and fall at them, and the loss
// would sink to -10^5 here.
TEST_CASE("on snapshots a network that is quick in time does not sink between them") {
  std::vector<double> times;
  for (int k = 0; k <= 10; ++k) times.push_back(k * 0.1);
  const auto snapshots = normal_course(
      times, [](double t) { return t; }, [](double) { return 0.5; }, 200);
  FitOptions options = small_options();
  options.method = "am";
  options.path = PathKind::snapshots;
  options.time_scale = 30;
  options.learning_rate = 1e-2;
  const FitResult result = train(prepare_fit(snapshots, options), options);
  // Of the truth: -1/2 |v|^2 over the span, in network units; deviation .5, mean moving by 1, ten units of time.
  const double length = result.model.network_length;
  CHECK(result.loss == doctest::Approx(-0.5 * 0.1 * 0.1 / (length * length) * 10).epsilon(0.5));
}

TEST_CASE("the action recovers velocity and growth as the conditional objective does") {
  const GaussianCourse course;
  FitOptions options = small_options();
  options.estimator = "action";
  options.growth_scale = 2;
  options.mass = "given";
  options.given_masses = course.masses();
  SUBCASE("uam") {}
  SUBCASE("ueam") {
    options.method = "ueam";
    options.sigma = 0.2;
  }
  const Model model = fit(course.sample(1), options);
  const auto values = evaluate(model, 1, course.velocity.transpose());
  // Its estimate is noisier: twice the tolerance of the conditional objective's test.
  CHECK(values.velocity(0, 0) == doctest::Approx(1.0).epsilon(0.24));
  CHECK(values.velocity(0, 1) == doctest::Approx(-0.5).epsilon(0.4));
  CHECK(values.growth(0) == doctest::Approx(0.3).epsilon(0.4));
}

TEST_CASE("an ensemble is the mean of the fits with its seeds, and knows its spread") {
  const auto snapshots = GaussianCourse{}.sample(2);
  FitOptions options = small_options();
  options.steps = 30;
  options.growth_scale = 2;
  options.seed = 5;
  options.ensemble = 3;
  const Model together = from_record(to_record(fit(snapshots, options)));
  CHECK(together.ensemble == 3);
  const Matrix x = snapshots.coordinates.topRows(10);
  Matrix velocity = Matrix::Zero(10, 2);
  Vector growth = Vector::Zero(10), growth_squares = Vector::Zero(10);
  options.ensemble = 1;
  for (std::uint64_t seed : {5U, 6U, 7U}) {
    options.seed = seed;
    const auto alone = evaluate(fit(snapshots, options), 0.5, x);
    CHECK(alone.growth_spread.size() == 0);
    velocity += alone.velocity / 3;
    growth += alone.growth / 3;
    growth_squares.array() += alone.growth.array().square();
  }
  const auto values = evaluate(together, 0.5, x);
  CHECK((values.velocity - velocity).cwiseAbs().maxCoeff() < 1e-12);
  const Vector spread = ((growth_squares.array() - 3 * growth.array().square()) / 2).sqrt();
  CHECK((values.growth_spread - spread).cwiseAbs().maxCoeff() < 1e-6 * spread.maxCoeff());
  CHECK(values.velocity_spread.minCoeff() > 0);
}

TEST_CASE("smoothness in time makes velocity change less between times") {
  GaussianCourse course;
  auto snapshots = course.sample(3);
  for (Index row : snapshots.cells[1]) snapshots.coordinates(row, 1) += 1;  // a kink
  FitOptions options = small_options();
  options.growth_scale = 2;
  const auto change = [&](double mu) {
    options.time_smoothness = mu;
    const Model model = fit(snapshots, options);
    const Matrix x = Eigen::RowVector2d(1, 0.2);
    return (evaluate(model, 0.6, x).velocity - evaluate(model, 1.4, x).velocity).norm();
  };
  CHECK(change(1) < 0.6 * change(0));
}

TEST_CASE("combinations that make no sense are refused with the reason") {
  FitOptions options;
  const auto refused = [&](const char* reason) {
    CHECK_THROWS_WITH_AS(options.validate(), doctest::Contains(reason), UsageError);
  };
  SUBCASE("noise for am") {
    options.method = "am";
    options.sigma = 1;
    refused("use --method eam");
  }
  SUBCASE("eam without noise") {
    options.method = "eam";
    refused("give --sigma");
  }
  SUBCASE("eam along geodesics that grow") {
    options.method = "eam";
    options.sigma = 1;
    options.path = PathKind::wfr;
    refused("has no growth");
  }
  SUBCASE("nothing to match on snapshots") {
    options.path = PathKind::snapshots;
    options.estimator = "conditional";
    refused("use --estimator action");
  }
  SUBCASE("masses that change without growth") {
    options.method = "am";
    options.estimator = "action";
    options.mass = "cells";
    refused("leave --mass cells out, or use --method uam");
  }
  SUBCASE("too few snapshots to integrate over") {
    options.path = PathKind::snapshots;
    CHECK_THROWS_WITH_AS(prepare_fit(GaussianCourse{}.sample(1), options), doctest::Contains("at least 10 times"),
                         DataError);
  }
}
