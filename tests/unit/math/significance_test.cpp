#include "math/significance.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <limits>

using namespace instar;

TEST_CASE("false discovery rates are those of Benjamini and Hochberg") {
  Vector p(5);
  p << .05, .01, .03, .02, .04;
  for (const double q : math::false_discovery_rates(p)) CHECK(q == doctest::Approx(.05));
  // p.adjust(c(.001, .5, .04, .03), "BH") of R: .004, .5, .0533, .0533
  Vector mixed(5);
  mixed << .001, .5, .04, std::numeric_limits<double>::quiet_NaN(), .03;
  const Vector q = math::false_discovery_rates(mixed);
  CHECK(q(0) == doctest::Approx(.004));
  CHECK(q(1) == doctest::Approx(.5));
  CHECK(q(2) == doctest::Approx(.16 / 3));
  CHECK(std::isnan(q(3)));
  CHECK(q(4) == doctest::Approx(.16 / 3));
}
