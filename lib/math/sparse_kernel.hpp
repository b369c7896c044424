#pragma once

#include <cstdint>
#include <vector>

#include "math/gibbs_kernel.hpp"
#include "math/plan_entry.hpp"

namespace instar::math {

/// A scaling kernel on some of the pairs. Same bytes for any number of threads.
class SparseKernel final : public ScalingKernel {
 public:
  struct Entry {
    std::int32_t col;
    float cost;
  };

  /// @param row_begin [rows + 1], entries of row i: row_begin[i] ... row_begin[i + 1] - 1, by column; every row and
  /// every column has one
  SparseKernel(std::vector<std::size_t> row_begin, std::vector<Entry> entries, Index cols);

  Index rows() const { return static_cast<Index>(row_begin_.size()) - 1; }
  void absorb(const Vector& g, const Vector& w, double eps, double theta, Vector& f) override;
  void absorb(const Vector& f, const Vector& g, double eps) override;
  void sweep(const Vector& w, const Update& update, Vector& t) const override;
  double soft_column(Index col, const Vector& f, const Vector& w, double eps) const override;

  /// gamma_ij = a_i b_j K_ij / reference, by row, then column.
  std::vector<PlanEntry> plan(const Vector& a, const Vector& b, double reference) const;
  std::size_t entries() const { return entries_.size(); }

 private:
  Index cols_;
  std::vector<std::size_t> row_begin_;
  std::vector<Entry> entries_;
  std::vector<float> kernel_;
};

}  // namespace instar::math
