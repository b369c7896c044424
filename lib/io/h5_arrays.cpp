// Indices of chunks that are arrays (layout version 4): fixed (VII.B) and extensible (VII.C). The library reckons from
// their headers how long their blocks are, and decodes elements of the length that it expects, not of that which is
// declared.

#include <algorithm>
#include <bit>

#include "io/h5_structure.hpp"

namespace instar::io::h5 {
namespace {

constexpr std::uint64_t kPrefix = 6 + 8;  // signature, version, class, address of the array's header
constexpr std::uint64_t kChecksum = 4;
constexpr unsigned kMostPageBits = 30;

std::uint64_t pages_of(std::uint64_t count, std::uint64_t page) { return count / page + (count % page > 0 ? 1 : 0); }

bool is_set(std::span<const unsigned char> bits, std::uint64_t number) {
  return (bits[static_cast<std::size_t>(number / 8)] >> (7 - number % 8) & 1U) != 0;
}

/// Chunks of a dataset that has grown as far as it may.
std::uint64_t most_chunks(const LayoutFacts& layout, const SpaceFacts& space) {
  std::uint64_t chunks = 1;
  for (std::size_t d = 0; d < layout.chunk.size(); ++d)
    require(!__builtin_mul_overflow(chunks, pages_of(space.most[d], layout.chunk[d]), &chunks), kDamagedIndex);
  return chunks;
}

constexpr unsigned kChunks = 10;  // kinds of version 2 B-trees
constexpr unsigned kFilteredChunks = 11;

}  // namespace

/// Of the size of a chunk that went through filters, which may be larger than the chunk: it has a byte more.
std::uint64_t Structure::stored_size_bytes(const LayoutFacts& layout) {
  return std::min<std::uint64_t>(8, width_of(layout.size) + 1);
}

// Only filters bring a chunk to its size: not those that it skipped. The library allocates its stored size before it
// looks where the file ends.
void Structure::require_stored_chunk(std::uint64_t address, std::uint64_t stored, bool skipped, std::uint64_t chunk) {
  const std::uint64_t end = address + stored;
  require((!skipped || stored >= chunk) && end >= address, kDamagedIndex);
  if (end <= least_end_) return;
  unsigned char last = 0;
  require(read_(end - 1, 1, &last), kDamagedIndex);
  least_end_ = end;
}

void Structure::check_chunks(const LayoutFacts& layout, const SpaceFacts& space, bool filtered) {
  using Index = LayoutFacts::Index;
  const std::uint64_t place = 8 + 8 * std::uint64_t{space.rank};
  const std::uint64_t size = stored_size_bytes(layout);
  switch (layout.index) {
    case Index::single:
      require(layout.filtered == filtered && most_chunks(layout, space) == 1, kDamagedIndex);
      if (filtered) require_stored_chunk(layout.address, layout.stored, layout.skipped, layout.size);
      return;
    case Index::implicit:
      return require(!filtered, kDamagedIndex);
    case Index::fixed:
      return check_fixed_array(layout, filtered, most_chunks(layout, space));
    case Index::extensible:
      return check_extensible_array(layout, filtered);
    case Index::records:
      if (!filtered) return expect_records(layout.address, kChunks, place, [](Bytes) {});
      return expect_records(layout.address, kFilteredChunks, place + size + 4, [=, this](Bytes record) {
        const std::uint64_t address = record.number(8);
        const std::uint64_t stored = record.number(static_cast<std::size_t>(size));
        require_stored_chunk(address, stored, record.number(4) != 0, layout.size);
      });
    case Index::tree:
      break;
  }
}

struct Structure::Array {
  std::uint64_t header = 0;   // its address
  std::uint64_t element = 0;  // bytes of one
  std::uint64_t chunk = 0;    // bytes
  bool filtered = false;
  std::uint64_t page = 0;    // elements of one; longer blocks are cut into pages
  std::uint64_t offset = 0;  // bytes of a block's place in the array: 0 where blocks do not say it
};

/// What begins every block of an array. @returns the rest
Bytes Structure::array_block(const Array& array, std::string_view signature, std::span<const unsigned char> stored) {
  Bytes bytes(stored, kDamagedIndex);
  bytes.expect(signature);
  require(bytes.byte() == 0 && bytes.byte() == (array.filtered ? 1U : 0U), kDamagedIndex);
  require(bytes.number(8) == array.header, kDamagedIndex);
  bytes.skip(array.offset);
  return bytes;
}

// An element: the address of a chunk and, where filtered, its stored size and which filters it skipped.
void Structure::check_elements(const Array& array, Bytes& bytes, std::uint64_t count) {
  if (!array.filtered) return bytes.skip(count * array.element);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t address = bytes.number(8);
    const std::uint64_t stored = bytes.number(static_cast<std::size_t>(array.element) - 8 - 4);
    const bool skipped = bytes.number(4) != 0;
    if (address != kNowhere) require_stored_chunk(address, stored, skipped, array.chunk);
  }
}

