#include "io/h5_structure.hpp"

#include <algorithm>
#include <utility>

namespace instar::io::h5 {
namespace {

constexpr const char* kEnds = "the file ends within its superblock";
constexpr const char* kBeyond = "a part of it lies beyond the end of the file";
constexpr const char* kDamagedHeader = "an object header contradicts itself";
constexpr std::size_t kSignature = 8;
// The library reads so much of a header before it knows how long it is.
constexpr std::uint64_t kGuess = 512;

bool has_signature(std::span<const unsigned char> bytes) {
  return bytes.size() >= 4 && std::all_of(bytes.begin(), bytes.begin() + 4, [](unsigned char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
         });
}

/// Messages that have only to end within their place.
void check_plain(unsigned kind, Bytes& bytes) {
  switch (kind) {
    case message::external_files:
      throw Unsound(kElsewhere);
    case message::link:
      check_link(bytes);
      break;
    case message::group_info:
      check_group_info(bytes);
      break;
    case message::comment:
      bytes.text(false);
      break;
    case message::old_time:
      bytes.skip(14);
      break;
    case message::time:
    case message::references:
      bytes.skip(kind == message::time ? 8 : 5);
      break;
    case message::driver_info:
      bytes.skip(9);
      bytes.skip(bytes.number(2));
      break;
    case message::space_info:
      bytes.skip(1 + 1 + 1 + 8 + 8 + 2 + 8);
      break;
    case message::shared_table:
      throw Unsound(kSharedParts);
    case message::cache_image:
      throw Unsound{"it holds an image of the library's cache, which is not read here", "write it again with h5repack"};
    default:
      break;  // not decoded
  }
}

}  // namespace

/// What the messages of one header say, of those that are not repeated: the library takes the first.
struct Structure::Facts {
  std::optional<TypeFacts> type;
  std::optional<SpaceFacts> space;
  std::optional<LayoutFacts> layout;
  std::optional<std::uint64_t> fill;
  unsigned filters = 0;
  std::optional<std::pair<std::uint64_t, std::uint64_t>> symbols;  // tree and heap
};

Structure::Structure(DiskReader read, std::span<const unsigned char> superblock) : read_(std::move(read)) {
  Bytes bytes(superblock, kEnds);
  bytes.skip(kSignature);
  const unsigned version = bytes.byte();
  constexpr const char* kSizes = "its addresses do not have 8 bytes, as all writers of h5ad files have them";
  if (version <= 1) {
    bytes.skip(4);
    require(bytes.byte() == 8 && bytes.byte() == 8, kSizes);
    bytes.skip(1);
    ranks_.leaf = static_cast<unsigned>(bytes.number(2));
    ranks_.group = static_cast<unsigned>(bytes.number(2));
    bytes.skip(4);
    if (version == 1) ranks_.chunks = static_cast<unsigned>(bytes.number(2));
  } else if (version <= 3) {
    require(bytes.byte() == 8 && bytes.byte() == 8, kSizes);
    bytes.skip(1 + 8);
    extension_ = bytes.number(8);
  }  // else the library refuses it
  require(ranks_.leaf > 0 && ranks_.group > 0 && ranks_.chunks > 0, "its superblock is damaged");
}

std::vector<unsigned char> Structure::read(std::uint64_t address, std::uint64_t size) const {
  // A size that lies takes no memory: its last byte is asked for first.
  constexpr std::uint64_t kSmall = 4096;
  unsigned char last = 0;
  require(size > 0 && address + size > address && (size <= kSmall || read_(address + size - 1, 1, &last)), kBeyond);
  std::vector<unsigned char> bytes(static_cast<std::size_t>(size));
  require(read_(address, bytes.size(), bytes.data()), kBeyond);
  return bytes;
}

/// What a file holds once: links and attributes, which two trees lead to, and the places of chunks. A file that leads
/// to the same bytes over and over would be read for minutes.
std::vector<unsigned char> Structure::read_once(std::uint64_t address, std::uint64_t size) {
  constexpr std::uint64_t kSmall = std::uint64_t{1} << 24;
  require(!__builtin_add_overflow(read_once_, size, &read_once_), kBeyond);
  unsigned char last = 0;
  require(read_once_ <= kSmall || read_(read_once_ / 4, 1, &last),
          "its heaps or indices lead to the same bytes over and over");
  return read(address, size);
}

// Version 1: a prefix of 16 bytes. Version 2: signature, version, flags, then what the flags say, and a checksum of 4
// bytes at its end, which the library compares.
std::vector<unsigned char> Structure::read_first_part(std::uint64_t address, std::size_t& begin, unsigned& flags,
                                                      bool& old) const {
  std::vector<unsigned char> start = read(address, 16);
  Bytes bytes(start, kDamagedHeader);
  old = !bytes.starts_with("OHDR");
  std::uint64_t size = 0;
  if (old) {
    require(bytes.byte() == 1, kDamagedHeader);
    bytes.skip(7);
    size = bytes.number(4);
    begin = 16;
  } else {
    bytes.skip(4);
    require(bytes.byte() == 2, kDamagedHeader);
    flags = bytes.byte();
    const std::size_t width = std::size_t{1} << (flags & 3U);
    begin = 6 + ((flags & 32U) != 0 ? 16U : 0U) + ((flags & 16U) != 0 ? 4U : 0U) + width;
    start = read(address, begin);
    size = Bytes(std::span(start).subspan(begin - width), kDamagedHeader).number(width);
    require(size < ~std::uint64_t{0} - 64, kDamagedHeader);
    size += 4;
  }
  return read(address, begin + size);
}

void Structure::take_messages(Header& header, Bytes bytes, bool old, unsigned flags,
                              std::vector<std::pair<std::uint64_t, std::uint64_t>>& next) const {
  const std::size_t head = old ? 8 : (flags & 4U) != 0 ? 6 : 4;
  while (bytes.left() > 0) {
    if (!old && bytes.left() < head) return;  // a gap
    Message message;
    message.kind = static_cast<unsigned>(bytes.number(old ? 2 : 1));
    const std::uint64_t size = bytes.number(2);
    message.shared = (bytes.byte() & 2U) != 0;
    bytes.skip(head - (old ? 5 : 4));
    message.bytes = bytes.take(size);
    header.messages.push_back(message);
    if (message.kind != message::continuation) continue;
    Bytes place(message.bytes, kDamagedHeader);
    const std::uint64_t address = place.number(8);
    next.emplace_back(address, place.number(8));
  }
}

// One address, one size: else what is read there could be taken for another part than was checked.
void Structure::note_part(Header& header, std::uint64_t address, std::uint64_t size) {
  header.continuations.push_back(address);
  const auto [known, added] = parts_.emplace(address, static_cast<std::size_t>(size));
  require(added || known->second == size, kDamagedHeader);
}

Header Structure::read_header(std::uint64_t address) {
  Header header;
  std::size_t begin = 0;
  unsigned flags = 0;
  bool old = false;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> next;
  header.parts.push_back(read_first_part(address, begin, flags, old));
  // What is behind the guess the library reads by itself.
  if (const std::size_t whole = header.parts.back().size(); whole > kGuess)
    note_part(header, address + kGuess, whole - kGuess);
  const auto messages_of = [&](std::size_t from) {
    const auto whole = std::span<const unsigned char>(header.parts.back()).subspan(from);
    require(old || whole.size() >= 4, kDamagedHeader);
    take_messages(header, Bytes(whole.first(whole.size() - (old ? 0 : 4)), kDamagedHeader), old, flags, next);
  };
  messages_of(begin);
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < next.size(); ++i) {
    const auto [place, size] = next[i];
    const auto& seen = header.continuations;
    require(place != address && std::find(seen.begin(), seen.end(), place) == seen.end(), kDamagedHeader);
    constexpr std::size_t kMostParts = 4096;
    require(seen.size() < kMostParts && !__builtin_add_overflow(total, size, &total), kDamagedHeader);
    header.parts.push_back(read(place, size));
    require(old || Bytes(header.parts.back(), kDamagedHeader).starts_with("OCHK"), kDamagedHeader);
    note_part(header, place, size);
    messages_of(old ? 0 : 4);
  }
  return header;
}

