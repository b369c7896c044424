#include "math/transport.hpp"

#include <algorithm>
#include <cmath>
#include <doctest/doctest.h>
#include <limits>
#include <numeric>
#include <random>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "math/sparse_transport.hpp"

using namespace instar;
using namespace instar::math;

namespace {

Matrix random_points(Index n, Index d, unsigned seed, double shift = 0) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  Matrix points(n, d);
  for (Index i = 0; i < points.size(); ++i) points.data()[i] = normal(engine) + shift;
  return points;
}

Vector random_weights(Index n, unsigned seed) {
  std::mt19937_64 engine(seed);
  std::uniform_real_distribution<double> uniform(0.1, 2);
  Vector weights(n);
  for (double& w : weights) w = uniform(engine);
  return weights;
}

/// Least cost of all assignments between clouds of equally many points, tried one by one.
double brute_force(const Matrix& a, const Matrix& b) {
  std::vector<Index> order(static_cast<std::size_t>(a.rows()));
  std::iota(order.begin(), order.end(), Index{0});
  double best = std::numeric_limits<double>::infinity();
  do {
    double sum = 0;
    for (Index i = 0; i < a.rows(); ++i) sum += (a.row(i) - b.row(order[static_cast<std::size_t>(i)])).norm();
    best = std::min(best, sum / static_cast<double>(a.rows()));
  } while (std::next_permutation(order.begin(), order.end()));
  return best;
}

/// W1 on a line: the area between the two distribution functions.
double area_between(const Matrix& a, const Vector& wa, const Matrix& b, const Vector& wb) {
  std::vector<std::pair<double, double>> jumps;
  for (Index i = 0; i < a.rows(); ++i) jumps.emplace_back(a(i, 0), wa[i] / wa.sum());
  for (Index j = 0; j < b.rows(); ++j) jumps.emplace_back(b(j, 0), -wb[j] / wb.sum());
  std::sort(jumps.begin(), jumps.end());
  double area = 0, level = 0;
  for (std::size_t k = 0; k + 1 < jumps.size(); ++k) {
    level += jumps[k].second;
    area += std::abs(level) * (jumps[k + 1].first - jumps[k].first);
  }
  return area;
}

void check_marginals(const std::vector<PlanEntry>& plan, const Vector& wa, const Vector& wb) {
  Vector rows = Vector::Zero(wa.size()), cols = Vector::Zero(wb.size());
  for (const PlanEntry& entry : plan) {
    CHECK(entry.mass > 0);
    rows[entry.row] += entry.mass;
    cols[entry.col] += entry.mass;
  }
  // Masses are whole multiples of 2^-52; what rounding leaves over (at most half a unit a point) sits on one point.
  const double tolerance = static_cast<double>(wa.size() + wb.size()) * 0x1p-52;
  CHECK((rows - wa / wa.sum()).cwiseAbs().maxCoeff() <= tolerance);
  CHECK((cols - wb / wb.sum()).cwiseAbs().maxCoeff() <= tolerance);
}

}  // namespace

TEST_CASE("the plan between few points is the best of all assignments") {
  for (unsigned seed = 0; seed < 5; ++seed) {
    const Matrix a = random_points(7, 2, seed), b = random_points(7, 2, seed + 100, 0.5);
    const ExactTransport found = exact_transport(a, Vector::Ones(7), b, Vector::Ones(7), GroundCost::euclidean);
    CHECK(found.cost == doctest::Approx(brute_force(a, b)).epsilon(1e-12));
  }
}

TEST_CASE("on a line W1 is the area between distribution functions, at any size and any weights") {
  for (const Index n : {1, 3, 200, 2000}) {
    const Matrix a = random_points(n, 1, 1), b = random_points(n / 2 + 1, 1, 2, 0.3);
    const Vector wa = random_weights(n, 3), wb = random_weights(n / 2 + 1, 4);
    const ExactTransport found = exact_transport(a, wa, b, wb, GroundCost::euclidean);
    const auto& plan = found.plan;
    const double cost = found.cost, dual = found.dual;
    const double area = area_between(a, wa, b, wb);
    CHECK(cost == doctest::Approx(area).epsilon(1e-10));
    CHECK(dual <= area * (1 + 1e-13));
    CHECK(dual >= area * (1 - 1e-9));
    CHECK(static_cast<Index>(plan.size()) <= n + n / 2);
    check_marginals(plan, wa, wb);
  }
}

TEST_CASE("moving a cloud by a constant costs that constant, and the plan is the identity") {
  const Index n = 1500;  // well above the size at which all pairs are handed to the simplex
  const Matrix a = random_points(n, 3, 5);
  Matrix b = a;
  b.col(1).array() += 0.25;
  const ExactTransport found = exact_transport(a, Vector::Ones(n), b, Vector::Ones(n), GroundCost::squared_euclidean);
  const auto& plan = found.plan;
  CHECK(found.cost == doctest::Approx(0.0625).epsilon(1e-9));
  REQUIRE(plan.size() == static_cast<std::size_t>(n));
  for (const PlanEntry& entry : plan) CHECK(entry.row == entry.col);
}