/// A block of elements that is not cut into pages.
void Structure::check_array_block(const Array& array, std::string_view signature, std::uint64_t address,
                                  std::uint64_t count) {
  std::uint64_t size = 0;
  require(array_blocks_.insert(address).second && !__builtin_mul_overflow(count, array.element, &size), kDamagedIndex);
  require(size < kNowhere / 2, kDamagedIndex);
  const auto stored = read_once(address, kPrefix + array.offset + size + kChecksum);
  Bytes bytes = array_block(array, signature, stored);
  check_elements(array, bytes, count);
}

/// The pages of a block of elements, from `begin` on. @param present a bit for each page, from bit `first` on
void Structure::check_pages(const Array& array, std::uint64_t begin, std::uint64_t count,
                            std::span<const unsigned char> present, std::uint64_t first) {
  require(array_blocks_.insert(begin).second, kDamagedIndex);
  const std::uint64_t page_size = array.page * array.element + kChecksum;
  for (std::uint64_t p = 0; p < pages_of(count, array.page); ++p) {
    if (!is_set(present, first + p)) continue;
    const std::uint64_t of_page = std::min(array.page, count - p * array.page);
    const auto stored = read_once(begin + p * page_size, of_page * array.element + kChecksum);
    Bytes bytes(stored, kDamagedIndex);
    check_elements(array, bytes, of_page);
  }
}

/// Bytes of an element as the library decodes it.
Structure::Array Structure::array_of(const LayoutFacts& layout, bool filtered) {
  const std::uint64_t width = stored_size_bytes(layout);
  return {layout.address, filtered ? 8 + width + 4 : 8, layout.size, filtered, 0, 0};
}

// Header: signature, version, class, bytes of an element, bits of a page, elements (8), address of the block.
void Structure::check_fixed_array(const LayoutFacts& layout, bool filtered, std::uint64_t chunks) {
  const auto stored = read(layout.address, 4 + 1 + 1 + 1 + 1 + 8 + 8 + kChecksum);
  Bytes bytes(stored, kDamagedIndex);
  bytes.expect("FAHD");
  Array array = array_of(layout, filtered);
  require(bytes.byte() == 0 && bytes.byte() == (filtered ? 1U : 0U) && bytes.byte() == array.element, kDamagedIndex);
  const unsigned bits = bytes.byte();
  const std::uint64_t count = bytes.number(8);
  const std::uint64_t address = bytes.number(8);
  require(bits <= kMostPageBits && count == chunks && count > 0, kDamagedIndex);
  if (address == kNowhere) return;
  array.page = std::uint64_t{1} << bits;
  if (count <= array.page) return check_array_block(array, "FADB", address, count);
  const std::uint64_t flags = (pages_of(count, array.page) + 7) / 8;
  const auto block = read(address, kPrefix + flags + kChecksum);
  Bytes rest = array_block(array, "FADB", block);
  check_pages(array, address + block.size(), count, rest.take(flags), 0);
}

