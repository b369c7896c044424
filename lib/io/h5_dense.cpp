// Fractal heaps (III.G), where links and attributes lie that are too many for a header. The library checks where an
// object is said to be, and decodes what is there without looking where it ends; so each object is looked at that a
// B-tree of names leads to.

#include <algorithm>
#include <bit>
#include <utility>

#include "io/h5_structure.hpp"

namespace instar::io::h5 {
namespace {

constexpr const char* kDamagedHeap = "a heap of links or attributes is damaged";
constexpr std::uint64_t kBlockHead = 4 + 1 + 8;  // signature, version, address of the heap; then the place in the heap
constexpr std::uint64_t kHeapHeader = 146;
constexpr std::uint64_t kMostWidth = 64;

// Kinds of trees, and bytes of their records.
constexpr unsigned kLargeObjects = 1;       // address 8, bytes 8, number 8
constexpr unsigned kLinksByName = 5;        // a hash of 4 bytes, then the place in the heap, 7
constexpr unsigned kLinksByOrder = 6;       // a number of 8 instead
constexpr unsigned kAttributesByName = 8;   // place 8, flags 1, number 4, hash 4
constexpr unsigned kAttributesByOrder = 9;  // without the hash
constexpr std::uint64_t kLinkPlace = 7;
constexpr std::uint64_t kAttributePlace = 8;

unsigned log_of(std::uint64_t power) { return static_cast<unsigned>(std::countr_zero(power)); }

}  // namespace

/// Blocks lie in rows of `width`; those of the first two rows have `start` bytes, those of every further row twice as
/// many. From some size on they are not of objects but of addresses of blocks.
struct Structure::Heap {
  std::uint64_t address = 0;
  std::size_t place_width = 0;   // bytes of a place in the heap
  std::size_t length_width = 0;  // bytes of the length of an object
  std::size_t number_width = 0;  // bytes of the number of a large object
  std::uint64_t width = 0;
  std::uint64_t start = 0;
  std::uint64_t overhead = 0;  // bytes before the objects of a block
  unsigned direct_rows = 0;    // rows of blocks of objects
  std::uint64_t root = kNowhere;
  std::uint64_t root_rows = 0;  // 0: it is a block of objects
  std::uint64_t large = kNowhere;
  std::unordered_map<std::uint64_t, std::pair<std::uint64_t, std::uint64_t>> objects;  // large ones: address and bytes

