#pragma once

#include <cstdint>
#include <vector>

#include "core/row_blocks.hpp"
#include "core/types.hpp"

namespace instar::sim {

/// How states show as counted molecules.
struct ExpressionOptions {
  Index genes = 2000;
  double depth = 5000;        ///< mean molecules counted in a cell
  double depth_spread = 0.3;  ///< standard deviation of the logarithm of a cell's depth
  double dispersion = 0.2;    ///< of the negative binomial: variance = mean + dispersion mean^2
  std::uint64_t seed = 0;
  void validate() const;
};

/// Molecule counts of cells whose state is known, made row by row as they are read, so that they need no memory.
/// Programs f_k(x) = tanh(a_k . (x - centre)) with random directions a_k, scaled so that few cells
/// saturate them, turn genes up and down: gene j's share of a cell's molecules is proportional to exp(b_j + sum_k c_jk
/// f_k(x)), with normal b_j, and normal c_jk for half of the genes, zero for the others. Counts are negative binomial
/// with that share of the cell's depth, itself log-normal, as mean. Same seed, same bytes, for any number of threads.
class CountRows : public core::RowBlocks {
 public:
  /// @param states [cells, dims]
  CountRows(Matrix states, const ExpressionOptions& options);
  Index rows() const override { return states_.rows(); }
  Index cols() const override { return options_.genes; }
  void rewind() override { at_ = 0; }
  bool next(core::RowBlock& block) override;

  /// Expected share of each gene in a cell of this state, [genes], summing to 1.
  Vector shares(const Vector& state) const;

 private:
  void count_row(Index row, std::vector<std::int32_t>& genes, std::vector<double>& counts) const;

  Matrix states_;
  ExpressionOptions options_;
  Vector centre_;    ///< [dims]
  Matrix programs_;  ///< a, [programs, dims]
  Vector base_;      ///< b, [genes]
  Matrix loadings_;  ///< c, [genes, programs]
  Index at_ = 0;
};

}  // namespace instar::sim
