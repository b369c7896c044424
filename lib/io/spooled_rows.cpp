#include "io/spooled_rows.hpp"

#include <algorithm>
#include <cstring>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "io/temporary.hpp"

namespace instar::io {
namespace {

constexpr Index kGrainRows = 256;

/// Numbers of one type as those of another, in pieces; returns where the bytes go on.
template <class Stored, class T>
std::byte* put(const std::vector<T>& values, std::byte* to) {
  core::parallel_chunks(static_cast<Index>(values.size()), 1 << 16, [&](Index begin, Index end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const auto value = static_cast<Stored>(values[i]);
      std::memcpy(to + i * sizeof(Stored), &value, sizeof value);
    }
  });
  return to + values.size() * sizeof(Stored);
}

template <class Stored, class T>
const std::byte* take(const std::byte* from, std::vector<T>& values) {
  core::parallel_chunks(static_cast<Index>(values.size()), 1 << 16, [&](Index begin, Index end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      Stored value;
      std::memcpy(&value, from + i * sizeof(Stored), sizeof value);
      values[i] = static_cast<T>(value);
    }
  });
  return from + values.size() * sizeof(Stored);
}

}  // namespace

SpooledRows::SpooledRows(core::RowBlocks& source, const std::vector<Index>& columns, core::RowSink* copy,
                         core::Reporter& reporter)
    : copy_(copy), source_(source), reporter_(reporter) {
  if (!columns.empty()) wanted_.assign(static_cast<std::size_t>(source.cols()), 0);
  for (const Index column : columns) wanted_[static_cast<std::size_t>(column)] = 1;
  if (!file_.is_open()) give_up();
}

void SpooledRows::rewind() {
  at_ = 0;
  if (complete_) return;
  source_.rewind();
  blocks_.clear();
  length_ = 0;
}

bool SpooledRows::next(core::RowBlock& block) {
  if (!complete_) return next_made(block);
  if (at_ == blocks_.size()) return false;
  next_stored(block);
  return true;
}

bool SpooledRows::next_made(core::RowBlock& block) {
  if (!source_.next(made_)) {
    complete_ = file_.is_open();
    at_ = blocks_.size();
    if (copy_ != nullptr) copy_->finish();
    copy_ = nullptr;
    return false;
  }
  if (copy_ != nullptr) copy_->append(made_);
  if (wanted_.empty())
    std::swap(block, made_);
  else
    select(made_, block);
  if (file_.is_open()) store(block);
  return true;
}

void SpooledRows::select(const core::RowBlock& all, core::RowBlock& wanted) const {
  const auto rows = static_cast<std::size_t>(all.rows());
  std::vector<std::int64_t> entries(rows);
  const auto for_each_entry = [&](const auto& body) {
    core::parallel_chunks(all.rows(), kGrainRows, [&](Index begin, Index end) {
      for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i)
        for (auto e = static_cast<std::size_t>(all.indptr[i]); e < static_cast<std::size_t>(all.indptr[i + 1]); ++e)
          if (wanted_[static_cast<std::size_t>(all.indices[e])] != 0) body(i, e);
    });
  };
  for_each_entry([&](std::size_t i, std::size_t) { ++entries[i]; });
  wanted.first_row = all.first_row;
  wanted.cols = all.cols;
  wanted.indptr.assign(1, 0);
  for (const std::int64_t count : entries) wanted.indptr.push_back(wanted.indptr.back() + count);
  wanted.indices.resize(static_cast<std::size_t>(wanted.nnz()));
  wanted.values.resize(static_cast<std::size_t>(wanted.nnz()));
  std::copy(wanted.indptr.begin(), wanted.indptr.end() - 1, entries.begin());
  for_each_entry([&](std::size_t i, std::size_t e) {
    const auto out = static_cast<std::size_t>(entries[i]++);
    wanted.indices[out] = all.indices[e];
    wanted.values[out] = all.values[e];
  });
}

void SpooledRows::store(const core::RowBlock& block) {
  const auto nnz = static_cast<std::size_t>(block.nnz());
  bytes_.resize(block.indptr.size() * sizeof(std::int64_t) + nnz * (index_bytes() + sizeof(float)));
  std::byte* to = put<std::int64_t>(block.indptr, bytes_.data());
  to = put<float>(block.values, to);
  if (index_bytes() == sizeof(std::uint16_t))
    put<std::uint16_t>(block.indices, to);
  else
    put<std::int32_t>(block.indices, to);
  if (!file_.write(bytes_, length_)) {
    give_up();
    return;
  }
  blocks_.push_back({length_, block.first_row, block.rows(), block.nnz()});
  length_ += static_cast<std::int64_t>(bytes_.size());
}

void SpooledRows::next_stored(core::RowBlock& block) {
  const Stored& stored = blocks_[at_++];
  block.first_row = stored.first_row;
  block.cols = cols();
  block.indptr.resize(static_cast<std::size_t>(stored.rows) + 1);
  block.indices.resize(static_cast<std::size_t>(stored.nnz));
  block.values.resize(static_cast<std::size_t>(stored.nnz));
  bytes_.resize(block.indptr.size() * sizeof(std::int64_t) + block.values.size() * (index_bytes() + sizeof(float)));
  if (!file_.read(bytes_, stored.offset))
    throw DataError({temporary_folder()}, "a temporary file there cannot be read", "set TMPDIR to another folder");
  const std::byte* from = take<std::int64_t>(bytes_.data(), block.indptr);
  from = take<float>(from, block.values);
  if (index_bytes() == sizeof(std::uint16_t))
    take<std::uint16_t>(from, block.indices);
  else
    take<std::int32_t>(from, block.indices);
}

void SpooledRows::give_up() {
  reporter_.warning("no room for a temporary file in " + temporary_folder() +
                    ": every pass reads the counts again (TMPDIR chooses another folder)");
  file_.close();
  blocks_.clear();
}

}  // namespace instar::io
