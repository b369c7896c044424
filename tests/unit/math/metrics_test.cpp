#include "math/metrics.hpp"

#include <array>
#include <cmath>
#include <doctest/doctest.h>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/rng.hpp"
#include "core/snapshots.hpp"
#include "io/h5ad.hpp"
#include "io/times.hpp"
#include "support/reference_table.hpp"
#include "support/shared_data.hpp"

using namespace instar;
using namespace instar::math;

namespace {

/// The clouds of tests/reference/transport_pot.py.
Cloud formula_cloud(Index n, Index d, double shift, double scale) {
  constexpr double kPrimes[] = {2, 3, 5, 7, 11, 13};
  Cloud cloud{Matrix(n, d), Vector(n)};
  for (Index i = 0; i < n; ++i) {
    const double number = static_cast<double>(i + 1);
    for (Index k = 0; k < d; ++k)
      cloud.points(i, k) = scale * std::pow(std::fmod(number * std::sqrt(kPrimes[k]), 1.0), 2) + shift;
    cloud.weights[i] = 0.25 + std::fmod(number * std::sqrt(17.0), 1.0);
  }
  return cloud;
}

double slow_mmd(const Cloud& a, const Cloud& b) {
  const auto mean = [](const Cloud& p, const Cloud& q) {
    double sum = 0;
    for (Index i = 0; i < p.weights.size(); ++i)
      for (Index j = 0; j < q.weights.size(); ++j)
        for (const double gamma : {2.0, 1.0, 0.5, 0.1, 0.01, 0.005})
          sum += p.weights[i] * q.weights[j] * std::exp(-gamma * (p.points.row(i) - q.points.row(j)).squaredNorm()) / 6;
    return sum / p.weights.sum() / q.weights.sum();
  };
  return mean(a, a) + mean(b, b) - 2 * mean(a, b);
}

}  // namespace

TEST_CASE("metrics are POT's, recorded") {
  for (const auto& row : test::reference_table("transport_pot.tsv")) {
    const auto d = static_cast<Index>(row[2]);
    Cloud a = formula_cloud(static_cast<Index>(row[0]), d, 0, 3);
    Cloud b = formula_cloud(static_cast<Index>(row[1]), d, 0.4, 2.5);
    if (row[3] == 0) {
      a.weights.setOnes();
      b.weights.setOnes();
    }
    CAPTURE(row[0]);
    // Both are exact optima; POT's ends at a double-precision tolerance of its own.
    CHECK(wasserstein1(a, b) == doctest::Approx(row[4]).epsilon(1e-9));
    CHECK(wasserstein2(a, b) == doctest::Approx(row[5]).epsilon(1e-9));
    // Differences of means of order 1, each good to some 1e-14.
    CHECK(std::abs(mmd(a, b) - row[6]) < 1e-13);
    CHECK(std::abs(energy_distance(a, b) - row[7]) < 1e-13);
  }
}

TEST_CASE("mmd from one exponential equals the sum of six") {
  const Cloud a = formula_cloud(30, 3, 0, 8), b = formula_cloud(20, 3, 1, 9);
  CHECK(std::abs(mmd(a, b) - slow_mmd(a, b)) < 1e-14);
}

TEST_CASE("a cloud is at distance 0 from itself, whatever the scale of its weights") {
  const Cloud a = formula_cloud(600, 2, 0, 3);
  Cloud b = a;
  b.weights *= 7;
  CHECK(wasserstein1(a, b) == doctest::Approx(0).epsilon(1e-12));
  CHECK(mmd(a, b) < 1e-14);
  CHECK(energy_distance(a, b) < 1e-13);
}

