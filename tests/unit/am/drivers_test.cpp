#include "am/drivers.hpp"

#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <doctest/doctest.h>
#include <vector>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/rng.hpp"

using namespace instar;

namespace {

constexpr Index kCells = 300, kDims = 3;

Matrix normals(Index rows, Index cols, std::uint32_t stream) {
  core::Rng rng(7, stream);
  return Matrix::NullaryExpr(rows, cols, [&] { return rng.normal(); });
}

/// Cells of three times at random places, growing at random.
am::DriverCells some_cells() {
  am::DriverCells cells{normals(kCells, kDims, 1), Vector::LinSpaced(kDims, 2, -1), {}, {}};
  core::Rng rng(7, 2);
  for (Index i = 0; i < kCells; ++i) {
    cells.growth.push_back(rng.normal());
    cells.cell_times.push_back(static_cast<double>(i % 3));
  }
  return cells;
}

am::Drivers drivers_of(const Matrix& expression, const am::DriverCells& cells, std::int64_t permutations = 99,
                       std::int64_t memory = 1 << 20) {
  core::MemoryRowBlocks rows(core::sparse_block(expression), 64);
  am::DriverOptions options;
  options.permutations = permutations;
  options.memory = memory;
  options.seed = 3;
  return am::find_drivers(rows, cells, options);
}

/// Largest distance of the empirical distribution of p from the uniform one (Kolmogorov and Smirnov).
double distance_from_uniform(const Vector& p) {
  std::vector<double> sorted(p.begin(), p.end());
  std::sort(sorted.begin(), sorted.end());
  double distance = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i)
    distance =
        std::max(distance, std::abs(sorted[i] - (static_cast<double>(i) + .5) / static_cast<double>(sorted.size())));
  return distance;
}

}  // namespace

TEST_CASE("the gene that lies along the displacement changes most, by what it is made of") {
  const am::DriverCells cells = some_cells();
  Matrix slopes = .3 * normals(20, kDims, 3);
  slopes.row(4) = 1.5 * cells.displacement.transpose();
  slopes.row(9).setZero();
  const Matrix expression = (cells.coordinates * slopes.transpose() + .1 * normals(kCells, 20, 4)).array() + 5;
  const am::Drivers found = drivers_of(expression, cells);
  const Vector truth = slopes * cells.displacement;
  Index first = 0;
  found.change.cwiseAbs().maxCoeff(&first);
  CHECK(first == 4);
  // Slopes from 300 cells with noise of .1: a standard error of .1 / sqrt(300) for each unit of displacement.
  CHECK((found.change - truth).cwiseAbs().maxCoeff() < 4 * .1 / std::sqrt(300.0) * cells.displacement.norm());
  CHECK(found.change_p(4) == doctest::Approx(.01));
  CHECK(found.change_q(4) <= .05);
  CHECK(found.change_p(9) > .02);
  CHECK(found.cells == kCells);
  CHECK(found.mean(9) == doctest::Approx(expression.col(9).mean()));
  const double spread = std::sqrt((expression.col(4).array() - expression.col(4).mean()).square().sum() / (kCells - 1));
  CHECK(found.effect(4) == doctest::Approx(found.change(4) / spread));
}

TEST_CASE("with principal components of the same cells, slopes are the loadings") {
  const Matrix expression = normals(kCells, 8, 5) * normals(8, 8, 6);
  Eigen::MatrixXd centred = expression;
  centred.rowwise() -= centred.colwise().mean().eval();
  const Eigen::JacobiSVD<Eigen::MatrixXd> svd(centred, Eigen::ComputeThinU | Eigen::ComputeThinV);
  am::DriverCells cells = some_cells();
  cells.coordinates = centred * svd.matrixV().leftCols(kDims);
  const Vector expected = svd.matrixV().leftCols(kDims) * cells.displacement;
  CHECK((drivers_of(expression, cells, 0).change - expected).cwiseAbs().maxCoeff() < 1e-12 * expected.norm());
}

TEST_CASE("p-values of genes that have nothing to do with anything are uniform") {
  const am::DriverCells cells = some_cells();
  core::Rng rng(7, 8);
  const Matrix expression = Matrix::NullaryExpr(kCells, 500, [&] { return static_cast<double>(rng.poisson(1.0)); });
  const am::Drivers found = drivers_of(expression, cells, 199);
  // Kolmogorov's 1 % bound for 500 values, and half a step of the 200 that p can take.
  const double bound = 1.63 / std::sqrt(500.0) + .0025;
  CHECK(distance_from_uniform(found.change_p) < bound);
  CHECK(distance_from_uniform(found.growth_p) < bound);
  CHECK(found.change_q.minCoeff() > .05);
  CHECK(found.growth_q.minCoeff() > .05);
}

