#include "report/velocity_grid.hpp"

#include <cmath>
#include <doctest/doctest.h>

#include "report_content.hpp"

using namespace instar;
using namespace instar::report;
using namespace instar::testing;

TEST_CASE("mean velocities of squares, weighted") {
  Cloud cloud;
  Matrix at(5, 2);
  at << .1, .1, .2, .1, .1, .2, .9, .9, .15, .15;
  cloud.snapshots = core::make_snapshots(at, {0, 0, 0, 0, 0});
  cloud.velocity = Matrix::Zero(5, 2);
  cloud.velocity.col(0) << 1, 1, 5, 100, NAN;
  cloud.weight = {1, 1, 2, 1, 1};
  const auto arrows = velocity_grid(cloud, cloud.snapshots.cells[0], {0, 1, 0, 1}, 2, 3);
  REQUIRE(arrows.size() == 1);  // one cell alone in its square makes no arrow
  CHECK(arrows[0].dx == doctest::Approx(3));
  CHECK(arrows[0].x == doctest::Approx(.125));
}

TEST_CASE("stragglers do not set the frame, a wide cloud does") {
  Content content = small_content(1000, 1, {0});
  content.predicted.reset();
  content.observed->snapshots.coordinates(0, 0) = 1e6;
  CHECK(bounds_of(content).x_high < 10);
  content.observed->snapshots.coordinates(0, 0) = 1.2;
  CHECK(bounds_of(content).x_high > 1.2);
}

TEST_CASE("predicted cells that outran the data do not make them small") {
  Content content = small_content(1000, 1000, {0, 1});
  content.predicted->snapshots.coordinates.col(0) = content.observed->snapshots.coordinates.col(0);
  const Bounds before = bounds_of(content);
  for (Index i = 0; i < 300; ++i) content.predicted->snapshots.coordinates(i, 0) = 1e6;
  const Bounds bounds = bounds_of(content);
  CHECK(bounds.x_low == before.x_low);
  CHECK(bounds.x_high > before.x_high);
  const double most = .15 * (before.x_high - before.x_low);
  CHECK(bounds.x_high == doctest::Approx(before.x_high + most));
  for (Index i = 300; i < 600; ++i) content.predicted->snapshots.coordinates(i, 0) = -1e6;
  CHECK(bounds_of(content).x_low == doctest::Approx(before.x_low - most));  // at each side, so that both make 30 %
  CHECK(bounds_of(content).x_high == bounds.x_high);
  content.predicted->snapshots.coordinates.col(0).segment(300, 300).setZero();
  for (Index i = 0; i < 10; ++i) content.predicted->snapshots.coordinates(i + 290, 0) = 0;
  for (Index i = 0; i < 290; ++i) content.predicted->snapshots.coordinates(i, 0) = i < 10 ? 1e6 : 0;  // ten of 2,000
  CHECK(bounds_of(content).x_high == before.x_high);
}
