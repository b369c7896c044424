#include "io/spooled_rows.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "io/temporary.hpp"

namespace instar::io {
namespace {

constexpr Index kPieceRows = 256;

}  // namespace

SpooledRows::SpooledRows(std::unique_ptr<core::RowBlocks> source, core::Reporter& reporter, std::int64_t most_held)
    : source_(std::move(source)), reporter_(reporter), most_held_(most_held) {}

void SpooledRows::rewind() {
  at_ = 0;
  wanted_ = asked_;
  if (complete_) return;
  source_->rewind();
  blocks_.clear();
  held_.clear();
  file_.reset();
  length_ = 0;
}

bool SpooledRows::next(core::RowBlock& block) {
  if (!complete_) return next_read(block);
  if (at_ == blocks_.size()) return false;
  next_stored(block);
  return true;
}

bool SpooledRows::next_read(core::RowBlock& block) {
  if (!source_->next(block)) {
    complete_ = !given_up_;
    at_ = blocks_.size();
    return false;
  }
  if (!given_up_) store(block);
  return true;
}

void SpooledRows::store(const core::RowBlock& block) {
  std::vector<std::vector<std::byte>> packed(static_cast<std::size_t>((block.rows() + kPieceRows - 1) / kPieceRows));
  core::parallel_chunks(block.rows(), kPieceRows, [&](Index begin, Index end) {
    packed[static_cast<std::size_t>(begin / kPieceRows)] = pack_rows(block, begin, end);
  });
  Stored stored{block.first_row, block.rows(), {}};
  for (std::size_t p = 0; p < packed.size(); ++p) {
    const std::size_t begin = p * static_cast<std::size_t>(kPieceRows);
    const std::size_t end = std::min(begin + static_cast<std::size_t>(kPieceRows), block.indptr.size() - 1);
    const auto size = static_cast<std::int64_t>(packed[p].size());
    if (!put(packed[p])) return give_up();
    stored.pieces.push_back({length_, size, block.indptr[end] - block.indptr[begin]});
    length_ += size;
  }
  blocks_.push_back(std::move(stored));
}

bool SpooledRows::put(const std::vector<std::byte>& piece) {
  if (!file_ && length_ + static_cast<std::int64_t>(piece.size()) > most_held_ && !move_to_file()) return false;
  if (file_) return file_->write(piece, length_);
  held_.insert(held_.end(), piece.begin(), piece.end());
  return true;
}

bool SpooledRows::move_to_file() {
  file_.emplace();
  if (!file_->is_open() || !file_->write(held_, 0)) return false;
  held_ = {};
  return true;
}

std::span<const std::byte> SpooledRows::kept(const Piece& piece, std::vector<std::byte>& room) const {
  const auto size = static_cast<std::size_t>(piece.size);
  if (!file_) return std::span(held_).subspan(static_cast<std::size_t>(piece.offset), size);
  room.resize(std::max(room.size(), size));
  if (!file_->read(std::span(room).first(size), piece.offset))
    throw DataError({temporary_folder()}, "a temporary file there cannot be read", "set TMPDIR to another folder");
  return std::span(room).first(size);
}

void SpooledRows::next_stored(core::RowBlock& block) {
  const Stored& stored = blocks_[at_++];
  block.first_row = stored.first_row;
  block.cols = cols();
  if (wanted_.empty())
    unpack_all(stored, block);
  else
    unpack_wanted(stored, block);
}

void SpooledRows::unpack_all(const Stored& stored, core::RowBlock& block) const {
  std::vector<std::int64_t> before(1, 0);
  for (const Piece& piece : stored.pieces) before.push_back(before.back() + piece.entries);
  const auto entries = static_cast<std::size_t>(before.back());
  block.indptr.resize(static_cast<std::size_t>(stored.rows) + 1);
  block.indptr.front() = 0;
  block.indices.resize(entries);
  block.values.resize(entries);
  core::parallel_for(static_cast<Index>(stored.pieces.size()), [&](Index number) {
    thread_local std::vector<std::byte> room;
    const auto p = static_cast<std::size_t>(number);
    unpack_all_rows(kept(stored.pieces[p], room), before[p], block.indptr.data() + number * kPieceRows + 1,
                    block.indices.data() + before[p], block.values.data() + before[p]);
  });
}

void SpooledRows::unpack_wanted(const Stored& stored, core::RowBlock& block) {
  unpacked_.resize(std::max(unpacked_.size(), stored.pieces.size()));
  core::parallel_for(static_cast<Index>(stored.pieces.size()), [&](Index number) {
    thread_local std::vector<std::byte> room;
    const auto p = static_cast<std::size_t>(number);
    unpack_rows(kept(stored.pieces[p], room), wanted_, unpacked_[p]);
  });
  block.indptr.assign(1, 0);
  for (std::size_t p = 0; p < stored.pieces.size(); ++p) {
    const std::int64_t before = block.indptr.back();
    for (const std::int64_t end : unpacked_[p].ends) block.indptr.push_back(before + end);
  }
  gather(block);
}

void SpooledRows::gather(core::RowBlock& block) {
  block.indices.resize(static_cast<std::size_t>(block.nnz()));
  block.values.resize(static_cast<std::size_t>(block.nnz()));
  core::parallel_chunks(block.rows(), kPieceRows, [&](Index begin, Index) {
    const UnpackedRows& piece = unpacked_[static_cast<std::size_t>(begin / kPieceRows)];
    const auto to = block.indptr[static_cast<std::size_t>(begin)];
    std::copy_n(piece.columns.begin(), piece.entries(), block.indices.begin() + to);
    std::copy_n(piece.values.begin(), piece.entries(), block.values.begin() + to);
  });
}

void SpooledRows::give_up() {
  reporter_.warning("no room for a temporary file in " + temporary_folder() +
                    ": every pass reads the matrix again (TMPDIR chooses another folder)");
  given_up_ = true;
  file_.reset();
  held_ = {};
  blocks_.clear();
}

}  // namespace instar::io
