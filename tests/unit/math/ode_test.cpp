#include "math/ode.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <limits>

#include "core/error.hpp"

using namespace instar;
using namespace instar::math;

namespace {

// Harmonic oscillator beside logistic growth: rows start differently, every column has a closed form.
void swing_and_grow(double, const Matrix& y, Matrix& dy) {
  dy.col(0) = y.col(1);
  dy.col(1) = -y.col(0);
  dy.col(2) = (y.col(2).array() * (1 - y.col(2).array())).matrix();
}

Matrix start() {
  Matrix y(3, 3);
  y << 1, 0, 0.1, 0, 2, 0.5, -1, 0.5, 0.9;
  return y;
}

Matrix closed_form(double t) {
  const Matrix y0 = start();
  Matrix y(3, 3);
  y.col(0) = y0.col(0) * std::cos(t) + y0.col(1) * std::sin(t);
  y.col(1) = y0.col(1) * std::cos(t) - y0.col(0) * std::sin(t);
  for (Index i = 0; i < 3; ++i) y(i, 2) = 1 / (1 + (1 / y0(i, 2) - 1) * std::exp(-t));
  return y;
}

double largest_error(const OdeOptions& options, const std::vector<double>& times) {
  double error = 0;
  integrate(swing_and_grow, 0, start(), times, options, [&](Index k, const Matrix& y) {
    error = std::max(error, (y - closed_form(times[static_cast<std::size_t>(k)])).cwiseAbs().maxCoeff());
  });
  return error;
}

}  // namespace

TEST_CASE("dopri5 follows closed forms forwards and backwards at every output") {
  OdeOptions options;
  options.rtol = options.atol = 1e-9;
  // The error per step is held at 1e-9; some tens of steps add up to no more than 100 times that here.
  CHECK(largest_error(options, {0, 0.3, 1, 1, 5}) < 1e-7);
  CHECK(largest_error(options, {-0.5, -1.5}) < 1e-7);
}

TEST_CASE("dopri5's error follows the tolerance") {
  OdeOptions loose, tight;
  loose.rtol = loose.atol = 1e-5;
  tight.rtol = tight.atol = 1e-10;
  const double ratio = largest_error(loose, {4}) / largest_error(tight, {4});
  CHECK(ratio > 1e4);
}

TEST_CASE("dopri5 spends no more evaluations than its order explains") {
  int evaluations = 0;
  OdeOptions options;
  options.rtol = options.atol = 1e-8;
  const OdeSystem counted = [&](double t, const Matrix& y, Matrix& dy) {
    ++evaluations;
    swing_and_grow(t, y, dy);
  };
  integrate(counted, 0, start(), {6.0}, options, [](Index, const Matrix&) {});
  CHECK(evaluations < 400);  // 6 a step; a controller that shrinks for no reason, or no FSAL, spends more
}

TEST_CASE("rk4 converges with order four") {
  OdeOptions coarse, fine;
  coarse.solver = fine.solver = OdeOptions::Solver::rk4;
  coarse.rk4_steps = 20;
  fine.rk4_steps = 40;
  const double order = std::log2(largest_error(coarse, {2}) / largest_error(fine, {2}));
  CHECK(order == doctest::Approx(4).epsilon(0.05));
}

TEST_CASE("time enters the system: y' = 5 t^4 is exact for dopri5") {
  const OdeSystem system = [](double t, const Matrix&, Matrix& dy) { dy.setConstant(5 * t * t * t * t); };
  integrate(system, -1, Matrix::Zero(1, 1), {2}, {}, [](Index, const Matrix& y) {
    CHECK(y(0, 0) == doctest::Approx(33).epsilon(1e-12));  // t^5 from -1 to 2; a fifth-order rule has no error
  });
}

TEST_CASE("a solution that blows up is an error that says when") {
  const OdeSystem square = [](double, const Matrix& y, Matrix& dy) { dy = y.cwiseProduct(y); };
  const Matrix one = Matrix::Ones(1, 1);  // y = 1 / (1 - t)
  OdeOptions options;
  CHECK_THROWS_AS(integrate(square, 0, one, {2}, options, [](Index, const Matrix&) {}), NumericError);
  options.solver = OdeOptions::Solver::rk4;
  CHECK_THROWS_AS(integrate(square, 0, one, {50}, options, [](Index, const Matrix&) {}), NumericError);
  const OdeSystem nan = [](double, const Matrix&, Matrix& dy) {
    dy.setConstant(std::numeric_limits<double>::quiet_NaN());
  };
  CHECK_THROWS_WITH_AS(integrate(nan, 3, one, {4}, {}, [](Index, const Matrix&) {}), doctest::Contains("time 3"),
                       NumericError);
}

TEST_CASE("too many steps, and times that turn back, are refused") {
  OdeOptions options;
  options.max_steps = 3;
  CHECK_THROWS_AS(integrate(swing_and_grow, 0, start(), {50}, options, [](Index, const Matrix&) {}), NumericError);
  CHECK_THROWS_AS(integrate(swing_and_grow, 0, start(), {1, 0.5}, {}, [](Index, const Matrix&) {}), UsageError);
  options = {};
  options.rtol = 0;
  CHECK_THROWS_AS(integrate(swing_and_grow, 0, start(), {1}, options, [](Index, const Matrix&) {}), UsageError);
}
