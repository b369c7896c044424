#include "io/h5_chunks.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <type_traits>
#include <utility>

#include "core/parallel.hpp"
#include "io/h5_filters.hpp"

namespace instar::io::h5 {
namespace {

// What is read may begin and end within chunks, which are then expanded for two readers. Beyond this (as many elements,
// twice as much as is wanted) the library with its cache of chunks is faster.
constexpr Index kAlwaysExpanded = Index{1} << 20;

std::optional<ChunkedNumbers::Number> plain_number(hid_t type) {
  using Number = ChunkedNumbers::Number;
  const std::pair<hid_t, Number> known[] = {{H5T_NATIVE_INT8, Number::int8},     {H5T_NATIVE_INT16, Number::int16},
                                            {H5T_NATIVE_INT32, Number::int32},   {H5T_NATIVE_INT64, Number::int64},
                                            {H5T_NATIVE_UINT8, Number::uint8},   {H5T_NATIVE_UINT16, Number::uint16},
                                            {H5T_NATIVE_UINT32, Number::uint32}, {H5T_NATIVE_UINT64, Number::uint64},
                                            {H5T_NATIVE_FLOAT, Number::float32}, {H5T_NATIVE_DOUBLE, Number::float64}};
  for (const auto& [native, number] : known)
    if (H5Tequal(type, native) > 0) return number;
  return std::nullopt;
}

/// As the library converts: what does not fit an integer becomes the nearest that does.
template <class To, class From>
To converted(From value) {
  if constexpr (std::is_integral_v<To> && std::is_integral_v<From>) {
    if (std::in_range<To>(value)) return static_cast<To>(value);
    return std::cmp_less(value, 0) ? std::numeric_limits<To>::min() : std::numeric_limits<To>::max();
  } else {
    return static_cast<To>(value);
  }
}

template <class From, class To>
void convert(const std::byte* in, Index count, To* out) {
  for (Index i = 0; i < count; ++i) {
    From value;
    std::memcpy(&value, in + static_cast<std::size_t>(i) * sizeof value, sizeof value);
    out[i] = converted<To>(value);
  }
}

/// Whether a conversion is one of those above; the library does the others.
template <class To>
bool convertible(ChunkedNumbers::Number number) {
  using Number = ChunkedNumbers::Number;
  if constexpr (std::is_same_v<To, double>) return true;
  if constexpr (std::is_same_v<To, float>) return number == Number::float32;
  return number != Number::float32 && number != Number::float64;
}

/// Whether elements are stored as they are in memory.
template <class To>
bool is_same(ChunkedNumbers::Number number) {
  using Number = ChunkedNumbers::Number;
  if constexpr (std::is_same_v<To, double>) return number == Number::float64;
  if constexpr (std::is_same_v<To, float>) return number == Number::float32;
  if constexpr (std::is_same_v<To, std::int64_t>) return number == Number::int64;
  if constexpr (std::is_same_v<To, std::int32_t>) return number == Number::int32;
  if constexpr (std::is_same_v<To, std::int8_t>) return number == Number::int8;
  return false;
}

template <class To>
void convert(ChunkedNumbers::Number number, const std::byte* in, Index count, To* out) {
  using Number = ChunkedNumbers::Number;
  switch (number) {
    case Number::int8:
      return convert<std::int8_t>(in, count, out);
    case Number::int16:
      return convert<std::int16_t>(in, count, out);
    case Number::int32:
      return convert<std::int32_t>(in, count, out);
    case Number::int64:
      return convert<std::int64_t>(in, count, out);
    case Number::uint8:
      return convert<std::uint8_t>(in, count, out);
    case Number::uint16:
      return convert<std::uint16_t>(in, count, out);
    case Number::uint32:
      return convert<std::uint32_t>(in, count, out);
    case Number::uint64:
      return convert<std::uint64_t>(in, count, out);
    case Number::float32:
      return convert<float>(in, count, out);
    case Number::float64:
      return convert<double>(in, count, out);
  }
}

/// Room that a thread keeps: fresh memory for every chunk would cost more than expanding it.
class Room {
 public:
  std::byte* of(std::size_t size) {
    if (size > size_) {
      bytes_ = std::make_unique_for_overwrite<std::byte[]>(size);
      size_ = size;
    }
    return bytes_.get();
  }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;
};

/// Reads one chunk from the file and expands it. @param out [array.chunk_bytes()]
bool expand_chunk(const ChunkedNumbers& array, int descriptor, const ChunkPlace& place, std::byte* out) {
  thread_local Room stored;
  thread_local Room planes;
  const std::size_t size = array.chunk_bytes();
  // A chunk that grew so much was not made by a codec.
  if (place.size == 0 || place.skipped != 0 || place.size > 2 * size + 1024 ||
      !read_stored(descriptor, place, stored.of(place.size)))
    return false;
  const std::span<const std::byte> in(stored.of(place.size), place.size);
  if (!array.shuffled) return expand(array.codec, array.parameters, in, {out, size});
  const std::span<std::byte> shuffled(planes.of(size), size);
  if (!expand(array.codec, array.parameters, in, shuffled)) return false;
  unshuffle(shuffled, {out, size}, array.element);
  return true;
}

/// The part of a chunk that is wanted: rows [row, row + rows) and columns [col, col + cols) of the array.
struct Part {
  Index row = 0;
  Index rows = 0;
  Index col = 0;
  Index cols = 0;
};

/// Cuts rows [begin, begin + count) of an array into the parts that its chunks hold.
class Parts {
 public:
  Parts(const ChunkedNumbers& array, Index begin, Index count)
      : array_(array), begin_(begin), end_(begin + count), first_band_(begin / array.chunk_rows) {
    bands_ = (end_ + array.chunk_rows - 1) / array.chunk_rows - first_band_;
    across_ = (array.cols + array.chunk_cols - 1) / array.chunk_cols;
  }
  Index size() const { return bands_ * across_; }
  /// Elements of all chunks that are touched.
  double elements() const {
    return static_cast<double>(size()) * static_cast<double>(array_.chunk_rows) *
           static_cast<double>(array_.chunk_cols);
  }
  Index chunk_row(Index number) const { return (first_band_ + number / across_) * array_.chunk_rows; }
  Index chunk_col(Index number) const { return number % across_ * array_.chunk_cols; }
  Part part(Index number) const {
    const Index row = std::max(begin_, chunk_row(number));
    const Index col = chunk_col(number);
    return {row, std::min(end_, chunk_row(number) + array_.chunk_rows) - row, col,
            std::min(array_.cols - col, array_.chunk_cols)};
  }

