#include "io/h5_messages.hpp"

#include <limits>

namespace instar::io::h5 {
namespace {

constexpr unsigned kMostDimensions = 32;
constexpr const char* kWrongShape = "a shape is beyond any machine";
constexpr const char* kWrongLayout = "where data are stored contradicts itself";

void require_version(Bytes& bytes, unsigned least, unsigned most, unsigned& version) {
  version = bytes.byte();
  if (version > most) throw Unsound(kNewer);
  require(version >= least, "the version of a header's message is damaged");
}

/// Sizes of a chunk along each dimension, the bytes of an element last.
void check_chunk(Bytes& bytes, std::size_t width, LayoutFacts& facts) {
  require(facts.rank >= 2 && facts.rank <= kMostDimensions + 1, kWrongLayout);
  facts.size = 1;
  for (unsigned d = 0; d < facts.rank; ++d) {
    facts.element = bytes.number(width);
    if (d + 1 < facts.rank) facts.chunk.push_back(facts.element);
    require(facts.element > 0 && !__builtin_mul_overflow(facts.size, facts.element, &facts.size) &&
                facts.size <= std::numeric_limits<std::uint32_t>::max(),
            kWrongLayout);
  }
}

LayoutFacts check_old_layout(Bytes& bytes) {
  using Kind = LayoutFacts::Kind;
  LayoutFacts facts;
  facts.rank = bytes.byte();
  const unsigned kind = bytes.byte();
  require(facts.rank > 0 && facts.rank <= kMostDimensions + 1 && kind <= 2, kWrongLayout);
  facts.kind = kind == 0 ? Kind::compact : kind == 1 ? Kind::contiguous : Kind::chunked;
  bytes.skip(5);
  if (facts.kind != Kind::compact) facts.address = bytes.number(8);
  if (facts.kind == Kind::chunked) {
    check_chunk(bytes, 4, facts);
    return facts;
  }
  bytes.skip(4 * std::uint64_t{facts.rank});
  if (facts.kind == Kind::compact) {
    facts.size = bytes.number(4);
    bytes.skip(facts.size);
  }
  return facts;
}

// Version 4: the index of chunks may be of five kinds.
void check_index(Bytes& bytes, LayoutFacts& facts) {
  using Index = LayoutFacts::Index;
  const unsigned flags = bytes.byte();
  facts.rank = bytes.byte();
  const unsigned width = bytes.byte();
  require(flags <= 3 && width >= 1 && width <= 8, kWrongLayout);
  if ((flags & 1U) != 0)
    throw Unsound{"its chunks at the edge are stored in another way than the others, which is not read here",
                  "write it again with h5repack or anndata"};
  check_chunk(bytes, width, facts);
  const unsigned index = bytes.byte();
  require(index >= 1 && index <= 5, kWrongLayout);
  facts.index = static_cast<Index>(index);
  facts.filtered = (flags & 2U) != 0;
  require(!facts.filtered || facts.index == Index::single, kWrongLayout);
  if (facts.filtered) {
    facts.stored = bytes.number(8);
    facts.skipped = bytes.number(4) != 0;
  }
  if (facts.index == Index::fixed) require(bytes.byte() > 0, kWrongLayout);
  if (facts.index == Index::extensible)
    for (int i = 0; i < 5; ++i) require(bytes.byte() > 0, kWrongLayout);
  if (facts.index == Index::records) bytes.skip(6);
  facts.address = bytes.number(8);
}

}  // namespace

SpaceFacts check_space(Bytes& bytes) {
  unsigned version = 0;
  require_version(bytes, 1, 2, version);
  SpaceFacts facts;
  facts.rank = bytes.byte();
  const unsigned flags = bytes.byte();
  const unsigned kind = bytes.byte();  // version 1: reserved
  if (version == 1) bytes.skip(4);
  require(facts.rank <= kMostDimensions && (version == 1 || kind == 1 || (kind <= 2 && facts.rank == 0)), kWrongShape);
  facts.count = version == 2 && kind == 2 ? 0 : 1;
  std::uint64_t extent = 1;  // of an empty space: its other dimensions count too
  for (unsigned d = 0; d < facts.rank; ++d) {
    const std::uint64_t dim = bytes.number(8);
    facts.count *= dim;
    facts.most.push_back(dim);
    if (dim > 0) require(!__builtin_mul_overflow(extent, dim, &extent), kWrongShape);
  }
  require(extent <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()), kWrongShape);
  for (unsigned d = 0; (flags & 1U) != 0 && d < facts.rank; ++d) {
    const std::uint64_t most = bytes.number(8);
    require(most >= facts.most[d], kWrongShape);
    facts.most[d] = most;
  }
  return facts;
}

LayoutFacts check_layout(Bytes& bytes) {
  using Kind = LayoutFacts::Kind;
  unsigned version = 0;
  require_version(bytes, 1, 4, version);
  if (version < 3) return check_old_layout(bytes);
  LayoutFacts facts;
  const unsigned kind = bytes.byte();
  require(kind <= 3, kWrongLayout);
  if (kind == 3) throw Unsound(kElsewhere);
  if (kind == 0) {
    facts.size = bytes.number(2);
    bytes.skip(facts.size);
  } else if (kind == 1) {
    facts.kind = Kind::contiguous;
    facts.address = bytes.number(8);
    facts.size = bytes.number(8);
  } else if (version == 3) {
    facts.kind = Kind::chunked;
    facts.rank = bytes.byte();
    facts.address = bytes.number(8);
    check_chunk(bytes, 4, facts);
  } else {
    facts.kind = Kind::chunked;
    check_index(bytes, facts);
  }
  return facts;
}

