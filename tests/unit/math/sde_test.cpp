#include "math/sde.hpp"

#include <cmath>
#include <doctest/doctest.h>

#include "core/error.hpp"

using namespace instar;

TEST_CASE("an Ornstein-Uhlenbeck process has its mean and variance; a column without noise follows its drift") {
  constexpr Index kParticles = 20000;
  constexpr double kSigma = 0.8, kRate = 1.5;
  const auto drift = [](double, const Matrix& y, Matrix& dy) {
    dy.col(0) = -kRate * y.col(0);
    dy.col(1).setOnes();
  };
  Matrix start(kParticles, 2);
  start.col(0).setConstant(2);
  start.col(1).setZero();
  core::Rng rng(1, 2);
  std::vector<Matrix> outputs;
  math::integrate_noisy(drift, {kSigma, 1, 0.02}, 1, start, {1, 1.4, 3}, rng,
                        [&](Index, const Matrix& y) { outputs.push_back(y); });
  REQUIRE(outputs.size() == 3);
  CHECK(outputs[0] == start);
  for (std::size_t k : {1UL, 2UL}) {
    const double t = k == 1 ? 0.4 : 2.0;
    const double mean = outputs[k].col(0).mean();
    const double variance = (outputs[k].col(0).array() - mean).square().mean();
    const double exact = kSigma * kSigma / (2 * kRate) * (1 - std::exp(-2 * kRate * t));
    CHECK(std::abs(mean - 2 * std::exp(-kRate * t)) < 5 * std::sqrt(exact / kParticles));
    CHECK(std::abs(variance / exact - 1) < 5 * std::sqrt(2.0 / kParticles));
    CHECK((outputs[k].col(1).array() - t).abs().maxCoeff() < 1e-12);
  }
  CHECK_THROWS_AS(math::integrate_noisy(drift, {kSigma, 1, 0.02}, 1, start, {0.5}, rng, [](Index, const Matrix&) {}),
                  UsageError);
}
