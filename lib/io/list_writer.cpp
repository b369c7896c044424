#include "io/list_writer.hpp"

#include <algorithm>

#include "core/parallel.hpp"
#include "io/codecs.hpp"

namespace instar::io {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{512} << 10;
// Compressed together, so that threads do not wait for each other often.
constexpr std::size_t kTogether = 16;

Index chunk_entries(std::size_t entry) {
  return static_cast<Index>(std::max<std::size_t>(1, kChunkBytes / std::max<std::size_t>(1, entry)));
}

std::vector<Index> tail_of(std::optional<Index> cols) {
  return cols ? std::vector<Index>{*cols} : std::vector<Index>{};
}

std::vector<std::byte> packed(std::span<const std::byte> chunk, std::size_t element, const h5::Packing& packing) {
  if (packing.level == 0) return {chunk.begin(), chunk.end()};
  return packing.shuffle ? shuffled_and_deflated(chunk, element, packing.level) : deflated(chunk, packing.level);
}

}  // namespace

void write_packed(const h5::Node& dataset, Index first, std::span<const std::byte> bytes, std::size_t chunk_bytes,
                  std::size_t element, const h5::Packing& packing) {
  const std::size_t count = (bytes.size() + chunk_bytes - 1) / chunk_bytes;
  for (std::size_t begin = 0; begin < count; begin += kTogether) {
    std::vector<std::vector<std::byte>> chunks(std::min(kTogether, count - begin));
    core::parallel_for(static_cast<Index>(chunks.size()), [&](Index c) {
      const auto at = static_cast<std::size_t>(c);
      const auto from = bytes.subspan((begin + at) * chunk_bytes);
      if (from.size() >= chunk_bytes) {
        chunks[at] = packed(from.first(chunk_bytes), element, packing);
        return;
      }
      std::vector<std::byte> whole(from.begin(), from.end());
      whole.resize(chunk_bytes);
      chunks[at] = packed(whole, element, packing);
    });
    for (const auto& chunk : chunks) dataset.write_chunk(first++, chunk);
  }
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
  while (!bytes.empty()) {
    const std::size_t part = std::min(bytes.size(), kTogether * chunk_bytes_ - pending_.size());
    pending_.insert(pending_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(part));
    bytes = bytes.subspan(part);
    if (pending_.size() == kTogether * chunk_bytes_) write_pending();
  }
}

void ListWriter::write_pending() {
  list_.set_length(length_);
  write_packed(list_, chunks_, pending_, chunk_bytes_, element_, packing_);
  chunks_ += static_cast<Index>((pending_.size() + chunk_bytes_ - 1) / chunk_bytes_);
  pending_.clear();
}

void ListWriter::finish() {
  if (!pending_.empty()) write_pending();
}

}  // namespace instar::io
