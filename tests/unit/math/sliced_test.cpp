#include "math/sliced.hpp"

#include <cmath>
#include <doctest/doctest.h>

#include "core/parallel.hpp"
#include "core/rng.hpp"
#include "math/transport.hpp"

using namespace instar;
using math::GroundCost;

namespace {

math::Cloud cloud(Index n, Index dims, double shift, std::uint64_t seed) {
  core::Rng rng(seed, 1);
  math::Cloud cloud{Matrix(n, dims), Vector(n)};
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < dims; ++j) cloud.points(i, j) = rng.normal() + (j == 0 ? shift : 0);
    cloud.weights(i) = 0.2 + rng.uniform();
  }
  return cloud;
}

}  // namespace

TEST_CASE("on a line the sliced distances are the exact ones, whatever the weights") {
  const math::Cloud a = cloud(90, 1, 0, 1);
  const math::Cloud b = cloud(130, 1, 0.7, 2);
  // Directions are +1 and -1, sums of 220 shares: 1e-13 covers their rounding.
  CHECK(math::sliced_wasserstein(a, b, 1, 7) == doctest::Approx(math::wasserstein1(a, b)).epsilon(1e-12));
  CHECK(math::sliced_wasserstein(a, b, 2, 7) == doctest::Approx(math::wasserstein2(a, b)).epsilon(1e-12));
}

TEST_CASE("a shift in d dimensions has the sliced W2 |v| / sqrt(d), and the sliced W1 |v| E|u_1|") {
  const math::Cloud a = cloud(60, 3, 0, 3);
  math::Cloud b = a;
  b.points.col(0).array() += 2;
  // u_1 is uniform on [-1, 1] in three dimensions: E|u_1| = 1/2, E u_1^2 = 1/3; 4,000 directions scatter by 1 %.
  CHECK(math::sliced_wasserstein(a, b, 1, 4000) == doctest::Approx(1).epsilon(0.03));
  CHECK(math::sliced_wasserstein(a, b, 2, 4000) == doctest::Approx(2 / std::sqrt(3)).epsilon(0.03));
  CHECK(math::sliced_wasserstein(a, a, 2, 10) == 0);
}

TEST_CASE("sliced distances and bounds are the same for any number of threads") {
  const math::Cloud a = cloud(700, 4, 0, 5);
  const math::Cloud b = cloud(500, 4, 1, 6);
  core::set_threads(1);
  const double sliced = math::sliced_wasserstein(a, b, 1, 50);
  const auto bounds = math::transport_bounds(a.points, a.weights, b.points, b.weights, GroundCost::euclidean);
  for (const int threads : {2, 8}) {
    core::set_threads(threads);
    CHECK(math::sliced_wasserstein(a, b, 1, 50) == sliced);
    const auto again = math::transport_bounds(a.points, a.weights, b.points, b.weights, GroundCost::euclidean);
    CHECK(again.lower == bounds.lower);
    CHECK(again.upper == bounds.upper);
  }
  core::set_threads(1);
}

TEST_CASE("the optimum lies between the bounds, and they are close") {
  for (const Index dims : {1, 2, 5})
    for (const GroundCost cost : {GroundCost::euclidean, GroundCost::squared_euclidean}) {
      const math::Cloud a = cloud(1500, dims, 0, 7);
      const math::Cloud b = cloud(1200, dims, 0.5, 8);
      const double exact = math::exact_transport(a.points, a.weights, b.points, b.weights, cost).cost;
      const auto bounds = math::transport_bounds(a.points, a.weights, b.points, b.weights, cost);
      CHECK(bounds.lower <= exact * (1 + 1e-12));
      CHECK(bounds.upper >= exact * (1 - 1e-12));
      CHECK(bounds.upper - bounds.lower < 0.05 * exact);
    }
}
