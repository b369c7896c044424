#pragma once

#include <Eigen/Core>
#include <memory>
#include <vector>

#include "core/reporter.hpp"
#include "core/row_blocks.hpp"
#include "core/types.hpp"
#include "math/leading_eigenpairs.hpp"

namespace instar::math {

/// The covariance matrix (ddof = 1) of some columns over some rows of a sparse matrix, known by its products with
/// vectors; the centring is implicit.
class Covariance {
 public:
  virtual ~Covariance() = default;
  virtual void multiply(const Eigen::MatrixXd& x, Eigen::MatrixXd& y) = 0;
  virtual EigenOptions eigen_options() const = 0;
  const Vector& mean() const { return mean_; }               ///< [columns used]
  double total_variance() const { return total_variance_; }  ///< of the columns used

 protected:
  Vector mean_;
  double total_variance_ = 0;
};

/// Up to this many columns the matrix itself is accumulated in one pass over the rows (128 MB); beyond, every product
/// is a pass.
inline constexpr Index kGramColumns = 4000;

/// How eigenvectors are found beyond kGramColumns. A pass with few vectors costs little more than the reading, and many
/// small blocks reach further than few large ones (the space is a polynomial of that degree). Where the spectrum is
/// flat it ends after 100 products, above the tolerance. @param wanted eigenvectors
EigenOptions streamed_eigen(Index wanted);

/// @param columns ascending; empty: all. @param rows [x.rows()]; empty: all
/// @param wanted how many eigenvectors will be asked for: a guide to the size of blocks
/// @param gram_columns see kGramColumns; another value is for tests
/// @throws DataError where a value is not finite
std::unique_ptr<Covariance> make_covariance(core::RowBlocks& x, const std::vector<Index>& columns,
                                            const std::vector<bool>& rows, Index wanted,
                                            Index gram_columns = kGramColumns,
                                            core::Reporter& reporter = core::silent());

}  // namespace instar::math
