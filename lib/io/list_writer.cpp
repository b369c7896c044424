#include "io/list_writer.hpp"

#include <algorithm>
#include <libdeflate.h>
#include <memory>
#include <new>

#include "core/parallel.hpp"

namespace instar::io {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{512} << 10;
// Compressed together, so that threads do not wait for each other often.
constexpr std::size_t kPendingBytes = 16 * kChunkBytes;

/// One chunk as HDF5's filters shuffle and deflate (zlib format) would store it.
std::vector<std::byte> compressed(const std::byte* chunk, std::size_t element) {
  thread_local const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(h5::kDeflateLevel), libdeflate_free_compressor);
  if (!compressor) throw std::bad_alloc();
  const std::size_t count = kChunkBytes / element;
  std::vector<std::byte> planes(kChunkBytes);
  for (std::size_t b = 0; b < element; ++b)
    for (std::size_t i = 0; i < count; ++i) planes[b * count + i] = chunk[i * element + b];
  std::vector<std::byte> out(libdeflate_zlib_compress_bound(compressor.get(), planes.size()));
  out.resize(libdeflate_zlib_compress(compressor.get(), planes.data(), planes.size(), out.data(), out.size()));
  return out;
}

}  // namespace

ListWriter::ListWriter(const h5::Node& parent, const std::string& name, const std::string& stored, std::size_t element)
    : list_(parent.create_chunked_list(name, static_cast<Index>(kChunkBytes / element), stored)), element_(element) {}

void ListWriter::append(const std::byte* data, std::size_t size) {
  length_ += static_cast<Index>(size / element_);
  while (size > 0) {
    const std::size_t part = std::min(size, kPendingBytes - pending_.size());
    pending_.insert(pending_.end(), data, data + part);
    data += part;
    size -= part;
    if (pending_.size() == kPendingBytes) write_pending();
  }
}

void ListWriter::write_pending() {
  std::vector<std::vector<std::byte>> chunks(pending_.size() / kChunkBytes);
  core::parallel_for(static_cast<Index>(chunks.size()), [&](Index c) {
    const auto at = static_cast<std::size_t>(c);
    chunks[at] = compressed(pending_.data() + at * kChunkBytes, element_);
  });
  pending_.clear();
  list_.set_length(length_);
  for (const auto& chunk : chunks) list_.write_chunk(chunks_++, chunk);
}

void ListWriter::finish() {
  // The last chunk is stored whole, its end empty.
  pending_.resize((pending_.size() + kChunkBytes - 1) / kChunkBytes * kChunkBytes);
  if (!pending_.empty()) write_pending();
}

}  // namespace instar::io
