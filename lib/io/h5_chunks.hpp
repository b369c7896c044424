#pragma once

// Private to the h5*.cpp files: chunks expanded by several threads, without the library's filters.

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "io/codecs.hpp"
#include "io/h5_library.hpp"

namespace instar::io::h5 {

/// Plain numbers, a list or a matrix, in chunks that went through one codec, with shuffle before it or not: what
/// anndata writes. Everything else is left to the library.
struct ChunkedNumbers {
  enum class Number { int8, int16, int32, int64, uint8, uint16, uint32, uint64, float32, float64 };
  Number number = Number::float64;
  std::size_t element = 8;  ///< bytes
  int rank = 1;
  Index rows = 0;
  Index cols = 1;  ///< of a list: 1
  Index chunk_rows = 1;
  Index chunk_cols = 1;
  bool shuffled = false;
  Codec codec = Codec::deflate;
  std::vector<unsigned> parameters;  ///< of the codec

  std::size_t chunk_bytes() const { return static_cast<std::size_t>(chunk_rows * chunk_cols) * element; }
};

/// Nothing where the dataset is not such an array.
std::optional<ChunkedNumbers> chunked_numbers(const Id& dataset);

}  // namespace instar::io::h5