  std::uint64_t row_size(unsigned row) const { return row == 0 ? start : start << (row - 1); }
  std::uint64_t row_begin(unsigned row) const { return row == 0 ? 0 : start * width << (row - 1); }
  unsigned first_row_bits() const { return log_of(start) + log_of(width); }
  unsigned row_of(std::uint64_t place) const {
    return place < start * width ? 0 : static_cast<unsigned>(std::bit_width(place)) - first_row_bits();
  }
};

std::shared_ptr<Structure::Heap> Structure::check_heap(std::uint64_t address, std::uint64_t place) {
  const auto stored = read(address, kHeapHeader);
  Bytes bytes(stored, kDamagedHeap);
  bytes.expect("FRHP");
  require(bytes.byte() == 0 && bytes.number(2) == place, kDamagedHeap);
  if (bytes.number(2) != 0)
    throw Unsound{"its links or attributes went through filters, which is not read here",
                  "write it again with anndata"};
  const bool checksums = (bytes.byte() & 2U) != 0;
  const std::uint64_t longest = bytes.number(4);
  bytes.skip(8);
  auto made = std::make_shared<Heap>();
  Heap& heap = *made;
  heap.address = address;
  heap.large = bytes.number(8);
  bytes.skip(std::uint64_t{10} * 8);
  heap.width = bytes.number(2);
  heap.start = bytes.number(8);
  const std::uint64_t direct = bytes.number(8);
  const auto bits = static_cast<unsigned>(bytes.number(2));
  bytes.skip(2);
  heap.root = bytes.number(8);
  heap.root_rows = bytes.number(2);

  require(std::has_single_bit(heap.width) && heap.width <= kMostWidth && std::has_single_bit(heap.start) &&
              std::has_single_bit(direct) && heap.start <= direct && direct >> 31 == 0 && bits <= kMostBits &&
              heap.first_row_bits() <= bits && heap.root_rows <= bits - heap.first_row_bits() + 1,
          kDamagedHeap);
  heap.place_width = (bits + 7) / 8;
  heap.overhead = kBlockHead + heap.place_width + (checksums ? 4 : 0);
  require(longest > 0 && longest <= direct && heap.start > heap.overhead, kDamagedHeap);
  heap.direct_rows = log_of(direct) - log_of(heap.start) + 2;
  heap.length_width = std::min<std::size_t>((log_of(direct) + 7) / 8, width_of(longest));
  heap.number_width = std::min<std::size_t>(8, place - 1);
  require(1 + heap.place_width + heap.length_width <= place, kDamagedHeap);
  require(heaps_.insert(address).second, kDamagedHeap);  // it has one owner
  expect_records(heap.large, kLargeObjects, 24, [made](Bytes record) {
    const std::uint64_t at = record.number(8);
    const std::uint64_t size = record.number(8);
    require(made->objects.emplace(record.number(8), std::pair(at, size)).second, kDamagedHeap);
  });
  return made;
}

/// What begins a block of a heap. @param begin its place there
void Structure::check_heap_block(const Heap& heap, std::string_view signature, std::uint64_t address,
                                 std::uint64_t begin) const {
  const auto stored = read(address, kBlockHead + heap.place_width);
  Bytes bytes(stored, kDamagedHeap);
  bytes.expect(signature);
  require(bytes.byte() == 0 && bytes.number(8) == heap.address && bytes.number(heap.place_width) == begin,
          kDamagedHeap);
}

/// The object at a place of a heap.
std::vector<unsigned char> Structure::read_managed(const Heap& heap, std::uint64_t place, std::uint64_t length) {
  std::uint64_t address = heap.root;
  std::uint64_t begin = 0;
  std::uint64_t size = heap.start;
  for (std::uint64_t rows = heap.root_rows; rows > 0;) {
    check_heap_block(heap, "FHIB", address, begin);
    const unsigned row = heap.row_of(place - begin);
    require(row < rows, kDamagedHeap);
    size = heap.row_size(row);
    const std::uint64_t column = (place - begin - heap.row_begin(row)) / size;
    const auto entry = read(address + kBlockHead + heap.place_width + 8 * (row * heap.width + column), 8);
    address = Bytes(entry, kDamagedHeap).number(8);
    begin += heap.row_begin(row) + column * size;
    if (row < heap.direct_rows) break;
    const std::uint64_t below = log_of(size) - heap.first_row_bits() + 1;
    require(below > 0 && below < rows, kDamagedHeap);
    rows = below;
  }
  check_heap_block(heap, "FHDB", address, begin);
  require(place - begin >= heap.overhead && place - begin < size && length <= size - (place - begin), kDamagedHeap);
  return read_once(address + (place - begin), length);
}

// Flags (version, kind), then where a small object is and its length, or the number of a large one. There is a third
// kind, too short for a link or an attribute.
std::vector<unsigned char> Structure::read_object(Heap& heap, Bytes id) {
  const unsigned flags = id.byte();
  require(flags >> 6 == 0 && (flags >> 4 & 3U) <= 1, kDamagedHeap);
  if (flags >> 4 == 0) {
    const std::uint64_t place = id.number(heap.place_width);
    return read_managed(heap, place, id.number(heap.length_width));
  }
  require(heap.large != kNowhere, kDamagedHeap);
  if (heap.objects.empty()) {
    const auto tree = read(heap.large, kRecordTreeHeader);
    see_record_tree(heap.large, Bytes(tree, kDamagedHeap));
  }
  const auto found = heap.objects.find(id.number(heap.number_width));
  require(found != heap.objects.end(), kDamagedHeap);
  return read_once(found->second.first, found->second.second);
}

void Structure::expect_links(const DenseFacts& links) {
  require(links.heap != kNowhere || (links.by_name == kNowhere && links.by_order == kNowhere), kDamagedHeap);
  if (links.heap == kNowhere) return;
  const auto heap = check_heap(links.heap, kLinkPlace);
  const auto see = [this, heap](std::uint64_t key) {
    return [this, heap, key](Bytes record) {
      record.skip(key);
      const auto link = read_object(*heap, record);
      Bytes bytes(link, kDamagedHeap);
      check_link(bytes);
    };
  };
  expect_records(links.by_name, kLinksByName, 4 + kLinkPlace, see(4));
  expect_records(links.by_order, kLinksByOrder, 8 + kLinkPlace, see(8));
}

void Structure::expect_attributes(const DenseFacts& attributes) {
  require(attributes.heap != kNowhere || (attributes.by_name == kNowhere && attributes.by_order == kNowhere),
          kDamagedHeap);
  if (attributes.heap == kNowhere) return;
  const auto heap = check_heap(attributes.heap, kAttributePlace);
  const auto see = [this, heap](Bytes record) {
    const Bytes place(record.take(kAttributePlace), kDamagedHeap);
    if ((record.byte() & 2U) != 0) throw Unsound(kSharedParts);
    const auto attribute = read_object(*heap, place);
    check_attribute_message(Bytes(attribute, "an attribute is longer than its place in the heap"));
  };
  expect_records(attributes.by_name, kAttributesByName, kAttributePlace + 1 + 4 + 4, see);
  expect_records(attributes.by_order, kAttributesByOrder, kAttributePlace + 1 + 4, see);
}

}  // namespace instar::io::h5
