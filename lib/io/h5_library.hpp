#pragma once

// Private to the h5*.cpp files: the library's header and the few conversions they share.

#include <hdf5.h>
#include <unordered_set>
#include <vector>

#include "io/h5.hpp"
#include "io/h5_heap.hpp"

namespace instar::io::h5 {

static_assert(sizeof(hid_t) == sizeof(std::int64_t), "h5.hpp keeps hid_t as int64_t (HDF5 >= 1.10)");

/// Text at least this long is kept out of memory twice: elements are read in pieces of this many.
constexpr Index kTextPiece = 1 << 16;

/// The native type of T, in memory.
template <class T>
Id native_type();
template <>
Id native_type<double>();
template <>
Id native_type<float>();
template <>
Id native_type<std::int64_t>();
template <>
Id native_type<std::int32_t>();
template <>
Id native_type<std::int8_t>();

/// The stored type of that numpy name (little-endian; `bool` as h5py writes it).
Id stored_type(const std::string& numpy);

/// Variable-length UTF-8 text.
Id text_type();

Type describe_type(hid_t type);

/// The number of elements of these dimensions; -1 where it exceeds what an Index holds.
Index product(const std::vector<Index>& dims);

Id simple_space(const std::vector<Index>& dims);

/// A selection of [begin, begin + count) along the first axis of a dataset's space.
Id select_rows(const std::vector<Index>& dims, Index begin, Index count);

/// Properties of a new dataset: no time stamps, chunked, shuffled and deflated where it is large.
Id dataset_properties(const std::vector<Index>& dims, std::size_t element_bytes, bool compressible);

/// Files opened with these properties are reached by our driver, see h5_driver.cpp.
void use_driver(const Id& access);

/// How the complaints of our driver begin that refuse a structure of the file, see h5_bytes.hpp; then `problem|advice`.
inline constexpr const char* kUnsound = "not sound: ";

/// The collections of variable-length text of the file that an object (hid_t) is in; null where it is not our driver's.
Heaps* heaps_of(std::int64_t object);

/// An unsigned number of `count` bytes, as HDF5 stores it.
std::uint64_t little_endian(const unsigned char* bytes, int count);

/// The first error (errno) of a write since forget_write_error(); 0: none. The library was not told of it.
int write_error();
void forget_write_error();

/// Called where a write has failed: from then on nothing is closed.
void abandon();

/// Turns off what the library prints and does at exit; called before its first use.
void prepare_library();

/// Bytes of a chunk of a chunked dataset with these creation properties.
std::size_t chunk_bytes(const Id& dataset, const Id& properties);

/// Where the bytes of one chunk are in the file.
struct ChunkPlace {
  std::uint64_t address = 0;  ///< from the beginning of the file
  std::uint64_t size = 0;     ///< 0: it was never written, or is not in a file of our driver
  std::uint32_t skipped = 0;  ///< filters that it did not go through, a bit each
};

/// Finds chunks of a dataset (hid_t, which stays open) without reading them.
class ChunkFinder {
 public:
  explicit ChunkFinder(std::int64_t dataset);
  /// @param start the chunk's first element along each axis
  ChunkPlace find(const std::vector<std::uint64_t>& start) const;

 private:
  std::int64_t dataset_;
  void* driver_ = nullptr;  ///< of the dataset's file; null: not one of ours that is only read
};

/// Bytes of a whole chunk of a dataset (hid_t) as it is in the file; 0 where it has none or is not in a file of our
/// driver.
std::uint64_t stored_chunk_bytes(std::int64_t dataset);

/// The chunks of the file of a dataset (hid_t), by address, that were found to expand to their size.
std::unordered_set<std::uint64_t>* whole_chunks_of(std::int64_t dataset);

/// Reads bytes of the file that a dataset (hid_t) is in; may be called by several threads. @returns false where the
/// file cannot be read or ends before
bool read_stored(int descriptor, const ChunkPlace& place, std::byte* out);

/// Bytes of the file that an object (hid_t) is in; no bound where it is not one of ours that is only read.
Index stored_bytes_of(std::int64_t object);

/// The descriptor of the file that an object (hid_t) is in; -1 where it is not one of ours that is only read.
int descriptor_of(std::int64_t object);

}  // namespace instar::io::h5
