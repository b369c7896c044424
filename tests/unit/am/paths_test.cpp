#include "am/paths.hpp"

#include <array>
#include <cmath>
#include <doctest/doctest.h>
#include <limits>
#include <numbers>
#include <vector>

#include "core/error.hpp"

using namespace instar;
using namespace instar::am;

namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kRounding = 1e-13;  // some hundred roundings of numbers near 1

struct Pair {
  std::array<double, 3> x, y;
  double p, q, delta;
  double distance() const { return std::hypot(y[0] - x[0], y[1] - x[1], y[2] - x[2]); }
};

struct State {
  PathPoint point;
  std::array<double, 3> position{}, velocity{};
};

State wfr(const Pair& c, double tau, double dt = 1) {
  State s;
  s.point = wfr_path(c.x, c.y, c.p, c.q, c.delta, tau, dt, s.position, s.velocity);
  return s;
}

std::vector<Pair> ordinary_pairs() {
  return {{{0, 0, 0}, {1, 2, -1}, 1.0, 1.0, 1.5},
          {{0.3, -1, 2}, {0.5, -1, 2}, 0.2, 3.0, 0.7},
          {{0, 0, 0}, {3, 0, 0}, 2.0, 0.5, 1.0},  // nearly pi * delta: mass almost gone half way
          {{1, 1, 1}, {1, 1.001, 1}, 1.0, 4.0, 10},
          {{0, 0, 0}, {1, 1, 1}, 1e-9, 1.0, 2.0}};
}

}  // namespace

TEST_CASE("a geodesic starts with p at x and ends with q at y") {
  for (const Pair& c : ordinary_pairs()) {
    const State start = wfr(c, 0), end = wfr(c, 1);
    CHECK(start.point.mass == doctest::Approx(c.p).epsilon(kRounding));
    CHECK(end.point.mass == doctest::Approx(c.q).epsilon(kRounding));
    for (std::size_t k = 0; k < 3; ++k) {
      CHECK(start.position[k] == doctest::Approx(c.x[k]).epsilon(kRounding));
      CHECK(end.position[k] == doctest::Approx(c.y[k]).epsilon(kRounding));
    }
  }
}

TEST_CASE("the geodesic is the formula of the method page") {
  for (const Pair& c : ordinary_pairs()) {
    const double distance = c.distance(), angle = distance / (2 * c.delta), dt = 2.5;
    const double c0 = std::sqrt(c.p * c.q) * std::cos(angle);
    const double big_a = c.p + c.q - 2 * c0, big_b = c.p - c0;
    const double omega = 2 * c.delta * std::sqrt(c.p * c.q) * std::sin(angle);
    for (double tau : {0.1, 0.5, 0.8}) {
      const State s = wfr(c, tau, dt);
      const double mass = big_a * tau * tau - 2 * big_b * tau + c.p;
      // The page's formula loses digits where A or the mass is a small difference: 1e-9 of rounding is its own.
      CHECK(s.point.mass == doctest::Approx(mass).epsilon(1e-9));
      CHECK(s.point.growth == doctest::Approx((2 * big_a * tau - 2 * big_b) / (mass * dt)).epsilon(1e-6));
      const double moved =
          2 * c.delta *
          (std::atan(2 * c.delta * (big_a * tau - big_b) / omega) + std::atan(2 * c.delta * big_b / omega));
      for (std::size_t k = 0; k < 3; ++k) {
        const double unit = (c.y[k] - c.x[k]) / distance;
        CHECK(s.position[k] == doctest::Approx(c.x[k] + unit * moved).epsilon(1e-9));
        CHECK(s.velocity[k] == doctest::Approx(unit * omega / (mass * dt)).epsilon(1e-9));
      }
    }
  }
}

TEST_CASE("velocity and growth are the derivatives of position and log mass") {
  const double h = 1e-5, dt = 3;
  for (const Pair& c : ordinary_pairs())
    for (double tau : {0.2, 0.5, 0.9}) {
      const State before = wfr(c, tau - h, dt), here = wfr(c, tau, dt), after = wfr(c, tau + h, dt);
      // Central differences: h^2 of truncation times derivatives up to 1e3 near a bottleneck, eps / h of rounding.
      const double growth = (std::log(after.point.mass) - std::log(before.point.mass)) / (2 * h * dt);
      CHECK(here.point.growth == doctest::Approx(growth).epsilon(1e-6));
      for (std::size_t k = 0; k < 3; ++k)
        CHECK(here.velocity[k] ==
              doctest::Approx((after.position[k] - before.position[k]) / (2 * h * dt)).epsilon(1e-6));
    }
}

TEST_CASE("the action along a geodesic is the static cost of its two Diracs, at constant speed") {
  for (const Pair& c : ordinary_pairs()) {
    // delta^2-scaled WFR distance, closed form for two Diracs: |v|^2 + delta^2 g^2 integrated against the mass.
    const double cosine = std::cos(c.distance() / (2 * c.delta));
    const double expected = 4 * c.delta * c.delta * (c.p + c.q - 2 * std::sqrt(c.p * c.q) * cosine);
    for (double tau : {0.05, 0.3, 0.5, 0.77}) {
      const State s = wfr(c, tau);
      const double speed = std::hypot(s.velocity[0], s.velocity[1], s.velocity[2]);
      const double action = s.point.mass * (speed * speed + c.delta * c.delta * s.point.growth * s.point.growth);
      CHECK(action == doctest::Approx(expected).epsilon(1e-9));
    }
    // The coupling problem reduced to one pair: min over gamma of c gamma + KL(gamma|p) + KL(gamma|q).
    const double cost = -2 * std::log(cosine), gamma = std::sqrt(c.p * c.q) * cosine;
    const double value =
        cost * gamma + gamma * std::log(gamma / c.p) - gamma + c.p + gamma * std::log(gamma / c.q) - gamma + c.q;
    CHECK(4 * c.delta * c.delta * value == doctest::Approx(expected).epsilon(1e-9));
  }
}

