#include "io/list_writer.hpp"

#include <algorithm>

#include "core/parallel.hpp"
#include "io/codecs.hpp"

namespace instar::io {
namespace {

// Compressed together, so that threads do not wait for each other often.
constexpr std::size_t kTogether = 16;
// Fewer wait for more.
constexpr std::size_t kFewest = 6;

Index chunk_entries(std::size_t entry) {
  return static_cast<Index>(std::max<std::size_t>(1, h5::kChunkBytes / std::max<std::size_t>(1, entry)));
}

std::vector<Index> tail_of(std::optional<Index> cols) {
  return cols ? std::vector<Index>{*cols} : std::vector<Index>{};
}

std::vector<std::byte> packed(std::span<const std::byte> chunk, std::size_t element, const h5::Packing& packing) {
  if (packing.level == 0) return {chunk.begin(), chunk.end()};
  return packing.shuffle ? shuffled_and_deflated(chunk, element, packing.level) : deflated(chunk, packing.level);
}

/// Packs whole chunks by several threads and writes them, from chunk `first` on.
void write_chunks(const h5::Node& dataset, Index first, std::span<const std::span<const std::byte>> chunks,
                  std::size_t element, const h5::Packing& packing) {
  std::vector<std::vector<std::byte>> done;
  for (std::size_t begin = 0; begin < chunks.size(); begin += kTogether) {
    done.resize(std::min(kTogether, chunks.size() - begin));
    core::parallel_for(static_cast<Index>(done.size()), [&](Index c) {
      const auto at = static_cast<std::size_t>(c);
      done[at] = packed(chunks[begin + at], element, packing);
    });
    for (const auto& chunk : done) dataset.write_chunk(first++, chunk);
  }
}

}  // namespace

void write_packed(const h5::Node& dataset, Index first, std::span<const std::byte> bytes, std::size_t chunk_bytes,
                  std::size_t element, const h5::Packing& packing) {
  std::vector<std::span<const std::byte>> chunks;
  std::vector<std::byte> last;
  for (; bytes.size() >= chunk_bytes; bytes = bytes.subspan(chunk_bytes)) chunks.push_back(bytes.first(chunk_bytes));
  if (!bytes.empty()) {
    last.assign(bytes.begin(), bytes.end());
    last.resize(chunk_bytes);
    chunks.emplace_back(last);
  }
  write_chunks(dataset, first, chunks, element, packing);
}

ListWriter::ListWriter(h5::Node list, std::size_t element, std::size_t entry, const h5::Packing& packing)
    : list_(std::move(list)),
      packing_(packing),
      element_(element),
      entry_(entry),
      chunk_bytes_(static_cast<std::size_t>(chunk_entries(entry)) * entry) {}

ListWriter::ListWriter(const h5::Node& parent, const std::string& name, const std::string& stored, std::size_t element,
                       std::optional<Index> cols, const h5::Packing& packing)
    : ListWriter(
          parent.create_chunked(name, tail_of(cols),
                                chunk_entries(element * static_cast<std::size_t>(cols.value_or(1))), stored, packing),
          element, element * static_cast<std::size_t>(cols.value_or(1)), packing) {}

ListWriter ListWriter::like(const h5::Node& parent, const std::string& name, const h5::Node& like) {
  const std::size_t element = like.type().size;
  return ListWriter(parent.create_chunked_like(name, chunk_entries(element), like), element, element, {});
}

void ListWriter::append(std::span<const std::byte> bytes) {
  if (entry_ == 0) return;  // rows without columns
  length_ += static_cast<Index>(bytes.size() / entry_);
  const auto keep = [&](std::size_t size) {
    pending_.insert(pending_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    bytes = bytes.subspan(size);
  };
  // Few bytes wait for more; of many, only what is needed to fill a chunk, and the rest of the last, are copied.
  if (pending_.size() + bytes.size() < kFewest * chunk_bytes_) return keep(bytes.size());
  std::vector<std::span<const std::byte>> chunks;
  if (!pending_.empty()) keep(std::min(bytes.size(), (chunk_bytes_ - pending_.size() % chunk_bytes_) % chunk_bytes_));
  for (std::size_t at = 0; at < pending_.size(); at += chunk_bytes_)
    chunks.push_back(std::span<const std::byte>(pending_).subspan(at, chunk_bytes_));
  for (; bytes.size() >= chunk_bytes_; bytes = bytes.subspan(chunk_bytes_)) chunks.push_back(bytes.first(chunk_bytes_));
  list_.set_length(length_ - static_cast<Index>(bytes.size() / entry_));
  write_chunks(list_, chunks_, chunks, element_, packing_);
  chunks_ += static_cast<Index>(chunks.size());
  pending_.clear();
  keep(bytes.size());
}

void ListWriter::finish() {
  if (pending_.empty()) return;
  list_.set_length(length_);
  write_packed(list_, chunks_, pending_, chunk_bytes_, element_, packing_);
  pending_.clear();
}

}  // namespace instar::io
