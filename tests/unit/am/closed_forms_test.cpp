// Gaussians whose dynamics are known in closed form, learned by both estimators. Cells of all times are one standard
// sample, moved: then the optimal coupling of the samples is the map itself, and what is left is the network's error.
#include <Eigen/Cholesky>
#include <cmath>
#include <doctest/doctest.h>
#include <limits>
#include <numbers>

#include "am/coupling.hpp"
#include "am/predict.hpp"
#include "unit/am/gaussian_course.hpp"
#include "unit/am/small_fit.hpp"

using namespace instar;
using namespace instar::am;
using test::fit;
using test::small_options;

namespace {

/// [n, d] of mean 0 and covariance 1, exactly.
Matrix standard_cloud(Index n, Index d, std::uint64_t seed) {
  core::Rng rng(seed, 79);
  Matrix z(n, d);
  for (Index i = 0; i < z.size(); ++i) z.data()[i] = rng.normal();
  z.rowwise() -= z.colwise().mean().eval();
  const Matrix covariance = z.transpose() * z / static_cast<double>(n);
  return covariance.llt().matrixL().solve(z.transpose()).transpose();
}

core::Snapshots two_times(const Matrix& before, const Matrix& after) {
  Matrix x(before.rows() + after.rows(), before.cols());
  x << before, after;
  std::vector<double> times(static_cast<std::size_t>(before.rows()), 0.0);
  times.resize(static_cast<std::size_t>(x.rows()), 1.0);
  return core::make_snapshots(x, times);
}

FitOptions exact_options(const std::string& method, const std::string& estimator) {
  FitOptions options = small_options();
  options.method = method;
  options.estimator = estimator;
  options.coupling_blur = 0;
  return options;
}

double root_mean_square(const Matrix& x) { return std::sqrt(x.squaredNorm() / static_cast<double>(x.rows())); }

/// Relative error allowed: of the conditional estimator the network's own, the action's is noisier.
double tolerance(const std::string& estimator) { return estimator == "conditional" ? 0.04 : 0.12; }

/// 4 delta^2 sum over pairs of the squared distance of two Diracs: what the coupling says the WFR distance is.
double squared_distance(const Coupling& coupling, const Matrix& x, const Matrix& y, double delta) {
  double sum = 0;
  for (const auto& pair : coupling.pairs) {
    sum += pair.p + pair.q;
    if (pair.source < 0 || pair.target < 0) continue;
    const double angle = (x.row(pair.source) - y.row(pair.target)).norm() / (2 * delta);
    sum -= 2 * std::sqrt(pair.p * pair.q) * std::cos(angle);
  }
  return 4 * delta * delta * sum;
}

double squared_distance(const Matrix& x, double p, const Matrix& y, double q, double delta) {
  CouplingOptions options;
  options.growth_scale = delta;
  options.blur = 0;
  const auto masses = [](const Matrix& points, double total) {
    return Vector::Constant(points.rows(), total / static_cast<double>(points.rows())).eval();
  };
  return squared_distance(unbalanced_coupling(x, masses(x, p), y, masses(y, q), options), x, y, delta);
}

/// The distance between p N(0, s^2) and q N(shift, s^2) on a line for the cost D^2 / 4 delta^2, which that of WFR,
/// -2 log cos(D / 2 delta), exceeds by D^2 / 24 delta^2 of itself at most (next terms left out). (D) the plan's
/// marginals are Gaussians of the same deviation and mass M, their means shift / (1 + s^2 / delta^2) apart.
double gaussian_distance(double p, double q, double shift, double s, double delta) {
  const double plan = std::sqrt(p * q) * std::exp(-shift * shift / (8 * delta * delta * (1 + s * s / delta / delta)));
  return 4 * delta * delta * (p + q - 2 * plan);
}

}  // namespace

