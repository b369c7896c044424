// Chunks as they are stored: copying them, and whether they expand to the size that the library expects: version 1.10
// does not look, and reads beyond what it got.

#include <algorithm>
#include <atomic>
#include <memory>

#include "core/parallel.hpp"
#include "io/h5_chunks.hpp"
#include "io/h5_filters.hpp"

namespace instar::io::h5 {
namespace {

constexpr std::size_t kFletcherSum = 4;  // that fletcher32 puts behind the data

using Stored = std::span<const std::byte>;

std::uint64_t number_at(Stored bytes, std::size_t at) {
  return little_endian(reinterpret_cast<const unsigned char*>(bytes.data()) + at, 4);
}

// Packed by their range: the number of bits, the least value, from byte 21 on the values.
bool is_whole_scaled(const std::vector<unsigned>& parameters, Stored in, std::size_t size) {
  constexpr std::size_t kValues = 21;
  if (parameters.size() < 8) return false;
  const std::size_t count = parameters[2];
  const std::size_t element = parameters[4];
  if (parameters[0] == 2 && parameters[1] == 8 * element) return in.size() == size;  // they were left as they are
  if (element == 0 || element > 8 || count * element != size || in.size() < kValues) return false;
  const std::uint64_t bits = number_at(in, 0);
  if (bits > 8 * element) return false;
  if (bits == 8 * element) return in.size() - kValues >= size;
  return bits == 0 || in.size() - kValues > size / element * bits / 8;
}

// Undoes the filters from the last to the first as far as they change the size. Filters of others have to be trusted.
bool is_whole(const std::vector<Filter>& filters, Stored in, std::size_t size) {
  std::size_t before = size;  // what goes into the one that packs
  std::size_t behind = 0;
  const Filter* packs = nullptr;
  for (const Filter& filter : filters) {
    if (filter.number == H5Z_FILTER_SHUFFLE) continue;
    if (filter.number == H5Z_FILTER_FLETCHER32) {
      (packs == nullptr ? before : behind) += kFletcherSum;
    } else if (packs != nullptr) {
      return true;  // two that pack: never seen
    } else {
      packs = &filter;
    }
  }
  if (packs == nullptr) return in.size() == before;
  if (in.size() < behind) return false;
  in = in.first(in.size() - behind);
  if (packs->number == H5Z_FILTER_SZIP) return in.size() >= 4 && number_at(in, 0) == before;
  if (packs->number == H5Z_FILTER_SCALEOFFSET) return is_whole_scaled(packs->parameters, in, before);
  const auto codec = codec_of(packs->number);
  if (!codec) return true;
  const auto out = std::make_unique_for_overwrite<std::byte[]>(before);
  return expand(*codec, packs->parameters, in, {out.get(), before});
}

/// The chunks that hold elements of some rows, one after the other.
class Grid {
 public:
  Grid(const std::vector<Index>& dims, const std::vector<hsize_t>& chunk, Index begin, Index count)
      : first_(dims.size()), last_(dims.size()), chunk_(chunk) {
    for (std::size_t d = 0; d < dims.size(); ++d) {
      first_[d] = d == 0 ? static_cast<hsize_t>(begin) / chunk[d] : 0;
      last_[d] = static_cast<hsize_t>((d == 0 ? begin + count : dims[d]) - 1) / chunk[d];
    }
    at_ = first_;
  }
  std::vector<std::uint64_t> start() const {
    std::vector<std::uint64_t> result(at_.size());
    for (std::size_t d = 0; d < at_.size(); ++d) result[d] = at_[d] * chunk_[d];
    return result;
  }
  bool next() {
    for (std::size_t d = at_.size(); d-- > 0;) {
      if (at_[d]++ < last_[d]) return true;
      at_[d] = first_[d];
    }
    return false;
  }

