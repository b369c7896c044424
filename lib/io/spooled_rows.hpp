#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/reporter.hpp"
#include "core/row_blocks.hpp"
#include "io/nameless_file.hpp"
#include "io/row_codec.hpp"

namespace instar::io {

/// A matrix that is dear to read: the first whole pass keeps it in few bytes (counts take little more than one a value,
/// see pack_rows), small ones in memory and larger ones in a nameless file in TMPDIR; later passes read that: the same
/// rows in the same blocks. A killed process
/// leaves nothing. Where the file cannot be written every pass reads the source. The same bytes for any number of
/// threads.
class SpooledRows : public core::RowBlocks {
 public:
  static constexpr std::int64_t kHeld = std::int64_t{4} << 20;
  /// @param most_held bytes up to which no file is needed
  explicit SpooledRows(std::unique_ptr<core::RowBlocks> source, core::Reporter& reporter = core::silent(),
                       std::int64_t most_held = kHeld);
  SpooledRows(const SpooledRows&) = delete;
  SpooledRows& operator=(const SpooledRows&) = delete;

  Index rows() const override { return source_->rows(); }
  Index cols() const override { return source_->cols(); }
  void rewind() override;
  bool next(core::RowBlock& block) override;
  void want_columns(const std::vector<char>& wanted) override { asked_ = wanted; }

 private:
  /// Some rows of a block, which one thread packs and unpacks.
  struct Piece {
    std::int64_t offset;  ///< of its first byte
    std::int64_t size;    ///< bytes
    std::int64_t entries;
  };
  struct Stored {
    Index first_row, rows;
    std::vector<Piece> pieces;
  };
  bool next_read(core::RowBlock& block);
  void next_stored(core::RowBlock& block);
  void store(const core::RowBlock& block);
  void unpack_all(const Stored& stored, core::RowBlock& block) const;
  void unpack_wanted(const Stored& stored, core::RowBlock& block);
  void gather(core::RowBlock& block);
  /// @returns false where there is no room
  bool put(const std::vector<std::byte>& piece);
  bool move_to_file();
  /// The stored bytes of a piece, in `room` where they are in the file. Several threads may call it.
  std::span<const std::byte> kept(const Piece& piece, std::vector<std::byte>& room) const;
  void give_up();

  std::unique_ptr<core::RowBlocks> source_;
  core::Reporter& reporter_;
  std::int64_t most_held_;
  std::vector<char> asked_;             ///< what want_columns() said; empty: all
  std::vector<char> wanted_;            ///< the same in this pass
  std::vector<std::byte> held_;         ///< everything, while there is no file
  std::vector<UnpackedRows> unpacked_;  ///< of the pieces of a block
  std::optional<NamelessFile> file_;
  std::int64_t length_ = 0;
  std::vector<Stored> blocks_;
  bool given_up_ = false;  ///< there is no room
  bool complete_ = false;  ///< all rows are kept
  std::size_t at_ = 0;     ///< block to be read next
};

}  // namespace instar::io
