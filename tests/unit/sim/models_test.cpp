#include <array>
#include <cmath>
#include <doctest/doctest.h>

#include "core/error.hpp"
#include "sim/bifurcation.hpp"
#include "sim/gaussian.hpp"
#include "sim/moons.hpp"
#include "sim/three_gene.hpp"

using namespace instar;
using namespace instar::sim;

namespace {

Matrix at_time(const Simulation& cells, double time) {
  std::vector<Index> rows;
  for (std::size_t i = 0; i < cells.cell_times.size(); ++i) {
    if (cells.cell_times[i] == time) rows.push_back(static_cast<Index>(i));
  }
  Matrix out(static_cast<Index>(rows.size()), cells.state.cols());
  for (Index i = 0; i < out.rows(); ++i) out.row(i) = cells.state.row(rows[static_cast<std::size_t>(i)]);
  return out;
}

double share(const Simulation& cells, double time, const std::string& lineage) {
  double all = 0, here = 0;
  for (std::size_t i = 0; i < cells.cell_times.size(); ++i) {
    if (cells.cell_times[i] != time) continue;
    all += 1;
    here += cells.lineages[static_cast<std::size_t>(cells.lineage[i])] == lineage ? 1 : 0;
  }
  return here / all;
}

}  // namespace

TEST_CASE("the Gaussian's cells, masses and truth are those of the closed form") {
  GaussianOptions options;
  options.plan.times = {0, 1, 3};
  options.plan.cells = 20000;
  options.dims = 4;
  options.speed = 2;
  options.dilation = -0.2;
  options.growth = 0.4;
  options.deviation = 1.5;
  const Simulation cells = gaussian(options);
  for (std::size_t k = 0; k < 3; ++k) {
    const double t = cells.times[k];
    CHECK(cells.population[k] == doctest::Approx(std::exp(0.4 * t)).epsilon(1e-12));
    const Matrix x = at_time(cells, t);
    const double sum = 1 + std::exp(0.4) + std::exp(1.2);
    CHECK(std::abs(static_cast<double>(x.rows()) - 20000 * std::exp(0.4 * t) / sum) < 1);
    const double deviation = 1.5 * std::exp(-0.2 * t);
    const Eigen::RowVectorXd mean = x.colwise().mean();
    const auto n = static_cast<double>(x.rows());
    for (Index j = 0; j < 4; ++j) {
      CHECK(std::abs(mean(j) - t) <= 4 * deviation / std::sqrt(n));  // speed 2 along (1, 1, 1, 1) / 2
      const double variance = (x.col(j).array() - mean(j)).square().mean();
      CHECK(std::abs(variance - deviation * deviation) <= 4 * deviation * deviation * std::sqrt(2 / n));
    }
  }
  // The velocity carries a quantile of one time to the same quantile of the next: its divergence is 4 a.
  for (Index i = 0; i < cells.state.rows(); i += 97) {
    const double t = cells.cell_times[static_cast<std::size_t>(i)];
    for (Index j = 0; j < 4; ++j) {
      CHECK(cells.velocity(i, j) == doctest::Approx(1 - 0.2 * (cells.state(i, j) - t)).epsilon(1e-12));
    }
  }
  CHECK(cells.lineage.empty());
}

TEST_CASE("three genes: resting cells rest, switching cells turn x2 on and divide by it") {
  ThreeGeneOptions options;
  options.plan.cells = 3000;
  const Simulation cells = three_gene(options);
  CHECK(cells.state.minCoeff() >= 0);
  for (Index i = 0; i < cells.state.rows(); ++i) {
    const double s2 = cells.state(i, 1) * cells.state(i, 1);
    CHECK(cells.growth[static_cast<std::size_t>(i)] == doctest::Approx(s2 / (1 + s2)).epsilon(1e-12));
  }
  CHECK(cells.state.rows() == 3000);
  CHECK(cells.population[4] > 2);
  CHECK(share(cells, 0, "switching") == doctest::Approx(0.5).epsilon(0.2));
  CHECK(share(cells, 4, "switching") > share(cells, 0, "switching") + 0.2);
  // At rest (0, 0, 2): x3^2 / (1 + x3^2) = .4 x3, an equilibrium.
  for (std::size_t i = 0; i < cells.lineage.size(); ++i) {
    if (cells.lineage[i] == 1) CHECK(std::abs(cells.state(static_cast<Index>(i), 2) - 2) < 1);
  }
}