// Header: signature, version, class, bytes of an element, five numbers that say how it grows, six of 8 bytes that say
// how far it has, address of the index block. That holds the first elements, then addresses of blocks of elements, then
// of super blocks, which hold addresses of more. Super blocks are counted as if those of the index block lay in some.
void Structure::check_extensible_array(const LayoutFacts& layout, bool filtered) {
  const auto stored = read(layout.address, 4 + 1 + 1 + 1 + 5 + 6 * 8 + 8 + kChecksum);
  Bytes bytes(stored, kDamagedIndex);
  bytes.expect("EAHD");
  Array array = array_of(layout, filtered);
  require(bytes.byte() == 0 && bytes.byte() == (filtered ? 1U : 0U) && bytes.byte() == array.element, kDamagedIndex);
  const unsigned bits = bytes.byte();
  const std::uint64_t first = bytes.byte();   // elements in the index block
  const std::uint64_t least = bytes.byte();   // elements of the smallest block
  const std::uint64_t blocks = bytes.byte();  // addresses of blocks in the smallest super block
  const unsigned page_bits = bytes.byte();
  require(bits <= kMostBits && page_bits <= kMostPageBits && std::has_single_bit(least) &&
              std::has_single_bit(blocks) && static_cast<unsigned>(std::countr_zero(least)) <= bits,
          kDamagedIndex);
  array.page = std::uint64_t{1} << page_bits;
  const unsigned supers = 1 + bits - static_cast<unsigned>(std::countr_zero(least));
  const unsigned within = 2 * static_cast<unsigned>(std::countr_zero(blocks));  // whose blocks the index block has
  require(within <= supers, kDamagedIndex);
  bytes.skip(std::uint64_t{4} * 8);
  const std::uint64_t used = bytes.number(8);
  bytes.skip(8);
  const std::uint64_t address = bytes.number(8);
  std::uint64_t most = first;
  for (unsigned s = 0; s < supers; ++s) most += (std::uint64_t{1} << s / 2) * (least << (s + 1) / 2);
  require(used <= most, kDamagedIndex);
  if (address == kNowhere) return;

  const std::uint64_t places = 2 * (blocks - 1) + supers - within;
  const auto index = read(address, kPrefix + first * array.element + places * kAddress + kChecksum);
  require(array_blocks_.insert(address).second, kDamagedIndex);
  Bytes rest = array_block(array, "EAIB", index);
  check_elements(array, rest, first);
  array.offset = (bits + 7) / 8;
  for (unsigned s = 0; s < supers; ++s) {
    const std::uint64_t count = least << (s + 1) / 2;
    if (s >= within) {
      const std::uint64_t super = rest.number(8);
      if (super != kNowhere) check_super_block(array, super, std::uint64_t{1} << s / 2, count);
      continue;
    }
    require(count <= array.page, kDamagedIndex);  // the library does not look for pages there
    for (std::uint64_t b = 0; b < std::uint64_t{1} << s / 2; ++b)
      if (const std::uint64_t block = rest.number(8); block != kNowhere) check_array_block(array, "EADB", block, count);
  }
}

/// @param count elements in each of its blocks
void Structure::check_super_block(const Array& array, std::uint64_t address, std::uint64_t blocks,
                                  std::uint64_t count) {
  const std::uint64_t pages = count > array.page ? count / array.page : 0;
  const std::uint64_t flags = (pages + 7) / 8;  // bytes for each block; its bits follow those of the block before
  const std::uint64_t head = kPrefix + array.offset;
  std::uint64_t size = 0;
  require(!__builtin_mul_overflow(blocks, flags + kAddress, &size) && size < kNowhere / 2, kDamagedIndex);
  require(array_blocks_.insert(address).second, kDamagedIndex);
  const auto stored = read(address, head + size + kChecksum);
  Bytes bytes = array_block(array, "EASB", stored);
  const auto present = bytes.take(blocks * flags);
  for (std::uint64_t b = 0; b < blocks; ++b) {
    const std::uint64_t block = bytes.number(8);
    if (block == kNowhere) continue;
    if (pages == 0) {
      check_array_block(array, "EADB", block, count);
      continue;
    }
    array_block(array, "EADB", read(block, head));
    check_pages(array, block + head + kChecksum, count, present, b * pages);
  }
}

}  // namespace instar::io::h5
