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

/// Whether the chunks that hold rows [begin, begin + count) of a dataset expand to the size of a chunk, each looked at
/// once while its file is open. Expands them by several threads.
bool has_whole_chunks(const Id& dataset, const std::vector<Index>& dims, Index begin, Index count);

/// Copies the chunks of a dataset of these dimensions as they are to one that was created like it.
/// @returns false where one cannot be read, or written
bool copy_chunks(const Id& from, const Id& to, const std::vector<Index>& dims);

/// Nothing where the dataset is not such an array.
std::optional<ChunkedNumbers> chunked_numbers(const Id& dataset);

}  // namespace instar::io::h5
