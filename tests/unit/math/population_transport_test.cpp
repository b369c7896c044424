#include "math/population_transport.hpp"

#include <cmath>
#include <doctest/doctest.h>

#include "core/parallel.hpp"
#include "core/rng.hpp"
#include "math/similarity.hpp"
#include "math/transport.hpp"

using namespace instar;
using math::GroundCost;

namespace {

math::Cloud normal_cloud(Index n, Index dims, double shift, double scale, std::uint64_t seed) {
  core::Rng rng(seed, 1);
  math::Cloud cloud{Matrix(n, dims), Vector::Ones(n)};
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < dims; ++j) cloud.points(i, j) = scale * rng.normal() + (j == 0 ? shift : 0);
  return cloud;
}

}  // namespace

TEST_CASE("a similarity moves every cloud optimally: its potentials are feasible, and equal to the cost along it") {
  const math::Cloud cloud = normal_cloud(60, 3, 0, 1, 1);
  for (const double scale : {0.4, 1.0, 1.0 + 1e-9, 2.5}) {
    const math::Similarity map{Vector::Constant(3, 0.3), Vector::Constant(3, -0.4), scale};
    const Matrix moved = map.apply(cloud.points);
    CHECK((map.inverse().apply(moved) - cloud.points).cwiseAbs().maxCoeff() < 1e-12);
    for (const GroundCost cost : {GroundCost::euclidean, GroundCost::squared_euclidean})
      for (Index i = 0; i < 60; ++i)
        for (Index j = 0; j < 60; ++j) {
          const double squared = (cloud.points.row(i) - moved.row(j)).squaredNorm();
          const double price = cost == GroundCost::euclidean ? std::sqrt(squared) : squared;
          const double sum = map.source_potential(cloud.points.row(i).transpose(), cost) +
                             map.target_potential(moved.row(j).transpose(), cost);
          CHECK(sum <= price + 1e-12);  // coordinates of a few units, some ten operations
          if (i == j) CHECK(sum == doctest::Approx(price).epsilon(1e-10));
        }
  }
}

TEST_CASE("the duals of an exact transport are feasible on all pairs and add up to its cost") {
  const math::Cloud a = normal_cloud(300, 3, 0, 1, 2);
  math::Cloud b = normal_cloud(200, 3, 1, 1.5, 3);
  b.weights(7) = 0;
  for (const GroundCost cost : {GroundCost::euclidean, GroundCost::squared_euclidean}) {
    const auto found = math::exact_transport(a.points, a.weights, b.points, b.weights, cost);
    for (Index i = 0; i < 300; ++i)
      for (Index j = 0; j < 200; ++j) {
        const double squared = (a.points.row(i) - b.points.row(j)).squaredNorm();
        if (j != 7)
          CHECK(found.row_dual(i) + found.col_dual(j) <=
                (cost == GroundCost::euclidean ? std::sqrt(squared) : squared) + 1e-9);  // costs rounded to 2^-49
      }
    CHECK(found.col_dual(7) == 0);
    CHECK(a.weights.dot(found.row_dual) / 300 + b.weights.dot(found.col_dual) / 199 ==
          doctest::Approx(found.cost).epsilon(1e-9));
  }
}

TEST_CASE("the cost between populations comes out of small samples in many dimensions") {
  constexpr int kRuns = 20;
  double w1 = 0;
  double squared = 0;
  for (std::uint64_t run = 0; run < kRuns; ++run) {
    const math::Cloud a = normal_cloud(120, 5, 0, 1, 100 + 2 * run);
    const math::Cloud b = normal_cloud(200, 5, 1, 1, 101 + 2 * run);
    w1 += math::population_cost(a, b, GroundCost::euclidean, 5, run)->value / kRuns;
    squared += math::population_cost(a, b, GroundCost::squared_euclidean, 5, run)->value / kRuns;
  }
  // The distances between the samples are near 1.5 and 2.5. Means of 120 and 200 cells scatter by .12, of 20 runs .026.
  CHECK(std::abs(w1 - 1) < 0.08);
  CHECK(std::abs(squared - 1) < 0.16);
}

TEST_CASE("the standard error is that of the means where the cloud is moved, and scales with the units") {
  const math::Cloud a = normal_cloud(400, 2, 0, 1, 7);
  const math::Cloud b = normal_cloud(400, 2, 3, 1, 8);
  const auto found = math::population_cost(a, b, GroundCost::euclidean, 5, 0);
  CHECK(found->error == doctest::Approx(std::sqrt(2.0 / 400)).epsilon(0.1));
  const auto larger =
      math::population_cost({16 * a.points, a.weights}, {16 * b.points, b.weights}, GroundCost::euclidean, 5, 0);
  CHECK(larger->value == doctest::Approx(16 * found->value).epsilon(1e-9));
  CHECK(larger->error == doctest::Approx(16 * found->error).epsilon(1e-9));
}

TEST_CASE("what heavy cells add to the excess is no error of the estimate, which takes the excess off") {
  // Normal in 5 dimensions, one apart; the first drawn off its mean, with weights that put it right. The potentials are
  // -2 x and 2 x along the shift, so the linear terms have the variance 4 E[w x^2] / n + 4 / n, w the weights.
  constexpr int kRuns = 40;
  constexpr Index kCells = 150;
  constexpr double kOff = 0.6;
  const double linear = 4 * (std::exp(kOff * kOff) * (1 + kOff * kOff) + 1) / kCells;
  double found = 0;
  for (std::uint64_t run = 0; run < kRuns; ++run) {
    math::Cloud a = normal_cloud(kCells, 5, kOff, 1, 500 + 2 * run);
    a.weights = (kOff * kOff / 2 - kOff * a.points.col(0).array()).exp();
    const math::Cloud b = normal_cloud(kCells, 5, 1, 1, 501 + 2 * run);
    const double error = math::population_cost(a, b, GroundCost::squared_euclidean, 5, run)->error;
    found += error * error / kRuns;
  }
  // Squared errors scatter by half of themselves, their mean by 8 %. It is 1.3 times the linear variance; the duals
  // alone made it 1.8 times.
  CHECK(found > 0.9 * linear);
  CHECK(found < 1.5 * linear);
}

TEST_CASE("clouds of very different sizes, tiny ones and single places") {
  const math::Cloud few = normal_cloud(8, 2, 0, 1, 1);
  const math::Cloud many = normal_cloud(3000, 2, 1, 1, 2);
  const auto forth = math::population_cost(few, many, GroundCost::euclidean, 3, 0);
  REQUIRE(forth);
  CHECK(std::abs(forth->value - 1) < 4 / std::sqrt(8.0));
  CHECK(!math::population_cost(normal_cloud(7, 2, 0, 1, 1), many, GroundCost::euclidean, 3, 0));
  CHECK(!math::population_cost({Matrix::Ones(9, 2), Vector::Ones(9)}, many, GroundCost::euclidean, 3, 0));
}
