#include "math/leading_eigenpairs.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/rng.hpp"
#include "core/time_label.hpp"

namespace instar::math {
namespace {

using Eigen::MatrixXd;

constexpr std::uint32_t kStartStream = 0x45494730;  // "EIG0": the random start, always the same
constexpr Index kSmall = 256;                       ///< below, the whole matrix is diagonalised
constexpr Index kDirectLimit = 4096;                ///< above, never

/// a^T b, in pieces of b's columns.
MatrixXd product_transposed(const Eigen::Ref<const MatrixXd>& a, const Eigen::Ref<const MatrixXd>& b) {
  MatrixXd result(a.cols(), b.cols());
  core::parallel_chunks(b.cols(), 8, [&](Index begin, Index end) {
    result.middleCols(begin, end - begin).noalias() = a.transpose() * b.middleCols(begin, end - begin);
  });
  return result;
}

/// a b, in pieces of a's rows.
MatrixXd product(const Eigen::Ref<const MatrixXd>& a, const Eigen::Ref<const MatrixXd>& b) {
  MatrixXd result(a.rows(), b.cols());
  core::parallel_chunks(a.rows(), 256, [&](Index begin, Index end) {
    result.middleRows(begin, end - begin).noalias() = a.middleRows(begin, end - begin) * b;
  });
  return result;
}

EigenPairs largest_of(const MatrixXd& symmetric, Index k) {
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(symmetric);
  if (solver.info() != Eigen::Success) throw NumericError("eigenvectors", "the dense eigensolver did not converge");
  return {solver.eigenvalues().reverse().head(k), solver.eigenvectors().rowwise().reverse().leftCols(k)};
}

/// The largest |A v - lambda v| / lambda, of those above rounding. @param image A v
double largest_residual(const MatrixXd& image, const MatrixXd& vectors, const Vector& values) {
  const double rounding = 1e-14 * std::sqrt(static_cast<double>(vectors.rows())) * std::abs(values[0]);
  const Vector norms = (image - vectors * values.asDiagonal()).colwise().norm();
  double largest = 0;
  for (Index i = 0; i < norms.size(); ++i)
    if (norms[i] > rounding) largest = std::max(largest, norms[i] / std::abs(values[i]));
  return largest;
}

EigenPairs direct(Index n, Index k, const SymmetricProduct& multiply) {
  MatrixXd image(n, n);
  multiply(MatrixXd::Identity(n, n), image);
  EigenPairs pairs = largest_of((image + image.transpose()) / 2, k);
  pairs.residual = largest_residual(product(image, pairs.vectors), pairs.vectors, pairs.values);
  return pairs;
}

/// Vectors of a Krylov space: room for several blocks beyond those wanted. Too little and restarts forget, too much
/// costs memory.
Index capacity_of(Index n, Index k, const EigenOptions& options) {
  return std::min(n, std::max({options.space, 4 * k, 2 * k + 12 * options.block}));
}

bool is_direct(Index n, Index k) { return n <= kSmall || (n <= kDirectLimit && 4 * k > n); }

class KrylovSpace {
 public:
  KrylovSpace(Index n, Index k, const EigenOptions& options) : k_(k), options_(options) {
    capacity_ = capacity_of(n, k, options);
    basis_.resize(n, capacity_);
    image_.resize(n, capacity_);
    small_.setZero(capacity_, capacity_);
    core::Rng rng(0, kStartStream);
    next_.resize(n, std::min(n, options.block));
    for (double& x : next_.reshaped()) x = rng.normal();
    orthonormalize();
  }

  /// Adds the next block to the space and its image, and makes the block after it.
  void expand(const SymmetricProduct& multiply) {
    if (used_ + next_.cols() > capacity_) next_.conservativeResize(Eigen::NoChange, capacity_ - used_);
    MatrixXd image(next_.rows(), next_.cols());
    multiply(next_, image);
    if (!image.allFinite()) throw NumericError("eigenvectors", "a product with the matrix is not finite");
    const Index width = next_.cols();
    basis_.middleCols(used_, width) = next_;
    image_.middleCols(used_, width) = image;
    used_ += width;
    const MatrixXd block = product_transposed(basis_.leftCols(used_), image);
    small_.block(0, used_ - width, used_, width) = block;
    small_.block(used_ - width, 0, width, used_) = block.transpose();
    next_ = std::move(image);
    orthonormalize();
  }

  Index used() const { return used_; }
  bool complete() const { return used_ == basis_.rows(); }
  bool full() const { return used_ == capacity_ || used_ + next_.cols() > capacity_; }

  /// Whether the space was invariant at some point, so that it has gone on with random directions.
  bool exhausted() const { return exhausted_; }
  Vector values() const { return ritz_.values.head(std::min(k_, ritz_.values.size())); }

