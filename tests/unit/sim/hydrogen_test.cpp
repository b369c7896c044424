#include "sim/hydrogen.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <numbers>

using namespace instar;

// <f>_rho moves as <grad f . v>_rho: cells and velocities of the simulation against each other.
TEST_CASE("hydrogen: the velocity carries the density") {
  sim::HydrogenOptions options;
  options.plan.times = {15, 20, 25};
  options.plan.cells = 150000;
  options.plan.sampling = sim::Sampling::equal;
  const auto made = sim::hydrogen(options);
  REQUIRE(made.state.rows() == 150000);
  constexpr Index kCells = 50000;
  const auto f = [](const Eigen::Vector3d& x) { return std::sin(x[0] / 8) + std::sin(x[1] / 8); };
  const auto slope = [](const Eigen::Vector3d& x) {
    return Eigen::Vector3d(std::cos(x[0] / 8) / 8, std::cos(x[1] / 8) / 8, 0);
  };
  double means[3] = {0, 0, 0};
  double moved = 0;
  for (Index i = 0; i < made.state.rows(); ++i) {
    const Eigen::Vector3d x = made.state.row(i).transpose();
    means[i / kCells] += f(x) / kCells;
    if (i / kCells == 1) moved += slope(x).dot(Eigen::Vector3d(made.velocity.row(i).transpose())) / kCells;
  }
  // The means have standard errors of about .003, a tenth of their difference .0004, the mean slope about as much.
  CHECK(std::abs((means[2] - means[0]) / 10 - moved) < 5 * 0.0006);
  CHECK(std::abs(moved) > 0.01);
}

TEST_CASE("hydrogen: radii are those of the two states, and nothing grows") {
  sim::HydrogenOptions options;
  options.plan.times = {0, 40};
  options.plan.cells = 40000;
  const auto made = sim::hydrogen(options);
  // Cross terms vanish in the mean over angles: <r> = (10.5 + 5) / 2; deviation of r about 4.1 over 200.
  CHECK(std::abs(made.state.rowwise().norm().mean() - 7.75) < 5 * 4.1 / 200);
  CHECK(made.population == std::vector<double>{1, 1});
  CHECK(made.growth == std::vector<double>(40000, 0.0));
}

TEST_CASE("hydrogen: the velocity is free of rotation") {
  const Eigen::Vector3d x(3, -2, 4);
  constexpr double kStep = 1e-4;
  Eigen::Matrix3d jacobian;
  for (Index j = 0; j < 3; ++j) {
    Eigen::Vector3d up = x, down = x;
    up[j] += kStep;
    down[j] -= kStep;
    jacobian.col(j) = (sim::hydrogen_velocity(up, 7) - sim::hydrogen_velocity(down, 7)) / (2 * kStep);
  }
  CHECK((jacobian - jacobian.transpose()).norm() < 1e-6 * jacobian.norm());
  CHECK(jacobian.norm() > 1e-3);
}

// The phase of psi winds around the line where psi = 0: a gradient on either side of it, not all around.
TEST_CASE("hydrogen: the velocity circulates around the node, by a whole turn of the phase") {
  const auto circulation = [](double radius, double height, double time) {
    constexpr int kParts = 2000;
    double sum = 0;
    for (int i = 0; i < kParts; ++i) {
      const double angle = 2 * std::numbers::pi * i / kParts;
      const Eigen::Vector3d x(radius * std::cos(angle), radius * std::sin(angle), height);
      const Eigen::Vector3d along(-std::sin(angle), std::cos(angle), 0);
      sum += sim::hydrogen_velocity(x, time).dot(along) * radius * 2 * std::numbers::pi / kParts;
    }
    return sum;
  };
  for (const double time : {0.0, 33.0}) {
    CHECK(std::abs(circulation(2, 4, time)) < 1e-9);  // the node is 5.2 from the axis at this height
    CHECK(circulation(10, 4, time) == doctest::Approx(-2 * std::numbers::pi).epsilon(1e-9));
  }
}
