#pragma once

#include <cstdint>
#include <vector>

#include "core/row_blocks.hpp"
#include "prep/normalize.hpp"

namespace instar::prep {

/// Counts as they would be read from a file that normalize() has written, without that file: every pass over the rows
/// reads the counts again, leaves out cells and genes, scales, takes the logarithm and rounds to float32. The numbers
/// are exactly those of the file; the same bytes for any number of threads.
class NormalizedRows : public core::RowBlocks {
 public:
  /// @param counts must live as long as this
  NormalizedRows(core::RowBlocks& counts, Selection selection, PrepOptions options);
  /// From now on only these genes have values, so that no time is spent on the others; the columns stay.
  /// @param genes positions among the genes that stay, ascending; empty: all
  void use_only(const std::vector<Index>& genes);

  Index rows() const override { return selection_.cells; }
  Index cols() const override { return selection_.genes; }
  void rewind() override;
  /// @throws DataError where the logarithm of a negative value would be needed
  bool next(core::RowBlock& block) override;

 private:
  void weigh_rows();
  void fill(core::RowBlock& block) const;

  core::RowBlocks& counts_;
  Selection selection_;
  PrepOptions options_;
  std::vector<std::int32_t> gene_;  ///< [columns of counts] position among the genes that stay; -1: left out
  std::vector<char> used_;          ///< [columns of counts] whether its values are wanted
  core::RowBlock read_;
  std::vector<Index> kept_;      ///< rows of read_ that stay
  std::vector<double> factors_;  ///< of these rows: what a count is divided by
  std::vector<std::int64_t> entries_;
  Index at_ = 0;     ///< rows of counts read so far
  Index given_ = 0;  ///< rows handed out so far
};

}  // namespace instar::prep
