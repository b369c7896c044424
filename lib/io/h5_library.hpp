#pragma once

// Private to the h5*.cpp files: the library's header and the few conversions they share.

#include <hdf5.h>
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

/// Properties of a new dataset: no time stamps, chunked and compressed where it is large (or growing).
Id dataset_properties(const std::vector<Index>& dims, std::size_t element_bytes, bool growing, bool compressible);

/// Files opened with these properties are reached by our driver, see h5_driver.cpp.
void use_driver(const Id& access);

/// Tells our driver how many children a B-tree of chunks of this file (hid_t) has.
void note_tree_rank(std::int64_t file);

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

/// Makes the library read filters it does not bring: lzf, which h5py offers.
void register_filters();

/// Number and name of the first filter of a dataset that the library does not have; nothing where it has all.
std::optional<std::string> missing_filter(const Id& dataset);

}  // namespace instar::io::h5
