#include "math/pca.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <limits>
#include <string>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/rng.hpp"
#include "math/covariance.hpp"
#include "support/reference_table.hpp"

using namespace instar;
using namespace instar::math;

namespace {

/// Sparse counts with a few strong directions, some columns far from zero.
Matrix sparse_matrix(Index n, Index p) {
  core::Rng rng(4, 4);
  Matrix x = Matrix::Zero(n, p);
  for (Index i = 0; i < n; ++i) {
    const double level = rng.uniform() * 4, other = rng.uniform() * 2;
    for (Index j = 0; j < p; ++j) {
      if (rng.uniform() < 0.7 && j % 11 != 0) continue;
      x(i, j) =
          (j % 2 == 0 ? level : other) * (1 + 0.1 * static_cast<double>(j % 7)) + rng.uniform() + (j % 11 == 0 ? 5 : 0);
    }
  }
  return x;
}

PcaResult run(const Matrix& x, const PcaOptions& options, core::Reporter& reporter = core::silent(),
              Index block_rows = 100) {
  core::MemoryRowBlocks blocks(core::sparse_block(x), block_rows);
  return pca(blocks, options, reporter);
}

/// All that is said.
struct Said : core::Reporter {
  std::string text;
  void warning(const std::string& what) override { text += "warning: " + what + "\n"; }
  void detail(const std::string& what) override { text += "detail: " + what + "\n"; }
};

/// The definition, densely: centre, covariance, all eigenvectors checked against it.
void check_against_definition(const Matrix& x, const PcaResult& result, double tolerance) {
  const Matrix centred = x.rowwise() - x.colwise().mean();
  const double n1 = static_cast<double>(x.rows() - 1);
  const Matrix& w = result.loadings;
  const Index k = w.cols();
  CHECK((w.transpose() * w - Matrix::Identity(k, k)).cwiseAbs().maxCoeff() < 1e-12);
  const Matrix residual = centred.transpose() * (centred * w) / n1 - w * result.variance.asDiagonal();
  CHECK(residual.cwiseAbs().maxCoeff() < tolerance * result.variance[0]);
  CHECK((result.scores - centred * w).cwiseAbs().maxCoeff() < 1e-11 * x.cwiseAbs().maxCoeff() * std::sqrt(x.cols()));
  const double total = centred.squaredNorm() / n1;
  CHECK(result.variance_ratio[0] == doctest::Approx(result.variance[0] / total).epsilon(1e-12));
}

}  // namespace

TEST_CASE("components of the recorded counts' logs are scikit-learn's, with and without held-out cells") {
  Matrix counts = Matrix::Zero(60, 120);
  for (const auto& row : test::reference_table("scanpy_small_counts.tsv"))
    counts(static_cast<Index>(row[0]), static_cast<Index>(row[1])) = row[2];
  for (const bool all : {true, false}) {
    const std::string name = std::string("scanpy_small_") + (all ? "all" : "held_out");
    const Index fitted = all ? 60 : 40;
    PcaOptions options;
    options.n_comps = 5;
    const auto genes = test::reference_table(name + "_genes.tsv");
    for (std::size_t g = 0; g < genes.size(); ++g)
      if (genes[g][4] == 1) options.columns.push_back(static_cast<Index>(g));
    for (Index i = 0; i < 60; ++i) options.fit_rows.push_back(i < fitted);
    std::vector<double> totals;
    for (Index i = 0; i < fitted; ++i) totals.push_back(counts.row(i).sum());
    std::sort(totals.begin(), totals.end());
    const double median = (totals[totals.size() / 2] + totals[totals.size() / 2 - 1]) / 2;
    Matrix logs = counts;
    for (Index i = 0; i < 60; ++i) logs.row(i) = (counts.row(i).array() / counts.row(i).sum() * median).log1p();

    const PcaResult result = run(logs, options, core::silent(), 7);
    const auto variance = test::reference_table(name + "_variance.tsv");
    const auto loadings = test::reference_table(name + "_loadings.tsv");
    const auto scores = test::reference_table(name + "_scores.tsv");
    for (std::size_t k = 0; k < 5; ++k) {
      const auto pc = static_cast<Index>(k);
      // scanpy's values come from logs rounded to float32: 6e-8 each.
      CHECK(result.variance[pc] == doctest::Approx(variance[k][0]).epsilon(1e-6));
      CHECK(result.variance_ratio[pc] == doctest::Approx(variance[k][1]).epsilon(1e-6));
      for (Index g = 0; g < 120; ++g)
        CHECK(std::abs(result.loadings(g, pc) - loadings[static_cast<std::size_t>(g)][k]) < 1e-6);
      for (Index i = 0; i < 60; ++i)
        CHECK(std::abs(result.scores(i, pc) - scores[static_cast<std::size_t>(i)][k]) < 1e-5);
    }
  }
}

TEST_CASE("the definition holds, for few columns and many, accumulated or streamed") {
  PcaOptions options;
  options.n_comps = 8;
  for (const Index p : {40, 600}) {
    const Matrix x = sparse_matrix(500, p);
    check_against_definition(x, run(x, options), 1e-7);
  }
  const Matrix wide = sparse_matrix(120, 4100);  // more columns than are accumulated, fewer rows than columns
  check_against_definition(wide, run(wide, options), 1e-6);
}

TEST_CASE("what has not converged after the last pass is said, and how far it is") {
  PcaOptions options;
  options.n_comps = 8;
  options.max_passes = 3;
  Said said;
  run(sparse_matrix(120, kGramColumns + 1), options, said);
  CHECK(said.text.find("warning: principal components: after 3 products the largest |C v - lambda v| / lambda is ") !=
        std::string::npos);
  CHECK(said.text.find(", not below 1e-06: ") != std::string::npos);
  options.max_passes = 100;
  Said nothing;
  run(sparse_matrix(120, kGramColumns + 1), options, nothing);
  CHECK(nothing.text.find("warning") == std::string::npos);
}

