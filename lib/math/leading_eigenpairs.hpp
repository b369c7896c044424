#pragma once

#include <Eigen/Core>
#include <functional>

#include "core/types.hpp"

namespace instar::math {

/// The largest eigenvalues of a symmetric positive semi-definite matrix, descending, and their vectors [n, k].
struct EigenPairs {
  Vector values;
  Eigen::MatrixXd vectors;
  double residual = 0;  ///< the largest |A v - lambda v| / lambda of them, as far as it is above rounding
};

/// y = A x for a block of vectors x [n, any]; y has its size already.
using SymmetricProduct = std::function<void(const Eigen::MatrixXd& x, Eigen::MatrixXd& y)>;

struct EigenOptions {
  Index block = 16;         ///< vectors multiplied at once; more where a product is a pass over a file
  double tolerance = 1e-8;  ///< largest |A v - lambda v| / lambda of the pairs returned
  int max_products = 500;   ///< beyond: see must_converge
  /// Whether it is an error not to reach the tolerance; else the best pairs there are come back, with their residual.
  bool must_converge = true;
  Index space = 0;  ///< vectors held at once, before a restart: so many at least; 0: a few times those wanted
};

/// Leading eigenpairs of an n x n matrix known by its products: block Krylov space with full orthogonalisation,
/// Rayleigh-Ritz on all of it, thick restart (Saad, *Numerical Methods for Large Eigenvalue Problems*, 6.7 and 7.3);
/// small matrices, or many pairs of them, are diagonalised whole. Deterministic.
/// @throws NumericError where the tolerance is not reached and must be
/// @param progress called after each product with the largest relative residual so far (infinite before the first)
EigenPairs leading_eigenpairs(Index n, Index k, const SymmetricProduct& product, const EigenOptions& options = {},
                              const std::function<void(int products, double residual)>& progress = {});

/// Estimate of the most doubles that leading_eigenpairs() holds at a time, beside those of `product`.
Index eigen_values_held(Index n, Index k, const EigenOptions& options = {});

}  // namespace instar::math