TEST_CASE("am: a translation has one velocity everywhere") {
  for (const std::string estimator : {"conditional", "action"}) {
    const Matrix z = standard_cloud(300, 2, 1);
    const Eigen::RowVector2d u(1.0, -0.5);
    const auto snapshots = two_times(z, z.rowwise() + u);
    const Model model = fit(snapshots, exact_options("am", estimator));
    CAPTURE(estimator);
    for (double t : {0.1, 0.5, 0.9}) {
      const Matrix miss = evaluate(model, t, z.rowwise() + t * u).velocity.rowwise() - u;
      CAPTURE(t);
      CHECK(root_mean_square(miss) < 1.5 * tolerance(estimator) * u.norm());
    }
    PredictOptions half;
    half.times = {0.5};
    const Matrix there = predict(model, snapshots, half).coordinates;
    CHECK(root_mean_square(there - (z.rowwise() + 0.5 * u)) < tolerance(estimator) * u.norm());
  }
}

TEST_CASE("am: a dilation without rotation is the gradient of a quadratic form") {
  // x -> A x with A symmetric, neither diagonal nor a multiple of one: v(t, x) = (A - 1) ((1 - t) + t A)^-1 x.
  const Eigen::Matrix2d turn{{0.8, -0.6}, {0.6, 0.8}};
  const Eigen::Matrix2d a = turn * Eigen::Vector2d(1.8, 0.5).asDiagonal() * turn.transpose();
  const Eigen::Matrix2d one = Eigen::Matrix2d::Identity();
  for (const std::string estimator : {"conditional", "action"}) {
    const Matrix z = standard_cloud(300, 2, 2);
    const auto snapshots = two_times(z, z * a);
    FitOptions options = exact_options("am", estimator);
    options.steps = 1200;
    const Model model = fit(snapshots, options);
    CAPTURE(estimator);
    for (double t : {0.2, 0.5, 0.8}) {
      const Matrix exact = z * (a - one);
      const Matrix learned = evaluate(model, t, z * ((1 - t) * one + t * a)).velocity;
      CAPTURE(t);
      CHECK(root_mean_square(learned - exact) < 2 * tolerance(estimator) * root_mean_square(exact));
    }
    PredictOptions end;
    end.times = {1};
    const Matrix there = predict(model, snapshots, end).coordinates;
    const Matrix covariance = there.transpose() * there / static_cast<double>(there.rows());
    CHECK((covariance - a * a).norm() < 2 * tolerance(estimator) * (a * a).norm());
  }
}

TEST_CASE("uam: a cloud that only grows, at the rate of the geodesic") {
  // Mass (1 + (sqrt 2 - 1) t)^2 everywhere: growth 2 (sqrt 2 - 1) / (1 + (sqrt 2 - 1) t), and nothing moves.
  const double rise = std::numbers::sqrt2 - 1;
  for (const std::string estimator : {"conditional", "action"}) {
    const Matrix z = standard_cloud(300, 2, 3);
    const auto snapshots = two_times(z, z);
    FitOptions options = exact_options("uam", estimator);
    options.growth_scale = 1.5;
    options.mass = "given";
    options.given_masses = {1, 2};
    const Model model = fit(snapshots, options);
    CAPTURE(estimator);
    for (double t : {0.1, 0.5, 0.9}) {
      const auto values = evaluate(model, t, z);
      const double exact = 2 * rise / (1 + rise * t);
      CAPTURE(t);
      CHECK(std::sqrt((values.growth.array() - exact).square().mean()) < tolerance(estimator) * exact);
      CHECK(root_mean_square(values.velocity) < tolerance(estimator));
    }
    PredictOptions end;
    end.times = {1};
    CHECK(predict(model, snapshots, end).totals[0].mass == doctest::Approx(2).epsilon(tolerance(estimator)));
  }
}

