#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/row_blocks.hpp"
#include "io/reading.hpp"

namespace instar::io {

/// Sorts the columns of every row and sums what has the same one (scipy's meaning of a row); the usual block passes
/// with one parallel look at its indices.
void tidy(core::RowBlock& block);

/// Entries of a sparse matrix in the order of its rows, wherever they are kept.
class Entries {
 public:
  virtual ~Entries() = default;
  /// Columns and values of [begin, begin + count), each in any order within its row.
  virtual void read(Index begin, Index count, std::int32_t* columns, double* values) const = 0;
};

/// The rows of a sparse matrix in blocks; the same blocks wherever the entries are.
class SparseRows : public core::RowBlocks {
 public:
  /// @param indptr [rows + 1] where each row begins among the entries
  SparseRows(std::vector<std::int64_t> indptr, Index cols, std::unique_ptr<Entries> entries, const BlockPlan& plan);
  Index rows() const override { return static_cast<Index>(indptr_.size()) - 1; }
  Index cols() const override { return cols_; }
  void rewind() override { at_ = 0; }
  bool next(core::RowBlock& block) override;

 private:
  std::vector<std::int64_t> indptr_;
  Index cols_;
  std::unique_ptr<Entries> entries_;
  BlockPlan plan_;
  Index at_ = 0;
};

}  // namespace instar::io
