#pragma once

#include <cstdint>
#include <vector>

#include "core/row_blocks.hpp"
#include "prep/normalize.hpp"

namespace instar::prep {

/// What stays of a block of counts: cells and genes of a selection, genes renumbered, stored zeros left out; and the
/// total of every cell. Parallel, the same bytes for any number of threads.
class KeptRows {
 public:
  /// @param selection must live as long as this
  explicit KeptRows(const Selection& selection);
  /// From now on only these genes are kept; totals still are of all genes that stay.
  /// @param genes positions among the genes that stay; empty: all
  /// @returns [columns] 1 where a column of the counts is used. Others may be missing in the blocks from now on where
  /// the selection has totals
  const std::vector<char>& use_only(const std::vector<Index>& genes);

  /// @param counts loses its columns and values, though not its rows, where all of them stay: they are taken over
  /// @param first position of the block's first row in the whole matrix
  void cut(core::RowBlock& counts, Index first);
  /// Divides by total / target (cells whose total is 0 stay as they are), and takes log(1 + x) where asked.
  /// @param as_written round to the float32 of files
  /// @throws DataError where the logarithm of a negative value would be needed
  void normalize(double target_sum, bool log1p, bool as_written);
  /// 1 / total of every cell; 0 where the total is.
  std::vector<double> per_total() const;
  /// Cells kept from now on are numbered from 0 again.
  void restart() { given_ = 0; }

  core::RowBlock block;        ///< first_row counts the cells kept so far
  std::vector<Index> rows;     ///< of the cells kept, their positions in the whole matrix
  std::vector<double> totals;  ///< of the cells kept

 private:
  /// Puts what stays of a row at `out` of spare_. @returns its total
  double cut_row(const core::RowBlock& counts, std::size_t row, std::size_t& out);

  /// Whether all entries of a block stay as they are.
  bool is_whole(const core::RowBlock& counts) const;

  const Selection& selection_;
  std::vector<std::int32_t> gene_;  ///< [columns] position among the genes that stay; -1: left out
  std::vector<char> used_;          ///< [columns]
  bool all_used_ = true;            ///< no column is left out
  core::RowBlock spare_;
  Index given_ = 0;
};

}  // namespace instar::prep