TEST_CASE("correlation with growth is that within times") {
  am::DriverCells cells = some_cells();
  Matrix expression = normals(kCells, 6, 9);
  for (Index i = 0; i < kCells; ++i) {
    const auto at = static_cast<std::size_t>(i);
    expression(i, 2) = cells.growth[at] + .5 * expression(i, 2) + 10 * cells.cell_times[at];
  }
  cells.growth[0] = std::nan("");
  double products = 0, growths = 0, genes = 0;
  for (int time = 0; time < 3; ++time) {
    double growth_mean = 0, gene_mean = 0, n = 0;
    for (Index i = time; i < kCells; i += 3) {
      if (i == 0) continue;
      growth_mean += cells.growth[static_cast<std::size_t>(i)];
      gene_mean += expression(i, 2);
      ++n;
    }
    for (Index i = time; i < kCells; i += 3) {
      if (i == 0) continue;
      const double a = cells.growth[static_cast<std::size_t>(i)] - growth_mean / n,
                   b = expression(i, 2) - gene_mean / n;
      products += a * b;
      growths += a * a;
      genes += b * b;
    }
  }
  const am::Drivers found = drivers_of(expression, cells);
  CHECK(found.growth(2) == doctest::Approx(products / std::sqrt(growths * genes)));
  CHECK(found.growth(2) > .8);
  CHECK(found.growth_p(2) == doctest::Approx(.01));
  CHECK(found.growth_cells == kCells - 1);
  // What all cells of a time share does not count.
  for (std::size_t i = 0; i < cells.growth.size(); ++i) cells.growth[i] += 100 * cells.cell_times[i];
  const am::Drivers shifted = drivers_of(expression, cells);
  CHECK((shifted.growth - found.growth).cwiseAbs().maxCoeff() < 1e-10);
}

TEST_CASE("drivers depend neither on threads nor on memory") {
  const am::DriverCells cells = some_cells();
  const Matrix expression = normals(kCells, 70, 10);
  core::set_threads(1);
  const am::Drivers one = drivers_of(expression, cells, 150);
  core::set_threads(3);
  for (const std::int64_t memory : {1, 1 << 17}) {
    const am::Drivers other = drivers_of(expression, cells, 150, memory);
    CHECK(one.change == other.change);
    CHECK(one.growth == other.growth);
    CHECK(one.change_p == other.change_p);
    CHECK(one.growth_p == other.growth_p);
  }
  core::set_threads(core::resolve_threads(0));
}

TEST_CASE("a gene that is the same everywhere has no p-value") {
  am::DriverCells cells = some_cells();
  Matrix expression = normals(kCells, 3, 11);
  expression.col(1).setConstant(.1);
  cells.coordinates(5, 0) = std::nan("");
  const am::Drivers found = drivers_of(expression, cells);
  CHECK(found.change(1) == 0);
  CHECK(std::isnan(found.effect(1)));
  CHECK(std::isnan(found.change_p(1)));
  CHECK(std::isnan(found.growth_q(1)));
  CHECK(found.cells == kCells - 1);
  cells.growth.clear();
  CHECK(std::isnan(drivers_of(expression, cells).growth(0)));
  cells.coordinates.topRows(kCells - 2).setConstant(std::nan(""));
  CHECK_THROWS_AS(drivers_of(expression, cells), DataError);
}

TEST_CASE("displacement is the integral of the mean velocity") {
  const std::vector<double> times{0, 1, 3};
  const std::vector<std::vector<Index>> groups{{0, 1}, {2}, {3}};
  Matrix velocity(4, 1);
  velocity << 1, 3, 4, std::nan("");
  const am::MeanVelocities mean = am::mean_velocities(times, groups, velocity, {});
  CHECK(mean.times == std::vector<double>{0, 1});
  CHECK(mean.velocity(0, 0) == 2);
  CHECK(am::displacement(mean, 0, 1)(0) == doctest::Approx(3));
  CHECK(am::displacement(mean, .5, 1)(0) == doctest::Approx(1.75));
  CHECK(am::displacement(mean, -1, 3)(0) == doctest::Approx(2 + 3 + 8));
  Vector weights(4);
  weights << 3, 1, 1, 1;
  CHECK(am::mean_velocities(times, groups, velocity, weights).velocity(0, 0) == doctest::Approx(1.5));
  CHECK_THROWS_AS(am::displacement(mean, 1, 1), UsageError);
  CHECK_THROWS_AS(am::displacement(am::mean_velocities(times, {{3}, {3}, {3}}, velocity, {}), 0, 1), DataError);
}