std::optional<std::uint64_t> check_fill(Bytes& bytes, bool old) {
  std::uint64_t size = 0;
  if (old) {
    size = bytes.number(4);
  } else {
    unsigned version = 0;
    require_version(bytes, 1, 3, version);
    if (version < 3) {
      bytes.skip(2);
      if (bytes.byte() == 0) return std::nullopt;
    } else if ((bytes.byte() & 0x30U) != 0x20U) {
      return std::nullopt;
    }
    size = bytes.number(4);
    if (version < 3 && size >> 31 != 0) return std::nullopt;  // signed: there is none
  }
  bytes.skip(size);
  return size == 0 ? std::nullopt : std::optional(size);
}

unsigned check_filters(Bytes& bytes) {
  constexpr unsigned kReserved = 256;  // below, filters have no name in version 2
  constexpr unsigned kBits = 5;        // packs bits by a description of the type that the library does not check
  unsigned version = 0;
  require_version(bytes, 1, 2, version);
  const unsigned count = bytes.byte();
  require(count <= 32, "a list of filters is longer than HDF5 allows");
  if (version == 1) bytes.skip(6);
  for (unsigned i = 0; i < count; ++i) {
    const std::uint64_t number = bytes.number(2);
    const std::uint64_t name = version == 2 && number < kReserved ? 0 : bytes.number(2);
    require(version == 2 || name % 8 == 0, "the name of a filter does not end");
    bytes.skip(2);
    const std::uint64_t values = bytes.number(2);
    if (name > 0) {
      Bytes text(bytes.take(name), "the name of a filter does not end");
      text.text(false);
    }
    if (number == kBits)
      throw Unsound{"its data went through the filter nbit, which is not read here", "write it again with gzip"};
    bytes.skip(4 * (version == 1 ? values + values % 2 : values));
  }
  return count;
}

// As strict as the library: where it refuses one link of a group, it frees others that it has not read yet.
void check_link(Bytes& bytes) {
  constexpr const char* kLink = "a link of a group is damaged";
  constexpr unsigned kSoft = 1;
  constexpr unsigned kFirstOfUsers = 64;
  unsigned version = 0;
  require_version(bytes, 1, 1, version);
  const unsigned flags = bytes.byte();
  const unsigned kind = (flags & 8U) != 0 ? bytes.byte() : 0;
  require(flags < 32 && (kind <= kSoft || kind >= kFirstOfUsers), kLink);
  if ((flags & 4U) != 0) bytes.skip(8);
  if ((flags & 16U) != 0) require(bytes.byte() <= 1, kLink);
  const std::uint64_t name = bytes.number(std::size_t{1} << (flags & 3U));
  require(name > 0, kLink);
  bytes.skip(name);
  if (kind == 0) return bytes.skip(8);
  const std::uint64_t value = bytes.number(2);
  require(kind != kSoft || value > 0, kLink);
  bytes.skip(value);
}

namespace {

/// What link and attribute info have in common.
/// @param counter bytes of the creation order that the first flag announces
DenseFacts check_dense_info(Bytes& bytes, std::uint64_t counter) {
  unsigned version = 0;
  require_version(bytes, 0, 0, version);
  const unsigned flags = bytes.byte();
  require(flags <= 3, "an index of links or attributes is damaged");
  if ((flags & 1U) != 0) bytes.skip(counter);
  DenseFacts facts;
  facts.heap = bytes.number(8);
  facts.by_name = bytes.number(8);
  if ((flags & 2U) != 0) facts.by_order = bytes.number(8);
  return facts;
}

}  // namespace

DenseFacts check_link_info(Bytes& bytes) { return check_dense_info(bytes, 8); }

DenseFacts check_attribute_info(Bytes& bytes) { return check_dense_info(bytes, 2); }

void check_group_info(Bytes& bytes) {
  unsigned version = 0;
  require_version(bytes, 0, 0, version);
  const unsigned flags = bytes.byte();
  if ((flags & 1U) != 0) bytes.skip(4);
  if ((flags & 2U) != 0) bytes.skip(4);
}

std::uint64_t check_shared(Bytes& bytes) {
  unsigned version = 0;
  require_version(bytes, 1, 3, version);
  const unsigned kind = bytes.byte();
  if (version == 3 && kind != 2) throw Unsound(kSharedParts);
  if (version == 1) bytes.skip(14);
  return bytes.number(8);
}

AttributeParts check_attribute(Bytes& bytes) {
  unsigned version = 0;
  require_version(bytes, 1, 3, version);
  const unsigned flags = version == 1 ? bytes.byte() & 0U : bytes.byte();
  if (flags > 1) throw Unsound(kSharedParts);
  const std::uint64_t name = bytes.number(2);
  const std::uint64_t type = bytes.number(2);
  const std::uint64_t space = bytes.number(2);
  if (version == 3) bytes.skip(1);
  const auto padded = [&](std::uint64_t size) { return version == 1 ? (size + 7) / 8 * 8 : size; };
  Bytes text(bytes.take(padded(name)), "the name of an attribute does not end");
  require(text.text(false) + 1 == name, "the name of an attribute does not end");
  AttributeParts parts;
  parts.type_is_shared = flags == 1;
  parts.type = bytes.take(padded(type)).first(type);
  parts.space = bytes.take(padded(space)).first(space);
  parts.data = bytes.left();
  return parts;
}

}  // namespace instar::io::h5