TEST_CASE("products with the streamed covariance are those with the accumulated one, sparse or dense rows") {
  for (const bool dense : {false, true}) {
    Matrix x = sparse_matrix(90, 70);
    if (dense) x.array() += 0.5;
    core::MemoryRowBlocks blocks(core::sparse_block(x), 32);
    const std::vector<Index> columns{0, 3, 4, 10, 11, 50, 69};
    std::vector<bool> rows(90, true);
    for (std::size_t i = 0; i < 90; i += 5) rows[i] = false;
    const auto gram = make_covariance(blocks, columns, rows, 3);
    const auto streamed = make_covariance(blocks, columns, rows, 3, 0);
    Matrix part(72, 7);
    for (Index i = 0, at = 0; i < 90; ++i) {
      if (i % 5 == 0) continue;
      for (Index j = 0; j < 7; ++j) part(at, j) = x(i, columns[static_cast<std::size_t>(j)]);
      ++at;
    }
    const Matrix centred = part.rowwise() - part.colwise().mean();
    const Eigen::MatrixXd expected = centred.transpose() * centred / 71;
    Eigen::MatrixXd a(7, 7), b(7, 7);
    gram->multiply(Eigen::MatrixXd::Identity(7, 7), a);
    streamed->multiply(Eigen::MatrixXd::Identity(7, 7), b);
    // Sums of 72 squares of values up to 12, then differences.
    CHECK((a - expected).cwiseAbs().maxCoeff() < 1e-12);
    CHECK((b - expected).cwiseAbs().maxCoeff() < 1e-12);
    CHECK(gram->total_variance() == doctest::Approx(expected.trace()).epsilon(1e-13));
    CHECK(streamed->total_variance() == doctest::Approx(expected.trace()).epsilon(1e-13));
  }
}

TEST_CASE("unused columns have no loading, held-out rows move nothing and are projected") {
  Matrix x = sparse_matrix(300, 50);
  PcaOptions options;
  options.n_comps = 3;
  options.columns = {1, 2, 5, 8, 13, 21, 34};
  options.fit_rows.assign(300, true);
  for (std::size_t i = 200; i < 300; ++i) options.fit_rows[i] = false;
  const PcaResult before = run(x, options);
  CHECK(before.loadings.row(0).isZero());
  CHECK(before.mean[0] == 0);
  x.bottomRows(100) *= 3;
  x.col(0).array() += 9;
  const PcaResult after = run(x, options);
  CHECK((before.loadings.array() == after.loadings.array()).all());
  CHECK((before.scores.topRows(200).array() == after.scores.topRows(200).array()).all());
  const Matrix projected = (x.rowwise() - after.mean.transpose()) * after.loadings;
  CHECK((after.scores - projected).cwiseAbs().maxCoeff() < 1e-11);
}

TEST_CASE("the largest loading of every component is positive") {
  PcaOptions options;
  options.n_comps = 10;
  const PcaResult result = run(sparse_matrix(200, 300), options);
  for (Index k = 0; k < 10; ++k)
    CHECK(result.loadings.col(k).maxCoeff() == result.loadings.col(k).cwiseAbs().maxCoeff());
}

TEST_CASE("the same bytes for any number of threads, and the same residuals are reported") {
  PcaOptions options;
  options.n_comps = 6;
  for (const Index p : {500, 4100}) {
    const Matrix x = sparse_matrix(150, p);
    core::set_threads(1);
    Said said;
    const PcaResult one = run(x, options, said);
    CHECK(said.text.find("detail: principal components: largest |C v - lambda v| / lambda is ") != std::string::npos);
    for (const int threads : {2, 3, 8}) {
      core::set_threads(threads);
      Said again;
      const PcaResult other = run(x, options, again);
      CHECK((one.scores.array() == other.scores.array()).all());
      CHECK((one.loadings.array() == other.loadings.array()).all());
      CHECK((one.variance.array() == other.variance.array()).all());
      CHECK(said.text == again.text);
    }
  }
}

TEST_CASE("too many components, bad columns and NaN are refused") {
  Matrix x = sparse_matrix(20, 30);
  PcaOptions options;
  options.n_comps = 20;
  CHECK_THROWS_WITH_AS(run(x, options), doctest::Contains("at most 19"), DataError);
  options.n_comps = 0;
  CHECK_THROWS_AS(run(x, options), UsageError);
  options.n_comps = 2;
  options.columns = {3, 2};
  CHECK_THROWS_AS(run(x, options), DataError);
  options.columns.clear();
  x(3, 3) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(run(x, options), DataError);
}

TEST_CASE("the memory that components are estimated to take") {
  const auto doubles = [](Index cols, Index used, Index n_comps) { return pca_bytes(cols, used, n_comps) / 8; };
  // Few columns: their covariances, and a Krylov space that is as large as they are at most.
  CHECK(doubles(20000, 2000, 50) > 2000 * 2000);
  CHECK(doubles(20000, 2000, 50) < 4 * 2000 * 2000 + 200 * 20000);
  // All of them: no square of their number any more, and twice as much for twice as many.
  const double ratio = static_cast<double>(doubles(40000, 40000, 50)) / static_cast<double>(doubles(20000, 20000, 50));
  CHECK(ratio < 2.01);
  CHECK(ratio > 1.8);
  CHECK(doubles(20000, 20000, 50) < Index{20000} * 20000 / 5);
}
