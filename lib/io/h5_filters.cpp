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

// Numbers as The HDF Group registers them; packages of Debian 12 that bring them.
std::string filter_name(H5Z_filter_t filter) {
  switch (filter) {
    case H5Z_FILTER_SZIP:
      return " (szip)";
    case 307:
      return " (bzip2; Debian package hdf5-filter-plugin)";
    case 32001:
      return " (blosc; Debian package hdf5-filter-plugin-blosc-serial)";
    case 32004:
      return " (lz4; Debian package hdf5-filter-plugin)";
    case 32008:
      return " (bitshuffle; Debian package hdf5-filter-plugin)";
    case 32015:
      return " (zstd)";
    case 32026:
      return " (blosc2)";
    default:
      return "";
  }
}

}  // namespace

std::optional<std::string> missing_filter(const Id& dataset) {
  const Id properties(H5Dget_create_plist(dataset.get()));
  for (int i = 0; i < H5Pget_nfilters(properties.get()); ++i) {
    unsigned flags = 0;
    unsigned config = 0;
    std::size_t values = 0;
    const H5Z_filter_t filter =
        H5Pget_filter2(properties.get(), static_cast<unsigned>(i), &flags, &values, nullptr, 0, nullptr, &config);
    if (filter >= 0 && H5Zfilter_avail(filter) <= 0) return std::to_string(filter) + filter_name(filter);
  }
  H5Eclear2(H5E_DEFAULT);
  return std::nullopt;
}

void register_filters() {
  if (H5Zfilter_avail(kLzf) > 0) return;
  const H5Z_class2_t lzf = {H5Z_CLASS_T_VERS, kLzf, 1, 1, "lzf", nullptr, nullptr, lzf_filter};
  H5Zregister(&lzf);
}

}  // namespace instar::io::h5
