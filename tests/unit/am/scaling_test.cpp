#include "am/scaling.hpp"

#include <doctest/doctest.h>

#include "core/error.hpp"

using namespace instar;
using namespace instar::am;

namespace {
Matrix points() {
  Matrix x(4, 2);
  x << 0, 10, 2, 10, 4, 30, 100, 100;  // the last row is held out
  return x;
}
const std::vector<Index> kRows = {0, 1, 2};
}  // namespace

TEST_CASE("whiten gives the defining rows mean 0 and variance 1") {
  const Scaling scaling = fit_scaling(points(), kRows, ScaleKind::whiten);
  const Matrix scaled = scaling.apply(points()).topRows(3);
  for (Index j = 0; j < 2; ++j) {
    CHECK(scaled.col(j).mean() == doctest::Approx(0).epsilon(1e-12));
    CHECK(scaled.col(j).squaredNorm() / 3 == doctest::Approx(1).epsilon(1e-12));
  }
}

TEST_CASE("global divides every dimension by the largest standard deviation") {
  const Scaling scaling = fit_scaling(points(), kRows, ScaleKind::global);
  CHECK(scaling.scale(0) == scaling.scale(1));
  CHECK(scaling.scale(0) == doctest::Approx(std::sqrt(800.0 / 9)));
}

TEST_CASE("none changes nothing, and undo reverses apply") {
  CHECK(fit_scaling(points(), kRows, ScaleKind::none).apply(points()) == points());
  for (const auto kind : {ScaleKind::whiten, ScaleKind::global, ScaleKind::none}) {
    const Scaling scaling = fit_scaling(points(), kRows, kind);
    CHECK((scaling.undo(scaling.apply(points())) - points()).cwiseAbs().maxCoeff() < 1e-12 * 100);
    CHECK(parse_scale_kind(to_string(kind)) == kind);
  }
}

TEST_CASE("a constant dimension cannot be whitened") {
  Matrix x = points();
  x.col(1).setConstant(3);
  CHECK_THROWS_WITH_AS(fit_scaling(x, kRows, ScaleKind::whiten),
                       doctest::Contains("dimension 2: expected a dimension that varies"), DataError);
  CHECK_NOTHROW(fit_scaling(x, kRows, ScaleKind::global));
}
