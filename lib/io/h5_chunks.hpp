#pragma once

// Private to the h5*.cpp files: chunks compressed and inflated by several threads, without the library's filters.

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "io/h5_library.hpp"

namespace instar::io::h5 {

/// A list (one axis) of plain numbers in chunks that went through deflate, with shuffle before it or not: what anndata
/// writes. Everything else is left to the library.
struct DeflatedList {
  enum class Number { int8, int16, int32, int64, uint8, uint16, uint32, uint64, float32, float64 };
  Number number = Number::float64;
  std::size_t element = 8;  ///< bytes
  Index length = 0;         ///< elements of the list
  Index chunk = 1;          ///< elements of a chunk
  bool shuffled = false;
};

/// Nothing where the dataset is not such a list, or its chunks are so large that few of them make a block: a block may
/// begin and end within a chunk, which is then inflated for two of them.
std::optional<DeflatedList> deflated_list(hid_t dataset);

/// Inflates one chunk as it is stored. @param out [list.chunk * list.element bytes]
/// @returns false where the data are damaged or are not of that size
bool inflate(const DeflatedList& list, std::span<const std::byte> stored, std::span<std::byte> out);

}  // namespace instar::io::h5
