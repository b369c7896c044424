#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/reporter.hpp"
#include "core/row_blocks.hpp"
#include "io/nameless_file.hpp"

namespace instar::io {

/// Some columns of a matrix that is dear to make: its first pass writes them to a nameless file in TMPDIR (six bytes a
/// value, eight beyond 65,536 columns), later passes read that. A killed process leaves nothing. Where the file cannot
/// be written the matrix is made again at every pass.
class SpooledRows : public core::RowBlocks {
 public:
  /// @param source must live as long as this; values are kept as float32
  /// @param columns those that have values here, ascending; empty: all. The shape stays
  /// @param copy takes the whole rows of the first pass, and is finished by it; null: nobody
  SpooledRows(core::RowBlocks& source, const std::vector<Index>& columns, core::RowSink* copy = nullptr,
              core::Reporter& reporter = core::silent());
  SpooledRows(const SpooledRows&) = delete;
  SpooledRows& operator=(const SpooledRows&) = delete;

  Index rows() const override { return source_.rows(); }
  Index cols() const override { return source_.cols(); }
  void rewind() override;
  bool next(core::RowBlock& block) override;

 private:
  struct Stored {
    std::int64_t offset;  ///< in the file
    Index first_row, rows;
    std::int64_t nnz;
  };
  bool next_made(core::RowBlock& block);
  void next_stored(core::RowBlock& block);
  void select(const core::RowBlock& all, core::RowBlock& wanted) const;
  void store(const core::RowBlock& block);
  void give_up();
  std::size_t index_bytes() const { return cols() <= 65536 ? sizeof(std::uint16_t) : sizeof(std::int32_t); }

  core::RowSink* copy_;
  core::RowBlocks& source_;
  core::Reporter& reporter_;
  std::vector<char> wanted_;  ///< [cols]; empty: all
  core::RowBlock made_;
  std::vector<std::byte> bytes_;
  NamelessFile file_;  ///< not open: there is none
  std::int64_t length_ = 0;
  std::vector<Stored> blocks_;
  bool complete_ = false;  ///< the file holds all rows
  std::size_t at_ = 0;     ///< block to be read next
};

}  // namespace instar::io
