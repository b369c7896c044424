#include "io/h5_chunks.hpp"

#include <algorithm>
#include <cstring>
#include <libdeflate.h>
#include <limits>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "core/parallel.hpp"

namespace instar::io::h5 {
namespace {

constexpr Index kLargestChunk = Index{1} << 19;  // elements
// Chunks are read, then inflated, in batches that hold no more than this many bytes and chunks.
constexpr Index kBatchBytes = Index{32} << 20;
constexpr Index kBatchChunks = 1024;

/// Whether the filters are deflate, or shuffle and deflate. `shuffled` says which.
bool only_deflate(hid_t properties, std::size_t element, bool& shuffled) {
  const int filters = H5Pget_nfilters(properties);
  if (filters < 1 || filters > 2) return false;
  for (int i = 0; i < filters; ++i) {
    unsigned flags = 0;
    unsigned config = 0;
    unsigned values[1] = {0};
    std::size_t count = 1;
    const H5Z_filter_t filter =
        H5Pget_filter2(properties, static_cast<unsigned>(i), &flags, &count, values, 0, nullptr, &config);
    const bool last = i + 1 == filters;
    if (filter != (last ? H5Z_FILTER_DEFLATE : H5Z_FILTER_SHUFFLE)) return false;
    if (!last && (count < 1 || values[0] != element)) return false;
  }
  shuffled = filters == 2;
  return true;
}

std::optional<DeflatedList::Number> plain_number(hid_t type) {
  using Number = DeflatedList::Number;
  const std::pair<hid_t, Number> known[] = {{H5T_NATIVE_INT8, Number::int8},     {H5T_NATIVE_INT16, Number::int16},
                                            {H5T_NATIVE_INT32, Number::int32},   {H5T_NATIVE_INT64, Number::int64},
                                            {H5T_NATIVE_UINT8, Number::uint8},   {H5T_NATIVE_UINT16, Number::uint16},
                                            {H5T_NATIVE_UINT32, Number::uint32}, {H5T_NATIVE_UINT64, Number::uint64},
                                            {H5T_NATIVE_FLOAT, Number::float32}, {H5T_NATIVE_DOUBLE, Number::float64}};
  for (const auto& [native, number] : known)
    if (H5Tequal(type, native) > 0) return number;
  return std::nullopt;
}

// The filter stores the first bytes of all elements, then their second bytes, and so on.
void unshuffle(const std::byte* in, std::byte* out, std::size_t count, std::size_t element) {
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t b = 0; b < element; ++b) out[i * element + b] = in[b * count + i];
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
bool convertible(DeflatedList::Number number) {
  using Number = DeflatedList::Number;
  if constexpr (std::is_same_v<To, double>) return true;
  if constexpr (std::is_same_v<To, float>) return number == Number::float32;
  return number != Number::float32 && number != Number::float64;
}

template <class To>
void convert(DeflatedList::Number number, const std::byte* in, Index count, To* out) {
  using Number = DeflatedList::Number;
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

/// The bytes of a chunk as they are in the file; empty where the library had better look at it itself: it was never
/// written, skipped a filter, or claims a size that no chunk can have.
std::vector<std::byte> stored_chunk(hid_t dataset, const DeflatedList& list, Index number) {
  const auto start = static_cast<hsize_t>(number) * static_cast<hsize_t>(list.chunk);
  const auto whole = static_cast<hsize_t>(list.chunk) * list.element;
  hsize_t size = 0;
  std::uint32_t skipped = 0;
  if (H5Dget_chunk_storage_size(dataset, &start, &size) < 0 || size == 0 || size > 2 * whole + 1024) return {};
  std::vector<std::byte> bytes(size);
  if (H5Dread_chunk(dataset, H5P_DEFAULT, &start, &skipped, bytes.data()) < 0 || skipped != 0) return {};
  return bytes;
}

}  // namespace

std::optional<DeflatedList> deflated_list(hid_t dataset) {
  const Id properties(H5Dget_create_plist(dataset));
  const Id space(H5Dget_space(dataset));
  const Id type(H5Dget_type(dataset));
  hsize_t chunk = 0;
  hsize_t length = 0;
  if (H5Pget_layout(properties.get()) != H5D_CHUNKED || H5Sget_simple_extent_ndims(space.get()) != 1 ||
      H5Pget_chunk(properties.get(), 1, &chunk) != 1 || H5Sget_simple_extent_dims(space.get(), &length, nullptr) != 1)
    return std::nullopt;
  const auto number = plain_number(type.get());
  if (!number || chunk < 1 || chunk > static_cast<hsize_t>(kLargestChunk) ||
      length > static_cast<hsize_t>(std::numeric_limits<Index>::max() / 2))
    return std::nullopt;
  DeflatedList list{*number, H5Tget_size(type.get()), static_cast<Index>(length), static_cast<Index>(chunk), false};
  if (!only_deflate(properties.get(), list.element, list.shuffled)) return std::nullopt;
  return list;
}

bool inflate(const DeflatedList& list, std::span<const std::byte> stored, std::span<std::byte> out) {
  thread_local const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> decompressor(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  if (!decompressor) throw std::bad_alloc();
  std::vector<std::byte> planes(list.shuffled ? out.size() : 0);
  std::byte* target = list.shuffled ? planes.data() : out.data();
  if (libdeflate_zlib_decompress(decompressor.get(), stored.data(), stored.size(), target, out.size(), nullptr) !=
      LIBDEFLATE_SUCCESS)
    return false;
  if (list.shuffled) unshuffle(target, out.data(), out.size() / list.element, list.element);
  return true;
}

/// @returns false, with nothing done, where the dataset is not a list of deflated chunks
template <class T>
bool Node::inflate_slab(Index begin, Index count, T* out) const {
  const auto list = deflated_list(id_.get());
  if (!list || !convertible<T>(list->number) || begin < 0 || begin + count > list->length) return false;
  const Index last = (begin + count - 1) / list->chunk;
  const Index chunk_bytes = list->chunk * static_cast<Index>(list->element);
  const Index batch = std::clamp<Index>(kBatchBytes / chunk_bytes, 1, kBatchChunks);
  std::vector<std::vector<std::byte>> stored;
  for (Index first = begin / list->chunk; first <= last; first += batch) {
    // Reading is the library's, which one thread may use; inflating is what takes the time.
    stored.clear();
    for (Index c = first; c <= std::min(last, first + batch - 1); ++c)
      stored.push_back(stored_chunk(id_.get(), *list, c));
    H5Eclear2(H5E_DEFAULT);
    std::vector<char> done(stored.size(), 0);
    const auto part_of = [&](Index c) {
      const Index from = std::max(begin, c * list->chunk);
      return std::pair(from, std::min(begin + count, (c + 1) * list->chunk) - from);
    };
    core::parallel_for(static_cast<Index>(stored.size()), [&](Index i) {
      const auto& bytes = stored[static_cast<std::size_t>(i)];
      std::vector<std::byte> whole(static_cast<std::size_t>(chunk_bytes));
      if (bytes.empty() || !inflate(*list, bytes, whole)) return;
      const auto [from, size] = part_of(first + i);
      const auto skipped = static_cast<std::size_t>(from - (first + i) * list->chunk);
      convert(list->number, whole.data() + skipped * list->element, size, out + (from - begin));
      done[static_cast<std::size_t>(i)] = 1;
    });
    // The library reads the rest, or says what is wrong with it.
    for (std::size_t i = 0; i < done.size(); ++i) {
      const auto [from, size] = part_of(first + static_cast<Index>(i));
      if (done[i] == 0) read_slab(from, size, native_type<T>(), out + (from - begin));
    }
  }
  return true;
}

template bool Node::inflate_slab<double>(Index, Index, double*) const;
template bool Node::inflate_slab<float>(Index, Index, float*) const;
template bool Node::inflate_slab<std::int64_t>(Index, Index, std::int64_t*) const;
template bool Node::inflate_slab<std::int32_t>(Index, Index, std::int32_t*) const;
template bool Node::inflate_slab<std::int8_t>(Index, Index, std::int8_t*) const;

}  // namespace instar::io::h5