 private:
  std::vector<hsize_t> first_;
  std::vector<hsize_t> last_;
  std::vector<hsize_t> at_;
  std::vector<hsize_t> chunk_;
};

/// Finds the chunks that are to be looked at. @returns false where one is too small to be whole
bool find_chunks(const Id& dataset, Grid grid, std::uint64_t size, const std::unordered_set<std::uint64_t>& whole,
                 std::vector<ChunkPlace>& found) {
  const ChunkFinder finder(dataset.get());
  do {
    const ChunkPlace place = finder.find(grid.start());
    if (place.size == 0 || whole.count(place.address) != 0) continue;
    if (place.skipped == 0)
      found.push_back(place);
    else if (place.size < size)  // what it skipped does not bring it to its size
      return false;
  } while (grid.next());
  H5Eclear2(H5E_DEFAULT);
  return true;
}

}  // namespace

bool has_whole_chunks(const Id& dataset, const std::vector<Index>& dims, Index begin, Index count) {
  const std::uint64_t size = stored_chunk_bytes(dataset.get());
  const int descriptor = descriptor_of(dataset.get());
  const Id properties(H5Dget_create_plist(dataset.get()));
  if (size == 0 || descriptor < 0 || dims.empty() || product(dims) <= 0 || count <= 0) return true;
  const auto filters = filters_of(properties);
  if (filters.empty()) return true;
  std::vector<hsize_t> chunk(dims.size());
  unsigned options = 0;
  if (H5Pget_chunk(properties.get(), static_cast<int>(chunk.size()), chunk.data()) != static_cast<int>(chunk.size()) ||
      H5Pget_chunk_opts(properties.get(), &options) < 0)
    return false;
  if (options != 0) return true;  // chunks at the edge are not filtered: h5py cannot write such files
  auto& whole = *whole_chunks_of(dataset.get());
  std::vector<ChunkPlace> places;
  if (!find_chunks(dataset, Grid(dims, chunk, begin, count), size, whole, places)) return false;
  std::atomic<bool> sound{true};
  core::parallel_for(static_cast<Index>(places.size()), [&](Index i) {
    const ChunkPlace& place = places[static_cast<std::size_t>(i)];
    const auto stored = std::make_unique_for_overwrite<std::byte[]>(place.size);
    if (!read_stored(descriptor, place, stored.get()) || !is_whole(filters, {stored.get(), place.size}, size))
      sound = false;
  });
  if (!sound) return false;
  for (const ChunkPlace& place : places) whole.insert(place.address);
  return true;
}

bool copy_chunks(const Id& from, const Id& to, const std::vector<Index>& dims) {
  const Id properties(H5Dget_create_plist(from.get()));
  std::vector<hsize_t> chunk(dims.size());
  if (H5Pget_chunk(properties.get(), static_cast<int>(chunk.size()), chunk.data()) != static_cast<int>(chunk.size()))
    return false;
  if (product(dims) <= 0) return true;
  constexpr int kMostFailures = 1 << 18;
  int failures = 0;
  std::vector<std::byte> bytes;
  Grid grid(dims, chunk, 0, dims[0]);
  do {
    const auto start = grid.start();
    const std::vector<hsize_t> offset(start.begin(), start.end());
    hsize_t size = 0;
    const bool found = H5Dget_chunk_storage_size(from.get(), offset.data(), &size) >= 0;
    if (!found && ++failures > kMostFailures) return false;
    if (!found || size == 0) continue;  // never written
    if (static_cast<Index>(size) > stored_bytes_of(from.get())) return false;
    bytes.resize(size);
    std::uint32_t skipped = 0;
    if (H5Dread_chunk(from.get(), H5P_DEFAULT, offset.data(), &skipped, bytes.data()) < 0 ||
        H5Dwrite_chunk(to.get(), H5P_DEFAULT, skipped, offset.data(), size, bytes.data()) < 0)
      return false;
  } while (grid.next());
  H5Eclear2(H5E_DEFAULT);
  return true;
}

}  // namespace instar::io::h5
