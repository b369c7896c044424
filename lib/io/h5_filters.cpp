#include <cstring>

#include "io/h5_library.hpp"
#include "io/lzf.hpp"

namespace instar::io::h5 {
namespace {

constexpr H5Z_filter_t kLzf = 32000;  // registered by h5py
constexpr std::size_t kLargestChunk = std::size_t{1} << 32;

// Called by the library for each chunk. The third of h5py's parameters is the size of a chunk.
std::size_t lzf_filter(unsigned flags, std::size_t count, const unsigned values[], std::size_t size,
                       std::size_t* buffer_size, void** buffer) {
  // Writing: leave the chunk as it is. h5py marks the filter as optional, so the library notes that it was skipped.
  if ((flags & H5Z_FLAG_REVERSE) == 0) return 0;
  std::size_t most = count >= 3 && values[2] != 0 ? values[2] : *buffer_size;
  auto out = expand_lzf(static_cast<const std::uint8_t*>(*buffer), size, most);
  // Writers other than h5py may not say how large a chunk is; LZF shrinks at most 264 bytes to 3.
  if (!out && size < kLargestChunk / 128) out = expand_lzf(static_cast<const std::uint8_t*>(*buffer), size, size * 128);
  if (!out || out->empty()) return 0;
  void* expanded = H5allocate_memory(out->size(), false);
  if (expanded == nullptr) return 0;
  std::memcpy(expanded, out->data(), out->size());
  H5free_memory(*buffer);
  *buffer = expanded;
  *buffer_size = out->size();
  return out->size();
}

}  // namespace

void register_filters() {
  if (H5Zfilter_avail(kLzf) > 0) return;
  const H5Z_class2_t lzf = {H5Z_CLASS_T_VERS, kLzf, 1, 1, "lzf", nullptr, nullptr, lzf_filter};
  H5Zregister(&lzf);
}

}  // namespace instar::io::h5