TEST_CASE("two single points: closed forms") {
  const Cloud a{Matrix::Zero(1, 2), Vector::Ones(1)};
  const Cloud b{(Matrix(1, 2) << 3, 4).finished(), Vector::Constant(1, 0.2)};
  double kernel = 0;
  for (const double gamma : {2.0, 1.0, 0.5, 0.1, 0.01, 0.005}) kernel += std::exp(-25 * gamma) / 6;
  CHECK(wasserstein1(a, b) == doctest::Approx(5).epsilon(1e-15));
  CHECK(wasserstein2(a, b) == doctest::Approx(5).epsilon(1e-15));
  CHECK(energy_distance(a, b) == doctest::Approx(10).epsilon(1e-15));
  CHECK(mmd(a, b) == doctest::Approx(2 - 2 * kernel).epsilon(1e-14));
}

TEST_CASE("embryoid bodies: the distance between neighbouring times is POT's") {
  const auto path = test::shared_data("eb_pca20.h5ad");
  if (!path) return;
  const io::H5adFile file(*path);
  Matrix points = file.obsm("X_pca").leftCols(5);
  points.rowwise() -= points.colwise().mean().eval();
  points.array().rowwise() /=
      (points.colwise().squaredNorm().array() / static_cast<double>(points.rows())).sqrt().eval();
  const core::Snapshots cells = core::make_snapshots(points, io::read_times(file, "time").values);
  const auto cloud = [&](std::size_t k) {
    return Cloud{core::take_rows(cells.coordinates, cells.cells[k]),
                 Vector::Ones(static_cast<Index>(cells.cells[k].size()))};
  };
  core::set_threads(2);
  CHECK(wasserstein1(cloud(0), cloud(1)) == doctest::Approx(1.24830).epsilon(1e-5));  // printed to five digits
  CHECK(wasserstein1(cloud(2), cloud(3)) == doctest::Approx(0.81467).epsilon(1e-5));
}

TEST_CASE("metrics are the same bytes for any number of threads") {
  const Cloud a = formula_cloud(333, 3, 0, 3), b = formula_cloud(222, 3, 0.4, 2.5);
  const auto all = [&] { return std::array{mmd(a, b), energy_distance(a, b), wasserstein1(a, b), wasserstein2(a, b)}; };
  core::set_threads(1);
  const auto one = all();
  for (const int threads : {2, 3, 8}) {
    core::set_threads(threads);
    CHECK(all() == one);
  }
  core::set_threads(1);
}

TEST_CASE("the unbiased mmd leaves pairs of a cell with itself out, and is 0 on average of equal clouds") {
  constexpr double kGamma = 0.3;
  const auto mean = [](const Cloud& p, const Cloud& q, bool apart) {
    double sum = 0, weight = 0;
    for (Index i = 0; i < p.weights.size(); ++i)
      for (Index j = 0; j < q.weights.size(); ++j) {
        if (apart && i == j) continue;
        const double pair = p.weights[i] * q.weights[j];
        sum += pair * std::exp(-kGamma * (p.points.row(i) - q.points.row(j)).squaredNorm());
        weight += pair;
      }
    return sum / weight;
  };
  const Cloud a = formula_cloud(40, 3, 0, 3), b = formula_cloud(55, 3, 0.4, 2.5);
  CHECK(std::abs(mmd_unbiased(a, b, kGamma) - (mean(a, a, true) + mean(b, b, true) - 2 * mean(a, b, false))) < 1e-13);

  constexpr int kPairs = 400;
  double sum = 0, squares = 0;
  for (int i = 0; i < kPairs; ++i) {
    core::Rng rng(5, 6, static_cast<std::uint64_t>(i));
    Cloud one{Matrix(30, 2), Vector::Ones(30)}, two{Matrix(20, 2), Vector::Ones(20)};
    for (Matrix* points : {&one.points, &two.points})
      for (Index k = 0; k < points->size(); ++k) points->data()[k] = rng.normal();
    const double value = mmd_unbiased(one, two, kGamma);
    sum += value / kPairs;
    squares += value * value / kPairs;
  }
  CHECK(std::abs(sum) < 4 * std::sqrt(squares / kPairs));  // the biased one is .02, twenty times that
  CHECK(std::sqrt(squares / kPairs) < 0.002);
  CHECK_THROWS_AS(mmd_unbiased(a, b, 0), UsageError);
  CHECK_THROWS_AS(mmd_unbiased({Matrix::Zero(1, 3), Vector::Ones(1)}, b, 1), DataError);
}

