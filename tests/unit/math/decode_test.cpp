#include "math/decode.hpp"

#include <cmath>
#include <doctest/doctest.h>

using namespace instar;
using namespace instar::math;

namespace {

// Not inlined: of small matrices of a known size g++ 12 warns falsely (stringop-overflow).
[[gnu::noinline]] Matrix random_matrix(Index rows, Index cols) { return Matrix::Random(rows, cols); }

}  // namespace

TEST_CASE("column means count absent entries as zero, over all blocks") {
  Matrix dense = Matrix::Zero(3, 3);
  dense(0, 0) = 1;
  dense(0, 2) = 2;
  dense(1, 2) = 4;
  dense(2, 0) = 5;
  core::MemoryRowBlocks blocks(core::sparse_block(dense), 2);
  const Vector means = column_means(blocks);
  for (Index j = 0; j < 3; ++j) CHECK(means(j) == doctest::Approx(dense.col(j).sum() / 3).epsilon(1e-15));
}

TEST_CASE("expression is the mean plus scores times loadings; genes without loadings keep their mean") {
  const Matrix scores = random_matrix(300, 2);  // more than one block of rows
  Matrix loadings = random_matrix(4, 2);
  loadings.row(3).setZero();
  const Vector mean = Vector::LinSpaced(4, 1, 4);
  const MatrixF decoded = decode(scores, loadings, mean);
  for (Index i : {Index{0}, Index{255}, Index{256}, Index{299}})
    for (Index g = 0; g < 4; ++g) {
      const double exact = mean(g) + scores.row(i).dot(loadings.row(g));
      CHECK(decoded(i, g) == doctest::Approx(exact).epsilon(1e-6));
    }
  for (Index i = 0; i < 300; ++i) CHECK(decoded(i, 3) == 4.0F);
}

TEST_CASE("moments of decoded expression are those of the decoded matrix") {
  const Matrix scores = random_matrix(40, 3);
  Matrix loadings = random_matrix(5, 3);
  loadings.row(2).setZero();
  const Vector mean = Vector::LinSpaced(5, -1, 3), weights = Vector::LinSpaced(40, 0, 2);
  const GeneMoments found = decoded_moments(scores, weights, loadings, mean);
  for (Index g = 0; g < 5; ++g) {
    const Vector values = (scores * loadings.row(g).transpose()).array() + mean(g);
    const double centre = values.dot(weights) / weights.sum();
    const double variance = weights.dot((values.array() - centre).square().matrix()) / weights.sum();
    // Both sum 40 terms of order one.
    CHECK(found.mean(g) == doctest::Approx(centre).epsilon(1e-13));
    CHECK(found.sd(g) == doctest::Approx(std::sqrt(variance)).epsilon(1e-12));
  }
}
