#include "core/weights.hpp"

#include <cmath>
#include <doctest/doctest.h>

using namespace instar::core;

namespace {

EffectiveCount counted(const std::vector<double>& weights) {
  EffectiveCount count;
  for (const double weight : weights) count.add(weight);
  return count;
}

}  // namespace

TEST_CASE("equal weights count all points, one large weight counts one") {
  CHECK(counted({3, 3, 3, 3}).value() == doctest::Approx(4));
  CHECK(counted({1, 0, 0}).value() == doctest::Approx(1));
  CHECK(std::isnan(counted({}).value()));
}

TEST_CASE("few is below a tenth of the points; where all weights are 0 none speaks for the others") {
  std::vector<double> weights(100, 0.0);
  std::fill(weights.begin(), weights.begin() + 10, 1.0);
  CHECK_FALSE(counted(weights).few());
  weights[0] = 1.5;
  CHECK(counted(weights).few());
  CHECK(counted({NAN, 1}).few());
  CHECK_FALSE(counted({0, 0}).few());
  CHECK_FALSE(counted({}).few());
}

TEST_CASE("a mass is beyond those fitted from three times the most and a third of the least on") {
  CHECK_FALSE(beyond_fitted(47, {1, 16}));
  CHECK(beyond_fitted(49, {1, 16}));
  CHECK_FALSE(beyond_fitted(.34, {1, 16}));
  CHECK(beyond_fitted(.33, {1, 16}));
  CHECK(beyond_fitted(NAN, {1}));
}

TEST_CASE("masses between fitted times grow at constant rates, and beyond them go on") {
  const std::vector<double> times{0, 2, 3}, masses{1, 16, 4};
  CHECK(mass_at(times, masses, 2) == 16);
  CHECK(mass_at(times, masses, 1) == doctest::Approx(4));
  CHECK(mass_at(times, masses, 2.5) == doctest::Approx(8));
  CHECK(mass_at(times, masses, -1) == doctest::Approx(.25));
  CHECK(mass_at(times, masses, 4) == doctest::Approx(1));
}
