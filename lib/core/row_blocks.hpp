#pragma once

#include <cstdint>
#include <vector>

#include "core/types.hpp"

namespace instar::core {

/// Some consecutive rows of a matrix in compressed sparse row form. Column indices ascend within a row and are unique;
/// stored zeros are allowed and mean zero.
struct RowBlock {
  Index first_row = 0;                ///< position of the block's first row in the whole matrix
  Index cols = 0;                     ///< columns of the whole matrix
  std::vector<std::int64_t> indptr;   ///< [rows + 1], starting at 0
  std::vector<std::int32_t> indices;  ///< [nnz]
  std::vector<double> values;         ///< [nnz]

  Index rows() const { return indptr.empty() ? 0 : static_cast<Index>(indptr.size()) - 1; }
  std::int64_t nnz() const { return indptr.empty() ? 0 : indptr.back(); }
};

/// A matrix that is read in blocks of rows, front to back, as often as needed. It never has to fit in memory.
/// Block boundaries depend on the data alone, never on the number of threads.
class RowBlocks {
 public:
  virtual ~RowBlocks() = default;
  virtual Index rows() const = 0;
  virtual Index cols() const = 0;
  /// Starts again at the first row.
  virtual void rewind() = 0;
  /// Fills `block` with the next rows; false when there are none left.
  virtual bool next(RowBlock& block) = 0;
  /// From the next rewind() on, entries of other columns need not come: a hint, for where leaving them out saves work.
  /// @param wanted [cols] 1, or 0; empty: all are wanted
  virtual void want_columns(const std::vector<char>& wanted) { (void)wanted; }
};

/// Takes the rows of a matrix, block by block in order. finish() must be called once, after the last.
class RowSink {
 public:
  virtual ~RowSink() = default;
  virtual void append(const RowBlock& block) = 0;
  virtual void finish() = 0;
};

/// A matrix held in memory, served in blocks of `block_rows`; for tests, simulators and small inputs.
class MemoryRowBlocks : public RowBlocks {
 public:
  explicit MemoryRowBlocks(RowBlock all, Index block_rows = 4096) : all_(std::move(all)), block_rows_(block_rows) {}
  Index rows() const override { return all_.rows(); }
  Index cols() const override { return all_.cols; }
  void rewind() override { at_ = 0; }
  bool next(RowBlock& block) override;

 private:
  RowBlock all_;
  Index block_rows_;
  Index at_ = 0;
};

/// The same of a dense matrix that is somebody else's and outlives this.
class DenseRowBlocks : public RowBlocks {
 public:
  explicit DenseRowBlocks(const MatrixView& all, Index block_rows = 4096) : all_(all), block_rows_(block_rows) {}
  Index rows() const override { return all_.rows(); }
  Index cols() const override { return all_.cols(); }
  void rewind() override { at_ = 0; }
  bool next(RowBlock& block) override;

 private:
  MatrixView all_;
  Index block_rows_;
  Index at_ = 0;
};

/// A dense matrix [rows, cols] as one block, zeros left out.
RowBlock sparse_block(const MatrixView& dense);

}  // namespace instar::core
