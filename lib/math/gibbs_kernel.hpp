#pragma once

#include <functional>
#include <hwy/aligned_allocator.h>
#include <limits>
#include <vector>

#include "core/types.hpp"

namespace instar::math {

/// What it costs to pair two cells at distance D.
enum class PairCost {
  cone,     ///< -log cos^2(D / 2 delta), infinite from D = pi * delta on: the Wasserstein-Fisher-Rao cost
  squared,  ///< D^2
};

/// What pairs out of reach cost; -kInfinity is the logarithm of no mass.
inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// A kernel K_ij = exp((f_i + g_j - c_ij) / eps) as the scaling algorithm sees it, on all pairs or on some.
class ScalingKernel {
 public:
  virtual ~ScalingKernel() = default;

  /// K for potentials of which f comes from g by a scaling half-step in the log domain, where nothing under- or
  /// overflows: f_i = -theta log sum_j w_j exp((g_j - c_ij) / eps). Every row must have a finite cost.
  virtual void absorb(const Vector& g, const Vector& w, double eps, double theta, Vector& f) = 0;
  /// K for these potentials.
  virtual void absorb(const Vector& f, const Vector& g, double eps) = 0;

  /// Row sums in, row weights out, for the rows first ... first + count - 1.
  using Update = std::function<void(Index first, Index count, const float* sums, float* weights)>;

  /// One pass over K for both products of a scaling iteration: r_i = sum_j K_ij w_j, then u = update(r), then
  /// t_j = sum_i u_i K_ij. @param w [cols]; @param update called once for each row, from several threads; @param t
  /// [cols], written
  virtual void sweep(const Vector& w, const Update& update, Vector& t) const = 0;

  /// log sum_i w_i exp((f_i - c_ij) / eps) of one column, in the log domain.
  virtual double soft_column(Index col, const Vector& f, const Vector& w, double eps) const = 0;
};

/// The dense kernel K_ij = exp((f_i + g_j - c_ij) / eps) of the entropic solvers, in single precision, and the products
/// with it. Costs are computed from the points whenever they are needed and never stored. Work is cut into blocks of
/// rows that depend on the sizes alone, so results do not depend on the number of threads.
class GibbsKernel final : public ScalingKernel {
 public:
  /// @param x [n, d], y [m, d]; @param delta growth scale, used by the cone cost
  GibbsKernel(const MatrixView& x, const MatrixView& y, PairCost cost, double delta);

  Index rows() const { return rows_; }
  Index cols() const { return cols_; }

  /// A scratch row for row_costs.
  hwy::AlignedFreeUniquePtr<float[]> make_row() const;
  /// Costs of one row. @param out from make_row(); [cols] are written, infinity where the two cannot be paired
  void row_costs(Index row, float* out) const;

  /// Costs of up to simd::kRowGroup rows with a panel of columns. @param begin, width multiples of simd::kLanePadding
  /// @param out [kRowGroup, width], aligned; columns beyond cols() and rows beyond `count` hold anything
  void panel_costs(Index first, Index count, Index begin, Index width, float* out) const;
  /// cols() and what fills the last lanes up
  Index padded_cols() const { return stride_; }

  void absorb(const Vector& g, const Vector& w, double eps, double theta, Vector& f) override;
  void absorb(const Vector& f, const Vector& g, double eps) override;
  /// [cols]
  const float* row(Index i) const { return kernel_.get() + i * stride_; }

  void sweep(const Vector& w, const Update& update, Vector& t) const override;
  double soft_column(Index col, const Vector& f, const Vector& w, double eps) const override;

 private:
  using Floats = hwy::AlignedFreeUniquePtr<float[]>;
  Floats padded(const Vector& values, float padding) const;
  template <class MakeRow>
  void fill(const MakeRow& make_row);
  Index blocks() const { return (rows_ + block_rows_ - 1) / block_rows_; }

  Index rows_, cols_, dims_, stride_, block_rows_;
  PairCost cost_;
  MatrixF x_;       ///< scaled as the cost wants it, centred
  Floats y_;        ///< [dims, stride]
  Floats kernel_;   ///< [rows, stride], rows filled up to whole groups with 0
  Floats partial_;  ///< [blocks, stride], column sums of each block of rows
};

/// Which points have a partner at all, and the mean cost of the pairs that can be made, weighted by their masses.
struct PairSurvey {
  std::vector<Index> rows, cols;
  double mean_cost = 0;
};

/// Walks all pairs once. Same bytes for any number of threads.
PairSurvey survey(const GibbsKernel& kernel, const VectorView& a, const VectorView& b);

}  // namespace instar::math
