#include "math/pca.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "core/error.hpp"
#include "core/format.hpp"
#include "core/parallel.hpp"
#include "core/time_label.hpp"
#include "math/covariance.hpp"
#include "math/leading_eigenpairs.hpp"

namespace instar::math {
namespace {

void check_sizes(const core::RowBlocks& x, const PcaOptions& options, Index fitted, Index used) {
  const Index most = std::min(fitted - 1, used);
  if (options.n_comps > most)
    throw DataError({},
                    std::to_string(options.n_comps) + " principal components wanted, but " + std::to_string(fitted) +
                        " cells and " + std::to_string(used) + " genes have at most " +
                        std::to_string(std::max<Index>(most, 0)),
                    most < 1 ? "more cells are needed" : "ask for no more (-n " + std::to_string(most) + ")");
  if (!options.fit_rows.empty() && static_cast<Index>(options.fit_rows.size()) != x.rows())
    throw DataError(std::to_string(options.fit_rows.size()) + " row marks for " + std::to_string(x.rows()) + " rows");
  for (std::size_t k = 0; k < options.columns.size(); ++k) {
    const Index column = options.columns[k];
    if (column < 0 || column >= x.cols() || (k > 0 && column <= options.columns[k - 1]))
      throw DataError("the columns used must ascend and lie in the matrix");
  }
}

/// The loading of largest magnitude becomes positive (the first of several), as in scikit-learn >= 1.5.
void fix_signs(Eigen::MatrixXd& vectors) {
  for (Index k = 0; k < vectors.cols(); ++k) {
    Index largest = 0;
    vectors.col(k).cwiseAbs().maxCoeff(&largest);
    if (vectors(largest, k) < 0) vectors.col(k) *= -1;
  }
}

}  // namespace

void PcaOptions::validate() const {
  if (n_comps < 1) throw UsageError("the number of principal components must be at least 1");
  if (max_passes < 1) throw UsageError("the number of passes for principal components must be at least 1");
}

std::int64_t pca_bytes(Index cols, Index used, Index n_comps) {
  const bool streamed = used > kGramColumns;
  EigenOptions eigen;
  if (streamed) eigen = streamed_eigen(n_comps);
  const Index gram = streamed ? 0 : used * used;
  const Index values = gram + eigen_values_held(used, n_comps, eigen);
  return values * static_cast<Index>(sizeof(double)) + projection_bytes(cols, n_comps);
}

std::int64_t projection_bytes(Index cols, Index n_comps) {
  return (3 * cols * n_comps + 8 * cols) * static_cast<Index>(sizeof(double));
}

PcaBasis pca_basis(core::RowBlocks& x, const PcaOptions& options, core::Reporter& reporter) {
  options.validate();
  const Index fitted = options.fit_rows.empty()
                           ? x.rows()
                           : static_cast<Index>(std::count(options.fit_rows.begin(), options.fit_rows.end(), true));
  const Index used = options.columns.empty() ? x.cols() : static_cast<Index>(options.columns.size());
  check_sizes(x, options, fitted, used);

  const std::unique_ptr<Covariance> covariance =
      make_covariance(x, options.columns, options.fit_rows, options.n_comps, kGramColumns, reporter);
  EigenOptions asked = covariance->eigen_options();
  if (used > kGramColumns) asked.max_products = options.max_passes;
  double last = 0;
  EigenPairs pairs = leading_eigenpairs(
      used, options.n_comps,
      [&](const Eigen::MatrixXd& vectors, Eigen::MatrixXd& image) { covariance->multiply(vectors, image); }, asked,
      [&](int products, double residual) {
        if (std::isfinite(residual) && residual != last)
          reporter.detail("principal components: residual " + core::format_short(residual) + " after " +
                          std::to_string(products) + " products");
        last = residual;
      });
  reporter.detail("principal components: largest |C v - lambda v| / lambda is " + core::format_short(pairs.residual));
  if (pairs.residual > asked.tolerance)
    reporter.warning(
        "principal components: after " + std::to_string(asked.max_products) +
        " products the largest |C v - lambda v| / lambda is " + core::format_short(pairs.residual) + ", not below " +
        core::format_short(asked.tolerance) +
        ": the last of them are mixed with those that would follow; choose genes (--hvg), or ask for fewer");
  fix_signs(pairs.vectors);

  PcaBasis result;
  result.loadings.setZero(x.cols(), options.n_comps);
  result.mean.setZero(x.cols());
  for (Index j = 0; j < used; ++j) {
    const Index column = options.columns.empty() ? j : options.columns[static_cast<std::size_t>(j)];
    result.loadings.row(column) = pairs.vectors.row(j);
    result.mean[column] = covariance->mean()[j];
  }
  result.variance = pairs.values.cwiseMax(0);
  const double total = covariance->total_variance();
  result.variance_ratio = total > 0 ? (result.variance / total).eval() : Vector::Zero(options.n_comps);
  return result;
}

void project(core::RowBlocks& x, const PcaBasis& basis,
             const std::function<void(Index first_row, const Matrix& scores)>& take, core::Reporter& reporter) {
  const Vector offset = basis.loadings.transpose() * basis.mean;
  Matrix scores;
  core::RowBlock block;
  x.rewind();
  for (Index at = 0; x.next(block); at += block.rows()) {
    scores.resize(block.rows(), basis.loadings.cols());
    core::parallel_chunks(block.rows(), 64, [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) {
        auto row = scores.row(i);
        row = -offset.transpose();
        for (auto e = static_cast<std::size_t>(block.indptr[static_cast<std::size_t>(i)]);
             e < static_cast<std::size_t>(block.indptr[static_cast<std::size_t>(i) + 1]); ++e)
          row += block.values[e] * basis.loadings.row(block.indices[e]);
      }
    });
    if (!scores.allFinite()) throw DataError("a value of the matrix is not finite");
    take(at, scores);
    reporter.progress("projecting", static_cast<double>(at + block.rows()), static_cast<double>(x.rows()), "cells/s");
  }
}

PcaResult pca(core::RowBlocks& x, const PcaOptions& options, core::Reporter& reporter) {
  PcaResult result{pca_basis(x, options, reporter), Matrix(x.rows(), options.n_comps)};
  project(
      x, result, [&](Index first, const Matrix& scores) { result.scores.middleRows(first, scores.rows()) = scores; },
      reporter);
  return result;
}

}  // namespace instar::math