void Structure::see_header(std::uint64_t address, std::span<const unsigned char> bytes) {
  if (has_signature(bytes) && !Bytes(bytes, kDamagedHeader).starts_with("OHDR")) return;
  if (const auto part = parts_.find(address); part != parts_.end() && part->second == bytes.size()) {
    // Bytes of that number at that place are the part that was checked, unless the library takes them for a header.
    const auto known = headers_.find(current_);
    const bool expected = known != headers_.end() &&
                          std::find(known->second.continuations.begin(), known->second.continuations.end(), address) !=
                              known->second.continuations.end();
    if (expected || bytes.size() < 16 || bytes[0] != 1 || bytes.size() > kGuess) return;
  }
  check_header(address);
  current_ = address;
}

std::uint64_t Structure::chunk_bytes(std::uint64_t header) const {
  const auto known = headers_.find(header);
  return known == headers_.end() ? 0 : known->second.chunk;
}

void Structure::check_header(std::uint64_t address) {
  if (const auto known = headers_.find(address); known != headers_.end()) {
    if (known->second.why) throw Unsound(*known->second.why);
    return;
  }
  try {
    check_new_header(address);
  } catch (const Unsound& why) {
    headers_[address].why = why;
    throw;
  }
}

void Structure::check_new_header(std::uint64_t address) {
  const Header header = read_header(address);
  const Facts facts = check_messages(address, header);
  const bool chunked = facts.layout && facts.layout->kind == LayoutFacts::Kind::chunked;
  headers_[address] = {facts.type, header.continuations, chunked ? facts.layout->size : 0, std::nullopt};
  for (const Message& message : header.messages) {
    if (message.kind != message::attribute) continue;
    if (message.shared) throw Unsound(kSharedParts);
    check_attribute_message(Bytes(message.bytes, "an attribute is longer than its place in the header"));
  }
  check_dataset(address, facts);
  if (facts.symbols) check_group(facts.symbols->first, facts.symbols->second);
}

