#pragma once

#include <vector>

#include "core/row_blocks.hpp"
#include "prep/kept_rows.hpp"
#include "prep/normalize.hpp"

namespace instar::prep {

/// Counts as they would be read from a file that normalize() has written, without that file: every pass over the rows
/// reads the counts again, leaves out cells and genes, scales, takes the logarithm and rounds to float32. The numbers
/// are exactly those of the file; the same bytes for any number of threads.
class NormalizedRows : public core::RowBlocks {
 public:
  /// @param counts must live as long as this
  NormalizedRows(core::RowBlocks& counts, Selection selection, bool log1p);
  NormalizedRows(const NormalizedRows&) = delete;
  NormalizedRows& operator=(const NormalizedRows&) = delete;
  /// From the next pass on only these genes have values, so that no time is spent on the others; the columns stay. The
  /// counts then are wanted for this alone: other readers of them would miss the other genes.
  /// @param genes positions among the genes that stay, ascending; empty: all
  void use_only(const std::vector<Index>& genes);

  Index rows() const override { return selection_.cells; }
  Index cols() const override { return selection_.genes; }
  void rewind() override;
  /// @throws DataError where the logarithm of a negative value would be needed
  bool next(core::RowBlock& block) override;
  Index empty_cells() const { return empty_cells_; }  ///< among the rows handed out so far: those without counts

 private:
  core::RowBlocks& counts_;
  Selection selection_;
  KeptRows kept_;
  bool log1p_;
  core::RowBlock read_;
  Index at_ = 0;  ///< rows of counts read so far
  Index empty_cells_ = 0;
};

}  // namespace instar::prep