TEST_CASE("distances between populations leave pairs of a cell with itself out") {
  Cloud a = formula_cloud(60, 3, 0, 2);
  const Cloud b = formula_cloud(41, 3, 0.3, 2.5);
  double of_six = 0;
  for (const double gamma : {2.0, 1.0, 0.5, 0.1, 0.01, 0.005}) of_six += mmd_unbiased(a, b, gamma) / 6;
  CHECK(population_mmd(a, b).value == doctest::Approx(of_six).epsilon(1e-12));

  // The energy distance and its error, from the definition.
  const auto mean_way = [](const Cloud& from, Index i, const Cloud& to, Index without) {
    double sum = 0, weight = 0;
    for (Index j = 0; j < to.points.rows(); ++j) {
      if (j == without) continue;
      sum += to.weights[j] * (from.points.row(i) - to.points.row(j)).norm();
      weight += to.weights[j];
    }
    return sum / weight;
  };
  double value = 0, variance = 0;
  for (const auto& [cloud, other] : {std::pair<const Cloud*, const Cloud*>{&a, &b}, {&b, &a}}) {
    const Vector w = cloud->weights / cloud->weights.sum();
    Vector influence(w.size());
    double within = 0, squares = 0;
    for (Index i = 0; i < w.size(); ++i) {
      const double own = mean_way(*cloud, i, *cloud, i), across = mean_way(*cloud, i, *other, -1);
      influence[i] = 2 * (across - own);
      within += w[i] * (1 - w[i]) * own;
      squares += w[i] * w[i];
      value += w[i] * across;
    }
    value -= within / (1 - squares);
    for (Index i = 0; i < w.size(); ++i)
      variance += std::pow(w[i] * (influence[i] - w.dot(influence)), 2) / (1 - squares);
  }
  const PopulationDistance found = population_energy(a, b);
  CHECK(found.value == doctest::Approx(value).epsilon(1e-12));
  CHECK(found.error == doctest::Approx(std::sqrt(variance)).epsilon(1e-12));
  core::set_threads(3);
  CHECK(population_energy(a, b).error == found.error);
  core::set_threads(1);
  a.weights.setZero();
  a.weights[0] = 1;
  CHECK(std::isnan(population_energy(a, b).error));
}

TEST_CASE("the errors of distances between populations are how far they scatter") {
  constexpr int kRuns = 300;
  std::array<std::vector<double>, 2> values, errors;
  for (int run = 0; run < kRuns; ++run) {
    core::Rng rng(7, static_cast<std::uint64_t>(run));
    Cloud a{Matrix(80, 2), Vector::Ones(80)}, b{Matrix(50, 2), Vector::Ones(50)};
    for (Cloud* cloud : {&a, &b})
      for (Index i = 0; i < cloud->points.rows(); ++i)
        cloud->points.row(i) << rng.normal() + (cloud == &b ? 1.5 : 0), rng.normal();
    const PopulationDistance found[] = {population_mmd(a, b), population_energy(a, b)};
    for (std::size_t k : {0, 1}) {
      values[k].push_back(found[k].value);
      errors[k].push_back(found[k].error);
    }
  }
  for (std::size_t k : {0, 1}) {
    const Eigen::Map<const Vector> v(values[k].data(), kRuns), e(errors[k].data(), kRuns);
    const double scatter = std::sqrt((v.array() - v.mean()).square().sum() / (kRuns - 1));
    CHECK(std::sqrt(e.squaredNorm() / kRuns) == doctest::Approx(scatter).epsilon(0.12));  // 3 / sqrt(2 kRuns)
  }
}
