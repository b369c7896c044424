#include "math/loess.hpp"

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "support/reference_table.hpp"

using namespace instar;

TEST_CASE("local regression is scikit-misc's, at points that differ and points that coincide") {
  for (const double wanted : {0.0, 1.0, 2.0}) {
    std::vector<double> x, y, expected;
    for (const auto& row : test::reference_table("loess_skmisc.tsv")) {
      if (row[0] != wanted) continue;
      x.push_back(row[1]);
      y.push_back(row[2]);
      expected.push_back(row[3]);
    }
    REQUIRE(x.size() > 10);
    const auto n = static_cast<Index>(x.size());
    const Vector fitted = math::loess(Vector::Map(x.data(), n), Vector::Map(y.data(), n));
    // Values of order 1 by least squares of a condition below 1e3, in another order of the sums.
    CHECK((fitted - Vector::Map(expected.data(), n)).cwiseAbs().maxCoeff() < 1e-12);
  }
}

TEST_CASE("local regression gives back a parabola, for any number of threads") {
  const Vector x = Vector::LinSpaced(101, -3, 7).reverse();
  const Vector y = (2 * x.array().square() - x.array() + 4).matrix();
  core::set_threads(1);
  const Vector one = math::loess(x, y, 0.5);
  core::set_threads(3);
  CHECK(one == math::loess(x, y, 0.5));
  CHECK((one - y).cwiseAbs().maxCoeff() < 1e-11 * y.cwiseAbs().maxCoeff());
}

TEST_CASE("local regression says where it has nothing to go by") {
  const Vector x = Vector::Constant(20, 1);
  CHECK_THROWS_AS(math::loess(x, x), DataError);
  CHECK_THROWS_AS(math::loess(Vector::Ones(2), Vector::Ones(2)), DataError);
  CHECK_THROWS_AS(math::loess(x, x, 0), UsageError);
  CHECK_THROWS_AS(math::loess(x, x, 1.5), UsageError);
}
