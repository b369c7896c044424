#include "math/leading_eigenpairs.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <doctest/doctest.h>
#include <limits>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/rng.hpp"

using namespace instar;
using namespace instar::math;
using Eigen::MatrixXd;

namespace {

/// A matrix with these eigenvalues (and zeros), and its eigenvectors.
struct Known {
  MatrixXd matrix;
  MatrixXd vectors;
};

Known matrix_with(Index n, const Vector& values) {
  core::Rng rng(1, 2);
  MatrixXd random(n, values.size());
  for (double& x : random.reshaped()) x = rng.normal();
  Known known;
  known.vectors = Eigen::HouseholderQR<MatrixXd>(random).householderQ() * MatrixXd::Identity(n, values.size());
  known.matrix = known.vectors * values.asDiagonal() * known.vectors.transpose();
  return known;
}

SymmetricProduct product_with(const MatrixXd& matrix) {
  return [&matrix](const MatrixXd& x, MatrixXd& y) { y.noalias() = matrix * x; };
}

}  // namespace

TEST_CASE("eigenpairs of a matrix made to have them, diagonalised whole or in a Krylov space") {
  for (const Index n : {100, 700}) {
    Vector values(60);
    for (Index k = 0; k < 60; ++k) values[k] = 100 / std::pow(static_cast<double>(k + 1), 1.5);
    const Known known = matrix_with(n, values);
    const EigenPairs pairs = leading_eigenpairs(n, 12, product_with(known.matrix));
    for (Index k = 0; k < 12; ++k) {
      // The value's error is of the order of the residual's square (1e-16 of it), so rounding remains.
      CHECK(pairs.values[k] == doctest::Approx(values[k]).epsilon(1e-12));
      // The vector's is residual (1e-8) over relative gap (here >= 1/10).
      CHECK(std::abs(pairs.vectors.col(k).dot(known.vectors.col(k))) == doctest::Approx(1).epsilon(1e-10));
    }
  }
}

TEST_CASE("equal eigenvalues, more of them than a block holds") {
  Vector values = Vector::Constant(40, 3);
  const Known known = matrix_with(600, values);
  EigenOptions options;
  options.block = 4;
  const EigenPairs pairs = leading_eigenpairs(600, 10, product_with(known.matrix), options);
  CHECK((pairs.values.array() - 3).abs().maxCoeff() < 1e-12);
  CHECK((pairs.vectors.transpose() * pairs.vectors - MatrixXd::Identity(10, 10)).cwiseAbs().maxCoeff() < 1e-12);
  CHECK((known.matrix * pairs.vectors - 3 * pairs.vectors).cwiseAbs().maxCoeff() < 1e-7);
}

TEST_CASE("a rank below the number wanted gives zeros, not noise") {
  Vector values(3);
  values << 5, 2, 1;
  const Known known = matrix_with(500, values);
  const EigenPairs pairs = leading_eigenpairs(500, 6, product_with(known.matrix));
  CHECK(pairs.values[2] == doctest::Approx(1).epsilon(1e-12));
  CHECK(pairs.values.tail(3).cwiseAbs().maxCoeff() < 1e-12);
  CHECK((pairs.vectors.transpose() * pairs.vectors - MatrixXd::Identity(6, 6)).cwiseAbs().maxCoeff() < 1e-12);
}

TEST_CASE("restarts keep what was found: a flat spectrum needs more products than the space has room for") {
  Vector values(600);
  for (Index k = 0; k < 600; ++k) values[k] = 2 - static_cast<double>(k) / 600;
  const Known known = matrix_with(600, values);
  EigenOptions options;
  options.block = 2;
  int products = 0;
  const EigenPairs pairs =
      leading_eigenpairs(600, 3, product_with(known.matrix), options, [&](int count, double) { products = count; });
  CHECK(products > 20);
  for (Index k = 0; k < 3; ++k) CHECK(pairs.values[k] == doctest::Approx(values[k]).epsilon(1e-9));
}

TEST_CASE("no convergence and values that are not finite are errors") {
  Vector values(600);
  for (Index k = 0; k < 600; ++k) values[k] = 2 - static_cast<double>(k) / 600;
  Known known = matrix_with(600, values);
  EigenOptions options;
  options.max_products = 3;
  CHECK_THROWS_AS(leading_eigenpairs(600, 3, product_with(known.matrix), options), NumericError);
  // Where convergence is no must, what there is comes back, and says how good it is.
  options.must_converge = false;
  const EigenPairs found = leading_eigenpairs(600, 3, product_with(known.matrix), options);
  double residual = 0;
  for (Index k = 0; k < 3; ++k)
    residual =
        std::max(residual, (known.matrix * found.vectors.col(k) - found.values[k] * found.vectors.col(k)).norm() /
                               found.values[k]);
  CHECK(residual > options.tolerance);
  CHECK(found.residual == doctest::Approx(residual).epsilon(1e-6));
  known.matrix(0, 0) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(leading_eigenpairs(600, 3, product_with(known.matrix)), NumericError);
}
