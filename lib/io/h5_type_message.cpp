// The type of elements as it is stored: a tree of types, each with its size.

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "io/h5_messages.hpp"

namespace instar::io::h5 {
namespace {

constexpr int kDeepestType = 32;
// The widest number that any machine has; the library converts in buffers of fixed size.
constexpr std::uint64_t kWidestNumber = 32;
constexpr const char* kWrongType = "the description of a type contradicts itself";

struct Head {
  unsigned version = 0;
  std::uint64_t flags = 0;
  std::uint64_t size = 0;
  bool padded() const { return version < 3; }
};

void check_bits(Bytes& bytes, std::uint64_t size) {
  const std::uint64_t offset = bytes.number(2);
  const std::uint64_t precision = bytes.number(2);
  require(precision > 0 && offset + precision <= 8 * size, kWrongType);
}

void check_float(Bytes& bytes, std::uint64_t flags, std::uint64_t size) {
  check_bits(bytes, size);
  const std::uint64_t exponent_at = bytes.number(1);
  const std::uint64_t exponent = bytes.number(1);
  const std::uint64_t mantissa_at = bytes.number(1);
  const std::uint64_t mantissa = bytes.number(1);
  bytes.skip(4);
  const std::uint64_t sign = flags >> 8 & 0xff;
  require(exponent > 0 && exponent < 64 && mantissa > 0 && exponent_at + exponent <= 8 * size &&
              mantissa_at + mantissa <= 8 * size && sign < 8 * size,
          kWrongType);
}

/// Members with their places; none may lie over another, nor beyond the whole.
void check_compound(Bytes& bytes, const Head& head, int depth) {
  const std::uint64_t count = head.flags & 0xffff;
  require(count > 0, kWrongType);
  std::size_t offset_bytes = 4;
  if (!head.padded())
    for (offset_bytes = 1; head.size >> (8 * offset_bytes) != 0;) ++offset_bytes;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> places;
  for (std::uint64_t i = 0; i < count; ++i) {
    bytes.text(head.padded());
    const std::uint64_t offset = bytes.number(offset_bytes);
    std::uint64_t repeats = 1;
    if (head.version == 1) {
      const unsigned rank = bytes.byte();
      require(rank <= 4, kWrongType);
      bytes.skip(11);
      for (unsigned d = 0; d < 4; ++d) {
        const std::uint64_t dim = bytes.number(4);
        if (d < rank) require(dim > 0 && !__builtin_mul_overflow(repeats, dim, &repeats), kWrongType);
      }
    }
    std::uint64_t size = check_type(bytes, depth + 1).size;
    require(!__builtin_mul_overflow(size, repeats, &size) && size <= head.size && offset <= head.size - size,
            kWrongType);
    places.emplace_back(offset, offset + size);
  }
  std::sort(places.begin(), places.end());
  for (std::size_t i = 1; i < places.size(); ++i) require(places[i].first >= places[i - 1].second, kWrongType);
}

void check_enumeration(Bytes& bytes, const Head& head, int depth) {
  const std::uint64_t count = head.flags & 0xffff;
  require(count > 0 && (bytes.peek() & 0x0fU) == 0, kWrongType);  // of integers
  require(check_type(bytes, depth + 1).size == head.size, kWrongType);
  for (std::uint64_t i = 0; i < count; ++i) bytes.text(head.padded());
  bytes.skip(count * head.size);
}

void check_array(Bytes& bytes, const Head& head, int depth) {
  const unsigned rank = bytes.byte();
  require(rank > 0 && rank <= 32 && head.version >= 2, kWrongType);
  if (head.padded()) bytes.skip(3);
  std::uint64_t count = 1;
  for (unsigned d = 0; d < rank; ++d) {
    const std::uint64_t dim = bytes.number(4);
    require(dim > 0 && !__builtin_mul_overflow(count, dim, &count), kWrongType);
  }
  if (head.padded()) bytes.skip(4 * std::uint64_t{rank});
  const std::uint64_t size = check_type(bytes, depth + 1).size;
  require(!__builtin_mul_overflow(count, size, &count) && count == head.size, kWrongType);
}

void check_list(Bytes& bytes, const Head& head, int depth) {
  const bool text = (head.flags & 0x0f) == 1;
  // A length, an address and a number: 4, 8 and 4 bytes.
  require((head.flags & 0x0f) <= 1 && head.size == 16, kWrongType);
  const std::uint64_t size = check_type(bytes, depth + 1).size;
  require(!text || size == 1, kWrongType);
}

}  // namespace

TypeFacts check_type(Bytes& bytes, int depth) {
  require(depth < kDeepestType, "types are nested without end");
  const std::uint64_t first = bytes.number(4);
  constexpr unsigned kNewest = 3;
  const Head head{static_cast<unsigned>(first >> 4 & 0x0f), first >> 8, bytes.number(4)};
  if (depth == 0 && head.version > kNewest) return {head.size, true};
  require(head.version >= 1 && head.version <= kNewest && head.size > 0 &&
              head.size <= static_cast<std::uint64_t>(std::numeric_limits<std::int32_t>::max()),
          kWrongType);
  switch (first & 0x0f) {
    case 0:  // integer
    case 4:  // bit field
      require(head.size <= kWidestNumber, kWrongType);
      check_bits(bytes, head.size);
      break;
    case 1:
      require(head.size <= kWidestNumber, kWrongType);
      check_float(bytes, head.flags, head.size);
      break;
    case 2:  // time
      require(bytes.number(2) <= 8 * head.size, kWrongType);
      break;
    case 3:  // text of fixed length: its size says all
      break;
    case 5:  // opaque: a tag
      bytes.skip(head.flags & 0xff);
      break;
    case 6:
      check_compound(bytes, head, depth);
      break;
    case 7:  // reference to an object, or to a region of one
      require((head.flags & 0x0f) <= 1 && head.size == ((head.flags & 0x0f) == 0 ? 8 : 12), kWrongType);
      break;
    case 8:
      check_enumeration(bytes, head, depth);
      break;
    case 9:
      check_list(bytes, head, depth);
      break;
    case 10:
      check_array(bytes, head, depth);
      break;
    default:
      throw Unsound{"a type is of a kind that HDF5 does not have"};
  }
  return {head.size, false};
}

}  // namespace instar::io::h5