TypeFacts Structure::shared_type(Bytes& bytes) {
  const std::uint64_t address = check_shared(bytes);
  if (const auto known = headers_.find(address); known != headers_.end() && known->second.type) {
    return *known->second.type;
  }
  // The library will ask for the whole of that header by itself.
  const Header header = read_header(address);
  for (const Message& message : header.messages) {
    if (message.kind != message::type) continue;
    require(!message.shared, "a type is shared that is shared itself");
    Bytes stored(message.bytes, "a type is longer than its place in the header");
    return check_type(stored);
  }
  throw Unsound{"a type is shared that is not there"};
}

Structure::Facts Structure::check_messages(std::uint64_t address, const Header& header) {
  Facts facts;
  for (const Message& message : header.messages) {
    Bytes bytes(message.bytes, "an object header holds a message that is longer than its place");
    switch (message.kind) {
      case message::type: {
        const TypeFacts type = message.shared ? shared_type(bytes) : check_type(bytes);
        if (!facts.type) facts.type = type;
        break;
      }
      case message::space: {
        if (message.shared) throw Unsound(kSharedParts);
        const SpaceFacts space = check_space(bytes);
        if (!facts.space) facts.space = space;
        break;
      }
      case message::layout: {
        const LayoutFacts layout = check_layout(bytes);
        if (!facts.layout) facts.layout = layout;
        break;
      }
      case message::old_fill:
      case message::fill:
        if (message.shared) throw Unsound(kSharedParts);
        if (const auto size = check_fill(bytes, message.kind == message::old_fill)) {
          require(!facts.fill || *facts.fill == *size, kDamagedHeader);
          facts.fill = size;
        }
        break;
      case message::filters: {
        if (message.shared) throw Unsound(kSharedParts);
        facts.filters = std::max(facts.filters, check_filters(bytes));
        break;
      }
      case message::symbol_table: {
        const std::uint64_t tree = bytes.number(8);
        if (!facts.symbols) facts.symbols = {tree, bytes.number(8)};
        break;
      }
      case message::link_info:
        expect_links(check_link_info(bytes));
        break;
      case message::attribute_info:
        expect_attributes(check_attribute_info(bytes));
        break;
      case message::tree_ranks:
        bytes.skip(1);
        if (address == extension_) {
          ranks_.chunks = static_cast<unsigned>(bytes.number(2));
          ranks_.group = static_cast<unsigned>(bytes.number(2));
          ranks_.leaf = static_cast<unsigned>(bytes.number(2));
          require(ranks_.leaf > 0 && ranks_.group > 0 && ranks_.chunks > 0, kDamagedHeader);
        }
        break;
      default:
        check_plain(message.kind, bytes);
    }
  }
  return facts;
}

void Structure::check_attribute_message(Bytes bytes) {
  const AttributeParts parts = check_attribute(bytes);
  Bytes type_bytes(parts.type, "the type of an attribute is longer than its place");
  const TypeFacts type = parts.type_is_shared ? shared_type(type_bytes) : check_type(type_bytes);
  if (type.newer) return;
  Bytes space_bytes(parts.space, "the shape of an attribute is longer than its place");
  std::uint64_t size = check_space(space_bytes).count;
  require(!__builtin_mul_overflow(size, type.size, &size) && size <= parts.data,
          "the values of an attribute are longer than its place in the header");
}

void Structure::check_dataset(std::uint64_t address, const Facts& facts) {
  if (!facts.layout || !facts.type || !facts.space || facts.type->newer) return;  // the library says so
  using Kind = LayoutFacts::Kind;
  const LayoutFacts& layout = *facts.layout;
  require(!facts.fill || *facts.fill == facts.type->size, "a fill value is not of its dataset's type");
  std::uint64_t needed = 0;
  const bool overflows = __builtin_mul_overflow(facts.space->count, facts.type->size, &needed);
  if (layout.kind == Kind::compact ||
      (layout.kind == Kind::contiguous && layout.size > 0 && layout.address != kNowhere))
    require(!overflows && needed <= layout.size, "a shape declares more data than are stored");
  if (layout.kind != Kind::chunked) return;
  require(layout.rank == facts.space->rank + 1 && layout.element == facts.type->size,
          "chunks do not have the shape of their dataset");
  if (layout.address == kNowhere) return;
  if (layout.index != LayoutFacts::Index::tree) return check_chunks(layout, *facts.space, facts.filters > 0);
  const ChunkNode root{address, 0, layout.rank, layout.size, facts.filters > 0, true};
  const auto [known, added] = chunk_nodes_.emplace(layout.address, root);
  require(added || (known->second.root && known->second.parent == address), "two datasets share their data");
}

}  // namespace instar::io::h5
