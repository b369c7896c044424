#pragma once

// Private to the h5*.cpp files: the filters that chunks go through, and those that the library gets from us.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "io/codecs.hpp"
#include "io/h5_library.hpp"

namespace instar::io::h5 {

/// One filter of a dataset, with the parameters that are stored with it.
struct Filter {
  H5Z_filter_t number = 0;
  std::vector<unsigned> parameters;
};

/// In the order in which a chunk goes through them when it is written. @param properties of the dataset's creation
std::vector<Filter> filters_of(const Id& properties);

/// The codec behind a filter; nothing where it is not one that compresses, or not one of ours.
std::optional<Codec> codec_of(H5Z_filter_t filter);

/// Whether h5py brings the filter with it, so that a copy may keep it.
bool is_usual(H5Z_filter_t filter);

/// Makes the library read filters it does not bring: lzf, blosc, zstd, lz4, bitshuffle.
void register_filters();

/// Whether chunks that went through a filter can be read.
bool is_available(H5Z_filter_t filter);

/// Makes the library accept datasets with filters that are not available, to be written in chunks that went through
/// them already.
void accept_all(const std::vector<Filter>& filters);

/// Number and name of the first filter of a dataset that the library does not have, and what to do; nothing where it
/// has all.
struct MissingFilter {
  std::string name;
  std::string advice;
};
std::optional<MissingFilter> missing_filter(const Id& dataset);

/// While one lives, our filters expand no chunk to more than this dataset's chunks hold, whatever the data say.
class ChunkBound {
 public:
  explicit ChunkBound(const Id& dataset);
  ~ChunkBound();
  ChunkBound(const ChunkBound&) = delete;
  ChunkBound& operator=(const ChunkBound&) = delete;

 private:
  std::size_t before_;
};

}  // namespace instar::io::h5