TEST_CASE("bifurcation: one valley, then two; the branch that divides outgrows the one that dies") {
  BifurcationOptions options;
  options.plan.cells = 5000;
  options.plan.sampling = Sampling::equal;
  const Simulation cells = bifurcation(options);
  CHECK(cells.state.rows() == 5000);
  CHECK(share(cells, 0, "stem") > 0.95);
  CHECK(share(cells, 4, "stem") < 0.1);
  CHECK(share(cells, 4, "branch A") > 2 * share(cells, 4, "branch B"));
  CHECK(share(cells, 4, "branch B") > 0.05);
  // Progress, and the valley's floor h(p) = 2 sin(p / 2), which noise leaves by about noise / sqrt(2 * 2).
  for (const double t : {0.0, 1.0, 2.0, 3.0}) {
    const Matrix x = at_time(cells, t);
    CHECK(std::abs(x.col(0).mean() - t) < 0.15 * t + 0.05);
    CHECK(std::abs((x.col(2).array() - 2 * (x.col(0).array() / 2).sin()).mean()) < 0.05);
  }
  // On the branches the sides follow +-sqrt(2 (p - 0.3)), a little behind.
  double sides = 0, counted = 0;
  const Matrix last = at_time(cells, 4);
  for (Index i = 0; i < last.rows(); ++i) {
    if (std::abs(last(i, 1)) < 0.5) continue;
    sides += std::abs(last(i, 1)) / std::sqrt(2 * (last(i, 0) - 0.3)), counted += 1;
  }
  CHECK(sides / counted == doctest::Approx(0.98).epsilon(0.03));
  // The truth of a cell far on a branch.
  for (std::size_t i = 0; i < cells.growth.size(); ++i) {
    const auto row = static_cast<Index>(i);
    if (cells.state(row, 0) < 3 || std::abs(cells.state(row, 1)) < 1.2) continue;
    const double expected = cells.state(row, 1) > 0 ? 0.6 : 0.3 * 0.6 - 0.2;
    CHECK(std::abs(cells.growth[i] - expected) < 0.01);
  }
}

TEST_CASE("every option of a model does something, and impossible ones are refused") {
  BifurcationOptions base;
  base.plan.cells = 50;
  const Matrix expected = bifurcation(base).state;
  for (double BifurcationOptions::*option : {&BifurcationOptions::birth, &BifurcationOptions::death,
                                             &BifurcationOptions::speed, &BifurcationOptions::noise}) {
    BifurcationOptions changed = base;
    changed.*option = 0.9;
    const Matrix other = bifurcation(changed).state;
    CHECK((other.rows() != expected.rows() || other != expected));
    changed.*option = -1;
    CHECK_THROWS_AS(bifurcation(changed), UsageError);
  }
  GaussianOptions flat;
  flat.dims = 0;
  CHECK_THROWS_AS(gaussian(flat), UsageError);
  flat = {};
  flat.deviation = 0;
  CHECK_THROWS_AS(gaussian(flat), UsageError);
  ThreeGeneOptions genes;
  genes.death = -1;
  CHECK_THROWS_AS(three_gene(genes), UsageError);
}

TEST_CASE("moons: standard noise, then two half circles") {
  MoonsOptions options;
  options.plan.times = {0, 1};
  options.plan.cells = 40000;
  options.scatter = 0;
  const Simulation made = moons(options);
  REQUIRE(made.state.rows() == 40000);
  const Matrix noise = made.state.topRows(20000);
  const Matrix covariance = noise.transpose() * noise / 20000;
  CHECK((covariance - Matrix::Identity(2, 2)).norm() < 0.05);  // each entry good to .01
  double upper = 0;
  for (Index i = 20000; i < 40000; ++i) {
    const double side = made.lineage[static_cast<std::size_t>(i)] == 1 ? 1 : -1;
    const double x = side * made.state(i, 0) / 1.5 + 0.5, y = side * made.state(i, 1) / 1.5 + 0.25;
    CHECK_MESSAGE(std::abs(std::hypot(x, y) - 1) < 1e-12, i);
    CHECK_MESSAGE(y > -1e-12, i);
    upper += side > 0 ? 1 : 0;
  }
  CHECK(std::abs(upper / 20000 - 0.5) < 0.02);
  options.scatter = 0.3;
  CHECK(moons(options).state.row(30000) != made.state.row(30000));
  options.plan.times = {0, 1, 2};
  CHECK_THROWS_AS(moons(options), UsageError);
}