TEST_CASE("the WFR distance between two weighted Diracs is that of the coupling") {
  const double infinity = std::numeric_limits<double>::infinity();
  for (double delta : {0.7, 2.0})
    for (double apart : {0.0, 0.9, 1.5, 10.0}) {
      const Matrix x = Matrix::Zero(1, 2), y = Matrix{{0.6 * apart, 0.8 * apart}};
      const double p = 0.5, q = 3;
      const double cosine = std::cos(std::min(apart / (2 * delta), std::numbers::pi / 2));
      const double exact = 4 * delta * delta * (p + q - 2 * std::sqrt(p * q) * cosine);
      CHECK(squared_distance(x, p, y, q, delta) == doctest::Approx(exact).epsilon(1e-6));
    }
  // One Dirac and two: (D) by Cauchy and Schwarz the squared distance is 4 delta^2 (p + q_1 + q_2 - 2 sqrt(p sum q_j
  // cos_j^2)), the Dirac being shared out in proportion to q_j cos_j^2.
  const double p = 2, delta = 1.5;
  const Vector q{{0.7, 1.6}}, cosine{{std::cos(0.9 / (2 * delta)), std::cos(2.4 / (2 * delta))}};
  const Matrix one = Matrix::Zero(1, 1), two{{0.9}, {-2.4}};
  CouplingOptions options;
  options.growth_scale = delta;
  options.blur = 0;
  options.tolerance = 1e-6;
  const auto shared = unbalanced_coupling(one, Vector::Constant(1, p), two, q, options);
  const double reached = (q.array() * cosine.array().square()).sum();
  CHECK(squared_distance(shared, one, two, delta) ==
        doctest::Approx(4 * delta * delta * (p + q.sum() - 2 * std::sqrt(p * reached))).epsilon(1e-5));
  REQUIRE(shared.pairs.size() == 2);
  for (const auto& pair : shared.pairs)
    CHECK(pair.p == doctest::Approx(p * q(pair.target) * std::pow(cosine(pair.target), 2) / reached).epsilon(1e-2));
  // Without growth: mass times the squared distance.
  CouplingOptions balanced;
  balanced.growth_scale = infinity;
  balanced.blur = 0;
  const auto coupling =
      unbalanced_coupling(Matrix::Zero(1, 1), Vector::Ones(1), Matrix::Ones(1, 1), Vector::Ones(1), balanced);
  CHECK(squared_distance(coupling, Matrix::Zero(1, 1), Matrix::Ones(1, 1), 1e4) == doctest::Approx(1).epsilon(1e-6));
}

TEST_CASE("the WFR distance between weighted Gaussians") {
  const double s = 0.5, shift = 1.2, delta = 3;
  const Matrix z = s * standard_cloud(300, 1, 4);
  const Matrix y = z.array() + shift;
  const double distance = squared_distance(z, 1, y, 2, delta);
  // Of the closed form for the squared cost; distances of pairs are 1.2 on average, 2.4 at most: .3 % at most, and
  // 300 cells are no Gaussian.
  CHECK(distance == doctest::Approx(gaussian_distance(1, 2, shift, s, delta)).epsilon(0.01));
  CHECK(distance > 1.1 * gaussian_distance(1, 2, 0, s, delta));  // the shift matters: the test can fail
  // Masses scale as on any cone (Laschos and Mielke 2019): d(p a, q b) = sqrt(pq) d(a, b) + 4 delta^2 (sqrt p - sqrt
  // q)^2.
  const double alone = squared_distance(z, 1, y, 1, delta);
  const double cone = std::numbers::sqrt2 * alone + 4 * delta * delta * std::pow(std::numbers::sqrt2 - 1, 2);
  CHECK(distance == doctest::Approx(cone).epsilon(2e-3));  // both are solved to a gap of 1e-3
  // A growth scale far beyond all distances leaves transport: |shift|^2 + (s' - s)^2 between Gaussians.
  CHECK(squared_distance(z, 1, 2 * y, 1, 50) == doctest::Approx(4 * shift * shift + s * s).epsilon(0.01));
}