 private:
  const ChunkedNumbers& array_;
  Index begin_;
  Index end_;
  Index first_band_;
  Index bands_ = 0;
  Index across_ = 0;
};

/// Expands a chunk and puts its part where it belongs. @param out the rows from `begin` on
template <class T>
bool place_part(const ChunkedNumbers& array, const Parts& parts, Index number, int descriptor, const ChunkPlace& place,
                Index begin, T* out) {
  const Part part = parts.part(number);
  T* const target = out + (part.row - begin) * array.cols + part.col;
  if (is_same<T>(array.number) && part.rows == array.chunk_rows && array.chunk_cols == array.cols)
    return expand_chunk(array, descriptor, place, reinterpret_cast<std::byte*>(target));
  thread_local Room room;
  std::byte* const whole = room.of(array.chunk_bytes());
  if (!expand_chunk(array, descriptor, place, whole)) return false;
  const Index skipped = part.row - parts.chunk_row(number);
  const auto at = [&](Index row) { return whole + static_cast<std::size_t>(row * array.chunk_cols) * array.element; };
  if (array.chunk_cols == array.cols) {
    convert(array.number, at(skipped), part.rows * array.cols, target);
  } else {
    for (Index i = 0; i < part.rows; ++i) convert(array.number, at(skipped + i), part.cols, target + i * array.cols);
  }
  return true;
}

}  // namespace

std::optional<ChunkedNumbers> chunked_numbers(const Id& dataset) {
  const Id properties(H5Dget_create_plist(dataset.get()));
  const Id space(H5Dget_space(dataset.get()));
  const Id type(H5Dget_type(dataset.get()));
  const int rank = H5Sget_simple_extent_ndims(space.get());
  hsize_t chunk[2] = {1, 1};
  hsize_t extent[2] = {0, 1};
  if (H5Pget_layout(properties.get()) != H5D_CHUNKED || (rank != 1 && rank != 2) ||
      H5Pget_chunk(properties.get(), rank, chunk) != rank ||
      H5Sget_simple_extent_dims(space.get(), extent, nullptr) != rank)
    return std::nullopt;
  constexpr auto kMost = static_cast<hsize_t>(std::numeric_limits<Index>::max() / 2);
  constexpr hsize_t kMostInChunk = hsize_t{1} << 31;
  const auto number = plain_number(type.get());
  if (!number || extent[0] > kMost || extent[1] > kMost || chunk[0] < 1 || chunk[1] < 1 || chunk[0] > kMostInChunk ||
      chunk[1] > kMostInChunk / chunk[0])
    return std::nullopt;
  ChunkedNumbers array;
  array.number = *number;
  array.element = H5Tget_size(type.get());
  array.rank = rank;
  array.rows = static_cast<Index>(extent[0]);
  array.cols = static_cast<Index>(extent[1]);
  array.chunk_rows = static_cast<Index>(chunk[0]);
  array.chunk_cols = static_cast<Index>(chunk[1]);
  auto filters = filters_of(properties);
  if (filters.empty() || filters.size() > 2) return std::nullopt;
  const auto codec = codec_of(filters.back().number);
  if (!codec) return std::nullopt;
  array.codec = *codec;
  array.parameters = std::move(filters.back().parameters);
  if (filters.size() == 2) {
    const Filter& first = filters.front();
    if (first.number != H5Z_FILTER_SHUFFLE || first.parameters.empty() || first.parameters[0] != array.element)
      return std::nullopt;
    array.shuffled = true;
  }
  return array;
}

/// @returns false, with nothing done, where the dataset is not such an array or the library would be faster
template <class T>
bool Node::expand_slab(Index begin, Index count, T* out) const {
  const int descriptor = descriptor_of(id_.get());
  const auto array = descriptor < 0 ? std::nullopt : chunked_numbers(id_);
  if (!array || !convertible<T>(array->number) || begin < 0 || begin + count > array->rows || array->cols == 0)
    return false;
  const Parts parts(*array, begin, count);
  if (parts.elements() > static_cast<double>(std::max(kAlwaysExpanded, 2 * count * array->cols))) return false;
  // The library, which one thread may use, only says where the chunks are; threads read and expand them.
  std::vector<ChunkPlace> places(static_cast<std::size_t>(parts.size()));
  const ChunkFinder finder(id_.get());
  for (Index c = 0; c < parts.size(); ++c) {
    std::vector<std::uint64_t> start{static_cast<std::uint64_t>(parts.chunk_row(c))};
    if (array->rank == 2) start.push_back(static_cast<std::uint64_t>(parts.chunk_col(c)));
    places[static_cast<std::size_t>(c)] = finder.find(start);
  }
  H5Eclear2(H5E_DEFAULT);
  std::vector<char> done(places.size(), 0);
  core::parallel_for(parts.size(), [&](Index c) {
    const auto at = static_cast<std::size_t>(c);
    done[at] = place_part(*array, parts, c, descriptor, places[at], begin, out) ? 1 : 0;
  });
  // The library reads the rest, or says what is wrong with it.
  for (std::size_t i = 0; i < done.size(); ++i) {
    if (done[i] != 0) continue;
    const Part part = parts.part(static_cast<Index>(i));
    read_slab(part.row, part.rows, native_type<T>(), out + (part.row - begin) * array->cols);
  }
  return true;
}

template bool Node::expand_slab<double>(Index, Index, double*) const;
template bool Node::expand_slab<float>(Index, Index, float*) const;
template bool Node::expand_slab<std::int64_t>(Index, Index, std::int64_t*) const;
template bool Node::expand_slab<std::int32_t>(Index, Index, std::int32_t*) const;
template bool Node::expand_slab<std::int8_t>(Index, Index, std::int8_t*) const;

}  // namespace instar::io::h5