TEST_CASE("velocity and growth of a geodesic come from one potential with lambda = 1 / delta^2") {
  // A potential s with u = grad s and g = lambda s that solves d_t s + |grad s|^2 / 2 + lambda s^2 / 2 = 0 obeys, along
  // the path, d(s)/dt = d_t s + |u|^2 = |u|^2 / 2 - lambda s^2 / 2, and du/dt = -lambda s u (D).
  const double h = 1e-5;
  for (const Pair& c : ordinary_pairs()) {
    const double lambda = 1 / (c.delta * c.delta);
    for (double tau : {0.2, 0.6}) {
      const State before = wfr(c, tau - h), here = wfr(c, tau), after = wfr(c, tau + h);
      const double s = here.point.growth / lambda;
      const double s_rate = (after.point.growth - before.point.growth) / (2 * h * lambda);
      double squared = 0;
      for (double v : here.velocity) squared += v * v;
      const double scale = 0.5 * squared + 0.5 * lambda * s * s;
      CHECK(std::abs(s_rate - (0.5 * squared - 0.5 * lambda * s * s)) < 1e-6 * scale);
      for (std::size_t k = 0; k < 3; ++k) {
        const double u_rate = (after.velocity[k] - before.velocity[k]) / (2 * h);
        CHECK(std::abs(u_rate + lambda * s * here.velocity[k]) < 1e-6 * scale);
      }
    }
  }
}

TEST_CASE("without a partner mass fades or appears in place") {
  const Pair fading{{1, 2, 3}, {1, 2, 3}, 0.4, 0, 1}, appearing{{4, 5, 6}, {1, 2, 3}, 0, 0.4, 1};
  for (double tau : {0.0, 0.25, 1.0}) {
    const State out = wfr(fading, tau, 2), in = wfr(appearing, tau, 2);
    CHECK(out.point.mass == doctest::Approx(0.4 * (1 - tau) * (1 - tau)));
    CHECK(in.point.mass == doctest::Approx(0.4 * tau * tau));
    CHECK(out.position == fading.x);
    CHECK(in.position == appearing.y);
    CHECK(out.velocity == std::array<double, 3>{});
    CHECK(in.velocity == std::array<double, 3>{});
  }
  CHECK(wfr(fading, 0.5, 2).point.growth == doctest::Approx(-2.0));
  CHECK(wfr(appearing, 0.5, 2).point.growth == doctest::Approx(2.0));
  CHECK(wfr(fading, 1).point.growth == -std::numeric_limits<double>::infinity());
  CHECK(wfr(appearing, 0).point.growth == std::numeric_limits<double>::infinity());
}

TEST_CASE("two cells in one place only grow") {
  const Pair c{{1, 2, 3}, {1, 2, 3}, 1, 4, 1};
  const State s = wfr(c, 0.5);
  CHECK(s.point.mass == doctest::Approx(2.25));
  CHECK(s.point.growth == doctest::Approx(2 * 1 / 1.5));
  CHECK(s.position == c.x);
  CHECK(s.velocity == std::array<double, 3>{});
}

TEST_CASE("a huge growth scale is the limit without end") {
  const double infinity = std::numeric_limits<double>::infinity();
  for (double q : {1.0, 2.0}) {
    const Pair limit{{0, 0, 0}, {1, 2, 2}, 1, q, infinity}, huge{{0, 0, 0}, {1, 2, 2}, 1, q, 1e8};
    for (double tau : {0.0, 0.3, 1.0}) {
      const State a = wfr(limit, tau), b = wfr(huge, tau);
      // (D / 2 delta)^2 = 2e-16 is all that may differ
      CHECK(a.point.mass == doctest::Approx(b.point.mass).epsilon(kRounding));
      CHECK(a.point.growth == doctest::Approx(b.point.growth).epsilon(kRounding));
      CHECK(a.position[1] == doctest::Approx(b.position[1]).epsilon(kRounding));
      CHECK(a.velocity[1] == doctest::Approx(b.velocity[1]).epsilon(kRounding));
    }
    CHECK(wfr(limit, 1).position[2] == doctest::Approx(2.0));
  }
}

TEST_CASE("cells further apart than pi times the growth scale are not a pair") {
  CHECK_THROWS_AS(wfr({{0, 0, 0}, {kPi * 1.01, 0, 0}, 1, 1, 1}, 0.5), NumericError);
  CHECK_NOTHROW(wfr({{0, 0, 0}, {kPi * 0.99, 0, 0}, 1, 1, 1}, 0.5));
}

TEST_CASE("a straight path is a line with log-linear mass") {
  const std::array<double, 2> x{0, 1}, y{2, -1};
  std::array<double, 2> position{}, velocity{};
  const double dt = 4;
  const PathPoint point = straight_path(x, y, 1, 16, 0.25, dt, position, velocity);
  CHECK(point.mass == doctest::Approx(2.0));
  CHECK(point.growth == doctest::Approx(std::log(16.0) / 4));
  CHECK(position[0] == doctest::Approx(0.5));
  CHECK(position[1] == doctest::Approx(0.5));
  CHECK(velocity[1] == doctest::Approx(-0.5));
  CHECK(straight_path(x, y, 1, 16, 0, dt, position, velocity).mass == 1.0);
  CHECK(straight_path(x, y, 1, 16, 1, dt, position, velocity).mass == doctest::Approx(16.0));
  CHECK(position == y);
}