TEST_CASE("points without weight take no part, duplicates and a single point do") {
  Matrix a(4, 2), b(1, 2);
  a << 0, 0, 0, 0, 3, 4, 1e6, 1e6;
  b << 0, 0;
  Vector wa(4);
  wa << 1, 1, 2, 0;
  const ExactTransport found = exact_transport(a, wa, b, Vector::Ones(1), GroundCost::euclidean);
  const auto& plan = found.plan;
  CHECK(found.cost == doctest::Approx(2.5).epsilon(1e-14));
  REQUIRE(plan.size() == 3);
  CHECK(plan[2].row == 2);
  CHECK(plan[2].mass == doctest::Approx(0.5).epsilon(1e-14));
}

TEST_CASE("all points in one place cost nothing") {
  const Matrix a = Matrix::Ones(600, 2), b = Matrix::Ones(500, 2);
  CHECK(exact_transport(a, Vector::Ones(600), b, Vector::Ones(500), GroundCost::euclidean).cost == 0);
}

TEST_CASE("ties everywhere (points of a grid) do not keep the simplex from ending") {
  Matrix a(900, 2), b(900, 2);
  for (Index i = 0; i < 900; ++i) {
    a.row(i) << static_cast<double>(i % 30), static_cast<double>(i / 30);
    b.row(i) << static_cast<double>(i % 30) + 1, static_cast<double>(i / 30);
  }
  const ExactTransport found = exact_transport(a, Vector::Ones(900), b, Vector::Ones(900), GroundCost::euclidean);
  CHECK(found.cost == doctest::Approx(1).epsilon(1e-9));
}

TEST_CASE("entries come by row, then column, the same for any number of threads") {
  const Matrix a = random_points(700, 4, 7), b = random_points(500, 4, 8, 0.2);
  std::vector<PlanEntry> first;
  for (const int threads : {1, 2, 3, 8}) {
    core::set_threads(threads);
    const auto plan = exact_transport(a, Vector::Ones(700), b, Vector::Ones(500), GroundCost::euclidean).plan;
    const auto by_place = [](const PlanEntry& p, const PlanEntry& q) {
      return p.row != q.row ? p.row < q.row : p.col < q.col;
    };
    CHECK(std::is_sorted(plan.begin(), plan.end(), by_place));
    if (first.empty()) first = plan;
    const auto same = [](const PlanEntry& p, const PlanEntry& q) {
      return p.row == q.row && p.col == q.col && p.mass == q.mass;
    };
    CHECK(std::equal(plan.begin(), plan.end(), first.begin(), first.end(), same));
  }
}

TEST_CASE("the certificate bounds the cost from below by duals of all pairs, and units do not matter") {
  const Matrix a = random_points(800, 5, 11), b = random_points(600, 5, 12, 0.4);
  const Vector wa = random_weights(800, 13), wb = random_weights(600, 14);
  for (const GroundCost cost : {GroundCost::euclidean, GroundCost::squared_euclidean}) {
    const ExactTransport found = exact_transport(a, wa, b, wb, cost);
    CHECK(found.dual <= found.cost);
    CHECK(found.relative_gap() < 1e-9);  // costs are rounded to 2^-49 of the largest, duals add up some thousand
    CHECK(found.pricings >= 1);
    for (const double unit : {0x1p-100, 0x1p100}) {
      const ExactTransport other = exact_transport(unit * a, wa, unit * b, wb, cost);
      CHECK(other.cost == found.cost * (cost == GroundCost::euclidean ? unit : unit * unit));
    }
  }
}

TEST_CASE("the plan is that of a simplex on all pairs at once") {
  const Matrix a = random_points(90, 3, 15), b = random_points(70, 3, 16, 0.4);
  const std::vector<std::int64_t> row_supply(90, 7), col_supply(70, 9);
  std::vector<Arc> arcs;
  std::vector<double> costs;
  for (std::int32_t i = 0; i < 90; ++i)
    for (std::int32_t j = 0; j < 70; ++j) {
      arcs.push_back({i, j});
      costs.push_back((a.row(i) - b.row(j)).squaredNorm());
    }
  const SparseFlow reference = sparse_transport(arcs, costs, row_supply, col_supply);
  const auto plan = exact_transport(a, Vector::Ones(90), b, Vector::Ones(70), GroundCost::squared_euclidean).plan;
  Matrix off = Matrix::Zero(90, 70);
  for (std::size_t e = 0; e < arcs.size(); ++e)
    off(arcs[e].row, arcs[e].col) = static_cast<double>(reference.flow[e]) / 630;
  for (const PlanEntry& entry : plan) off(entry.row, entry.col) -= entry.mass;
  CHECK(off.cwiseAbs().maxCoeff() < 1e-12);  // whole units on either side, rounded to 2^-52
}

TEST_CASE("clouds that cannot be compared are refused") {
  const Matrix a = random_points(3, 2, 1), b = random_points(3, 3, 1);
  const Vector w = Vector::Ones(3);
  CHECK_THROWS_AS(exact_transport(a, w, b, w, GroundCost::euclidean), DataError);
  CHECK_THROWS_AS(exact_transport(a, Vector::Zero(3), a, w, GroundCost::euclidean), DataError);
  CHECK_THROWS_AS(exact_transport(a, -w, a, w, GroundCost::euclidean), DataError);
  CHECK_THROWS_AS(exact_transport(a, Vector::Ones(2), a, w, GroundCost::euclidean), DataError);
  Matrix c = a;
  c(1, 1) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(exact_transport(c, w, a, w, GroundCost::euclidean), DataError);
  CHECK_THROWS_AS(exact_transport(Matrix(0, 2), Vector(0), a, w, GroundCost::euclidean), DataError);
}
