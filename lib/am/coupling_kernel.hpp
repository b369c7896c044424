#pragma once

#include <functional>
#include <vector>

#include "core/types.hpp"

namespace instar::am {

/// What it costs to pair two cells at distance D.
enum class PairCost {
  cone,     ///< -log cos^2(D / 2 delta), infinite from D = pi * delta on: the Wasserstein-Fisher-Rao cost
  squared,  ///< D^2
};

/// The dense kernel K_ij = exp((f_i + g_j - c_ij) / eps) of the entropic solvers, in single precision, and the products
/// with it. Costs are computed from the points whenever they are needed and never stored. Work is cut into blocks of
/// rows that depend on the sizes alone, so results do not depend on the number of threads.
class GibbsKernel {
 public:
  /// @param x [n, d], y [m, d]; @param delta growth scale, used by the cone cost
  GibbsKernel(const MatrixView& x, const MatrixView& y, PairCost cost, double delta);

  Index rows() const { return rows_; }
  Index cols() const { return cols_; }
  Index blocks() const { return (rows_ + block_rows_ - 1) / block_rows_; }

  /// Costs of one row. @param out [cols]; infinity where the two cannot be paired
  void row_costs(Index row, float* out) const;
  /// Costs of one column. @param out [rows]
  void column_costs(Index col, float* out) const;

  /// Row-wise soft c-transform in the log domain, in which nothing under- or overflows:
  ///   soft_i = log sum_j weight_j exp((g_j - c_ij) / eps);   -infinity for a row without a finite cost
  Vector soft_rows(const Vector& g, const Vector& weight, double eps) const;
  /// The same for columns: log sum_i weight_i exp((f_i - c_ij) / eps), for those columns with wanted[j] != 0 only.
  void soft_columns(const Vector& f, const Vector& weight, double eps, const std::vector<char>& wanted,
                    Vector& soft) const;

  /// Computes K for these potentials. Throws std::bad_alloc where n x m floats do not fit.
  void absorb(const Vector& f, const Vector& g, double eps);
  const float* row(Index i) const { return kernel_.data() + i * cols_; }

  /// Row sums in, row weights out, for the rows first ... first + count - 1.
  using Update = std::function<void(Index first, Index count, const float* sums, float* weights)>;

  /// One pass over K for both products of a scaling iteration: r_i = sum_j K_ij w_j, then u = update(r), then
  /// t_j = sum_i u_i K_ij. @param w [cols]; @param update called once for each row, from several threads; @param t
  /// [cols], written
  void sweep(const VectorF& w, const Update& update, Vector& t) const;

 private:
  template <class Body>
  void for_blocks(const Body& body) const;

  Index rows_, cols_, dims_, block_rows_;
  PairCost cost_;
  float inverse_;  ///< 1 / (2 delta)
  MatrixF x_, y_;
  MatrixF kernel_;
  mutable MatrixF partial_;  ///< column sums of each block of rows
};

}  // namespace instar::am