  /// Rayleigh-Ritz on the whole space. @returns the largest relative residual of the k pairs wanted
  double solve() {
    const Index kept = std::min(used_, k_ + options_.block);
    const MatrixXd small = (small_.topLeftCorner(used_, used_) + small_.topLeftCorner(used_, used_).transpose()) / 2;
    ritz_ = largest_of(small, kept);
    if (used_ < k_) return std::numeric_limits<double>::infinity();
    const MatrixXd wanted = ritz_.vectors.leftCols(k_);
    return largest_residual(product(image_.leftCols(used_), wanted), product(basis_.leftCols(used_), wanted),
                            ritz_.values.head(k_));
  }

  EigenPairs pairs() const {
    return {ritz_.values.head(k_), product(basis_.leftCols(used_), ritz_.vectors.leftCols(k_))};
  }

  /// Keeps the best Ritz vectors only. The next block stays right: all their residuals lie in it.
  void restart() {
    const Index kept = ritz_.values.size();
    basis_.leftCols(kept) = product(basis_.leftCols(used_), ritz_.vectors).eval();
    image_.leftCols(kept) = product(image_.leftCols(used_), ritz_.vectors).eval();
    small_.setZero();
    small_.diagonal().head(kept) = ritz_.values;
    used_ = kept;
  }

 private:
  /// Makes next_ orthonormal and orthogonal to the basis. Directions that vanish are replaced by random ones, so that
  /// the space goes on growing where the matrix has a small rank.
  void orthonormalize() {
    core::Rng rng(static_cast<std::uint64_t>(used_) + 1, kStartStream);
    const Index width = std::min(next_.cols(), basis_.rows() - used_);
    next_.conservativeResize(Eigen::NoChange, width);
    const Vector before = next_.colwise().norm();
    remove_basis();
    for (Index j = 0; j < width; ++j) {
      double length = before[j];
      for (int attempt = 0; attempt < 4; ++attempt) {
        for (int pass = 0; pass < 2; ++pass) {
          if (pass > 0 || attempt > 0)
            next_.col(j) -= basis_.leftCols(used_) * (basis_.leftCols(used_).transpose() * next_.col(j));
          next_.col(j) -= next_.leftCols(j) * (next_.leftCols(j).transpose() * next_.col(j));
        }
        const double left = next_.col(j).norm();
        if (left > 1e-10 * length && left > 0) {
          next_.col(j) /= left;
          break;
        }
        exhausted_ = true;
        for (double& x : next_.col(j)) x = rng.normal();
        length = next_.col(j).norm();
      }
    }
  }

  void remove_basis() {
    if (used_ == 0) return;
    next_ -= product(basis_.leftCols(used_), product_transposed(basis_.leftCols(used_), next_));
  }

  Index k_;
  EigenOptions options_;
  Index capacity_ = 0;
  Index used_ = 0;
  MatrixXd basis_;  ///< [n, capacity], the first used_ columns orthonormal
  MatrixXd image_;  ///< A basis
  MatrixXd small_;  ///< basis^T A basis
  MatrixXd next_;   ///< [n, block], orthonormal and orthogonal to the basis
  EigenPairs ritz_;
  bool exhausted_ = false;
};

}  // namespace

Index eigen_values_held(Index n, Index k, const EigenOptions& options) {
  if (is_direct(n, k)) return 5 * n * n;  // the image, its symmetric half, the solver's two, the vectors turned round
  const Index capacity = capacity_of(n, k, options);
  return n * (2 * capacity + 4 * options.block + 3 * k) + 4 * capacity * capacity;
}

EigenPairs leading_eigenpairs(Index n, Index k, const SymmetricProduct& multiply, const EigenOptions& options,
                              const std::function<void(int, double)>& progress) {
  if (is_direct(n, k)) return direct(n, k, multiply);
  KrylovSpace space(n, k, options);
  double residual = std::numeric_limits<double>::infinity();
  Index solved_at = 0;
  Vector previous;
  for (int products = 1; products <= options.max_products; ++products) {
    space.expand(multiply);
    // The small eigenproblem costs the cube of the space: look when it has grown by a quarter, or must be restarted.
    const bool due = space.used() >= k && (4 * space.used() >= 5 * solved_at || space.exhausted());
    if (due || space.full() || space.complete()) {
      residual = space.solve();
      solved_at = space.used();
      // An invariant space has no residual even where it lacks copies of an eigenvalue of higher multiplicity: then
      // the random directions that follow must have found nothing new.
      const Vector values = space.values();
      const bool settled = !space.exhausted() || (previous.size() == values.size() &&
                                                  (values - previous).cwiseAbs().maxCoeff() <= 1e-10 * values[0]);
      previous = values;
      if ((residual <= options.tolerance && settled) || space.complete()) {
        EigenPairs pairs = space.pairs();
        pairs.residual = residual;
        return pairs;
      }
      if (space.full()) {
        space.restart();
        solved_at = space.used();
      }
    }
    if (progress) progress(products, residual);
  }
  if (options.must_converge)
    throw NumericError("eigenvectors", "not converged after " + std::to_string(options.max_products) +
                                           " products (relative residual " + core::format_number(residual) + ")");
  residual = space.solve();
  EigenPairs pairs = space.pairs();
  pairs.residual = residual;
  return pairs;
}

}  // namespace instar::math
