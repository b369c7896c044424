#pragma once

// Private to the h5*.cpp files: the messages of object headers. Version 1.10 of the library decodes most of them
// without looking where they end, and believes the sizes in them; so each is checked here first, with nothing kept of
// it but what others have to agree with. HDF5 File Format Specification 3.0, IV.A.2. All functions throw Unsound.

#include <cstdint>
#include <optional>
#include <vector>

#include "io/h5_bytes.hpp"

namespace instar::io::h5 {

/// Kinds of messages, as numbered there.
namespace message {
enum : unsigned {
  space = 0x01,
  link_info = 0x02,
  type = 0x03,
  old_fill = 0x04,
  fill = 0x05,
  link = 0x06,
  external_files = 0x07,
  layout = 0x08,
  group_info = 0x0A,
  filters = 0x0B,
  attribute = 0x0C,
  comment = 0x0D,
  old_time = 0x0E,
  shared_table = 0x0F,
  continuation = 0x10,
  symbol_table = 0x11,
  time = 0x12,
  tree_ranks = 0x13,
  driver_info = 0x14,
  attribute_info = 0x15,
  references = 0x16,
  space_info = 0x17,
  cache_image = 0x18
};
}

/// What sound files may have, but none that an h5ad writer makes.
inline constexpr Unsound kElsewhere{"its data are in another file, which is not followed",
                                    "copy the data into this file (h5repack does)"};
inline constexpr Unsound kSharedParts{"parts of headers are shared between objects, which is not read here",
                                      "write it again with h5repack or anndata"};

inline constexpr Unsound kNewer{"it is in a format of a later HDF5 than is read here",
                                "write it again without libver='latest'"};

/// The type of elements.
struct TypeFacts {
  std::uint64_t size = 0;  ///< bytes of one
  bool newer = false;      ///< written by a later HDF5 in a way that the library refuses at once; nothing more is known
};

/// The shape of a dataset or attribute.
struct SpaceFacts {
  unsigned rank = 0;
  std::uint64_t count = 0;          ///< elements
  std::vector<std::uint64_t> most;  ///< what each dimension may grow to; kNowhere: anything
};

/// Where the data of a dataset are.
struct LayoutFacts {
  enum class Kind { compact, contiguous, chunked };
  /// Of chunks: a version 1 B-tree, or in version 4 one chunk, chunks one behind the other, arrays, a version 2 B-tree.
  enum class Index { tree, single, implicit, fixed, extensible, records };
  Kind kind = Kind::compact;
  std::uint64_t size = 0;            ///< bytes, of a chunk where chunked; 0 where it is not said
  unsigned rank = 0;                 ///< chunked: dimensions, that of an element's bytes included
  std::uint64_t element = 0;         ///< chunked: bytes of an element
  std::uint64_t address = kNowhere;  ///< of the data, or of the index of chunks
  Index index = Index::tree;
  std::vector<std::uint64_t> chunk;  ///< chunked: elements along each dimension
  std::uint64_t stored = 0;          ///< of one chunk that went through filters: bytes as it is stored
  bool filtered = false;             ///< one chunk that went through filters
  bool skipped = false;              ///< of these some were skipped
};

/// Where links or attributes are that do not lie in the header.
struct DenseFacts {
  std::uint64_t heap = kNowhere;
  std::uint64_t by_name = kNowhere;  ///< B-trees of them
  std::uint64_t by_order = kNowhere;
};

TypeFacts check_type(Bytes& bytes, int depth = 0);
SpaceFacts check_space(Bytes& bytes);
LayoutFacts check_layout(Bytes& bytes);
/// @returns the bytes of the fill value; nothing where there is none
std::optional<std::uint64_t> check_fill(Bytes& bytes, bool old);
/// @returns the number of filters
unsigned check_filters(Bytes& bytes);
void check_link(Bytes& bytes);
DenseFacts check_link_info(Bytes& bytes);
DenseFacts check_attribute_info(Bytes& bytes);
void check_group_info(Bytes& bytes);

/// Where a message lies in another header (committed types).
/// @returns the address of that header
std::uint64_t check_shared(Bytes& bytes);

/// The parts of an attribute.
struct AttributeParts {
  std::span<const unsigned char> type;
  bool type_is_shared = false;
  std::span<const unsigned char> space;
  std::size_t data = 0;  ///< bytes left for its values
};
AttributeParts check_attribute(Bytes& bytes);

}  // namespace instar::io::h5
