#include "sim/expression.hpp"

#include <algorithm>
#include <cmath>
#include <doctest/doctest.h>

#include "core/error.hpp"
#include "core/parallel.hpp"

using namespace instar;
using namespace instar::sim;

namespace {

core::RowBlock all_rows(CountRows& counts) {
  core::RowBlock all, block;
  counts.rewind();
  all.indptr.push_back(0);
  while (counts.next(block)) {
    CHECK(block.first_row == all.rows());
    CHECK(block.cols == counts.cols());
    for (Index i = 1; i <= block.rows(); ++i) {
      all.indptr.push_back(all.nnz() + block.indptr[static_cast<std::size_t>(i)] -
                           block.indptr[static_cast<std::size_t>(i - 1)]);
    }
    all.indices.insert(all.indices.end(), block.indices.begin(), block.indices.end());
    all.values.insert(all.values.end(), block.values.begin(), block.values.end());
  }
  return all;
}

Matrix dense(const core::RowBlock& block, Index cols) {
  Matrix out = Matrix::Zero(block.rows(), cols);
  for (Index i = 0; i < block.rows(); ++i) {
    for (auto at = block.indptr[static_cast<std::size_t>(i)]; at < block.indptr[static_cast<std::size_t>(i + 1)];
         ++at) {
      out(i, block.indices[static_cast<std::size_t>(at)]) = block.values[static_cast<std::size_t>(at)];
    }
  }
  return out;
}

}  // namespace

TEST_CASE("counts are negative binomial with the mean of the state and the dispersion asked for") {
  const Index cells = 4000;
  ExpressionOptions options;
  options.genes = 30;
  options.depth = 600;
  options.depth_spread = 0;
  options.dispersion = 0.3;
  CountRows counts(Matrix::Constant(cells, 2, 1.0), options);
  const Vector means = options.depth * counts.shares(Vector::Constant(2, 1.0));
  CHECK(means.sum() == doctest::Approx(600).epsilon(1e-12));
  const Matrix x = dense(all_rows(counts), options.genes);
  for (Index g = 0; g < options.genes; ++g) {
    const double mean = x.col(g).mean();
    const double variance = (x.col(g).array() - mean).square().mean();
    const double expected = means(g) + 0.3 * means(g) * means(g);
    CHECK(std::abs(mean - means(g)) <= 4.5 * std::sqrt(expected / cells));
    // The variance of a sample variance needs the fourth moment; heavier tails than normal, so 8 instead of 4.
    CHECK(std::abs(variance - expected) <= 8 * expected * std::sqrt((2 + 1 / means(g)) / cells));
  }
}

TEST_CASE("depths have the mean and spread asked for, and states change genes") {
  const Index cells = 3000;
  ExpressionOptions options;
  options.genes = 200;
  options.depth = 2000;
  options.depth_spread = 0.4;
  options.dispersion = 0;
  Matrix states = Matrix::Zero(cells, 2);
  states.bottomRows(cells / 2).setConstant(2);
  CountRows counts(states, options);
  const Matrix x = dense(all_rows(counts), options.genes);
  const Vector depth = x.rowwise().sum();
  const double relative = std::sqrt(std::exp(0.16) - 1);
  CHECK(std::abs(depth.mean() - 2000) <= 4 * 2000 * relative / std::sqrt(cells));
  const Vector logs = depth.array().log();
  CHECK(std::sqrt((logs.array() - logs.mean()).square().mean()) == doctest::Approx(0.4).epsilon(0.06));
  // Genes that no program turns keep their ratio to each other; half of them, give or take 4 sqrt(200) / 2.
  Vector change = (counts.shares(states.row(cells - 1)).array() / counts.shares(states.row(0)).array()).log();
  std::sort(change.begin(), change.end());
  const double common = change(options.genes / 2);
  const Index unchanged = ((change.array() - common).abs() < 1e-9).count();
  CHECK(std::abs(static_cast<double>(unchanged) - 100) <= 28);
  CHECK((change.array() - common).abs().maxCoeff() > 0.5);
}

TEST_CASE("counts are the same bytes again after rewind and for any number of threads") {
  ExpressionOptions options;
  options.genes = 50;
  const Matrix states = Matrix::Random(1500, 3);
  CountRows counts(states, options);
  core::set_threads(1);
  const core::RowBlock expected = all_rows(counts);
  CHECK(expected.rows() == 1500);
  for (int threads : {2, 3, 8}) {
    core::set_threads(threads);
    const core::RowBlock again = all_rows(counts);
    CHECK(again.indptr == expected.indptr);
    CHECK(again.indices == expected.indices);
    CHECK(again.values == expected.values);
  }
  core::set_threads(2);
  options.seed = 1;
  CountRows other(states, options);
  CHECK(all_rows(other).values != expected.values);
}

TEST_CASE("impossible expression options are refused") {
  const auto with = [](Index genes, double depth, double spread, double dispersion) {
    ExpressionOptions options;
    options.genes = genes, options.depth = depth, options.depth_spread = spread, options.dispersion = dispersion;
    return options;
  };
  CHECK_NOTHROW(with(1, 1, 0, 0).validate());
  CHECK_THROWS_AS(with(0, 1, 0, 0).validate(), UsageError);
  CHECK_THROWS_AS(with(1, 0, 0, 0).validate(), UsageError);
  CHECK_THROWS_AS(with(1, 1, -1, 0).validate(), UsageError);
  CHECK_THROWS_AS(with(1, 1, 0, -1).validate(), UsageError);
}