TEST_CASE("uam: particles of the learned field spend the WFR distance, evenly in time") {
  const double s = 0.5, shift = 1.2, delta = 3;
  const Matrix z = s * standard_cloud(300, 1, 4);
  const auto snapshots = two_times(z, z.array() + shift);
  const double exact = gaussian_distance(1, 2, shift, s, delta);
  for (const std::string estimator : {"conditional", "action"}) {
    FitOptions options = exact_options("uam", estimator);
    options.growth_scale = delta;
    options.mass = "given";
    options.given_masses = {1, 2};
    const Model model = fit(snapshots, options);
    CAPTURE(estimator);
    for (double t : {0.25, 0.5, 1.0}) {
      PredictOptions to;
      to.times = {t};
      const Prediction there = predict(model, snapshots, to);
      const Vector power =
          there.velocity.rowwise().squaredNorm() + delta * delta * there.growth.array().square().matrix();
      CAPTURE(t);
      // A squared quantity: twice the relative error of the rates.
      CHECK(there.weight.dot(power) / 300 == doctest::Approx(exact).epsilon(2 * tolerance(estimator)));
    }
  }
}

/// (D) s = a + b x + c x^2 / 2, the same at all times, keeps a Gaussian one: with mass m, mean mu, variance V and
///   d log m = lambda (s(mu) + c V / 2),   d mu = s'(mu) (1 + lambda V),   d V = 2 c V + sigma^2 + lambda c V^2.
/// So uam and ueam on dense snapshots have to find this very s: velocity s', growth lambda s.
TEST_CASE("uam and ueam on dense snapshots find the potential that carries a growing Gaussian") {
  constexpr double kA = 0.4, kB = 0.8, kC = -0.5, kDelta = 2, kLambda = 1 / (kDelta * kDelta);
  const auto s = [&](double x) { return kA + kB * x + 0.5 * kC * x * x; };
  for (const double sigma : {0.0, 0.6}) {
    std::vector<double> times, means, deviations, masses;
    double log_mass = 0, mean = -1, variance = 0.36;
    constexpr int kSmallSteps = 1000;  // of Euler between two times: errors below 1e-4
    constexpr double kStep = 0.05;
    for (int k = 0; k <= 30; ++k) {
      times.push_back(k * kStep);
      means.push_back(mean);
      deviations.push_back(std::sqrt(variance));
      masses.push_back(std::exp(log_mass));
      for (int i = 0; i < kSmallSteps; ++i) {
        const double h = kStep / kSmallSteps, slope = kB + kC * mean;
        log_mass += h * kLambda * (s(mean) + 0.5 * kC * variance);
        mean += h * slope * (1 + kLambda * variance);
        variance += h * (2 * kC * variance + sigma * sigma + kLambda * kC * variance * variance);
      }
    }
    const auto at = [&](const std::vector<double>& values) {
      return [&](double t) { return values[static_cast<std::size_t>(std::lround(t / kStep))]; };
    };
    const auto snapshots = test::normal_course(times, at(means), at(deviations), 400);
    FitOptions options = small_options();
    options.method = sigma > 0 ? "ueam" : "uam";
    options.sigma = sigma;
    options.growth_scale = kDelta;
    options.path = PathKind::snapshots;
    options.mass = "given";
    options.given_masses = masses;
    options.batch = 1024;
    const Model model = fit(snapshots, options);
    for (double t : {0.3, 0.75, 1.2}) {
      for (double away : {-1.0, 0.0, 1.0}) {
        const double x = at(means)(t) + away * at(deviations)(t);
        const auto values = evaluate(model, t, Matrix::Constant(1, 1, x));
        CAPTURE(sigma);
        CAPTURE(t);
        CAPTURE(away);
        // Velocities are .5 to 1.5, growth rates -.3 to .2.
        CHECK(std::abs(values.velocity(0, 0) - (kB + kC * x)) < 0.15);
        CHECK(std::abs(values.growth(0) - kLambda * s(x)) < 0.05);
      }
    }
    PredictOptions to_end;
    to_end.start = {Start::Kind::first, 0};
    to_end.times = {times.back()};
    const Prediction end = predict(model, snapshots, to_end);
    const double total = end.weight.sum();
    CHECK(total / 400 == doctest::Approx(masses.back()).epsilon(0.05));
    CHECK(std::abs(end.weight.dot(end.coordinates.col(0)) / total - means.back()) < 0.1);
  }
}
