// Version 2 B-trees (III.A.2), of links, attributes, large values of heaps, and chunks. The library reckons from a
// tree's header how many records a node may hold, and believes the counts that lead to nodes.

#include <algorithm>
#include <array>
#include <bit>

#include "io/h5_structure.hpp"

namespace instar::io::h5 {
namespace {

constexpr const char* kDamaged = "an index of links, attributes or chunks is damaged";
constexpr std::uint64_t kNodeFrame = 10;  // signature, version, kind, checksum
constexpr unsigned kDeepest = 31;

/// Bytes that hold any number up to `most`.
std::size_t width_of(std::uint64_t most) { return static_cast<std::size_t>(std::bit_width(most) - 1) / 8 + 1; }

// Kinds of trees, and bytes of their records.
constexpr unsigned kLinksByName = 5;        // a hash of 4 bytes, then the place in the heap, 7
constexpr unsigned kLinksByOrder = 6;       // a number of 8 instead
constexpr unsigned kAttributesByName = 8;   // place 8, flags 1, number 4, hash 4
constexpr unsigned kAttributesByOrder = 9;  // without the hash
constexpr unsigned kChunks = 10;
constexpr unsigned kFilteredChunks = 11;
/// Bytes of a record of large values of heaps: the kinds of tree that no header announces.
constexpr std::array<std::uint64_t, 5> kLargeValues = {0, 24, 36, 16, 28};

}  // namespace

struct Structure::RecordTree {
  struct Level {
    std::uint64_t most = 0;  // records of a node
    std::size_t width = 0;   // bytes of the count of all records in and below a node; leaves have none
  };
  unsigned kind = 0;
  std::uint64_t node = 0;       // bytes of a node
  std::uint64_t record = 0;     // bytes of a record
  std::size_t count_width = 0;  // bytes of the count of a node's own records
  std::vector<Level> levels;    // from the leaves upwards
};

struct Structure::RecordNode {
  std::uint64_t address = 0;
  unsigned depth = 0;  // 0: a leaf
  std::uint64_t records = 0;
  std::uint64_t all = 0;  // with those below it
};

void Structure::expect_records(std::uint64_t address, unsigned kind, std::uint64_t record) {
  if (address == kNowhere) return;
  const auto [known, added] = announced_.emplace(address, Announced{kind, record});
  require(added || (known->second.kind == kind && known->second.record == record), kDamaged);
}

void Structure::expect_links(const DenseFacts& links) {
  expect_records(links.by_name, kLinksByName, 4 + 7);
  expect_records(links.by_order, kLinksByOrder, 8 + 7);
}

void Structure::expect_attributes(const DenseFacts& attributes) {
  expect_records(attributes.by_name, kAttributesByName, 8 + 1 + 4 + 4);
  expect_records(attributes.by_order, kAttributesByOrder, 8 + 1 + 4);
}

void Structure::expect_chunks(const LayoutFacts& layout, bool filtered) {
  // The stored size of a filtered chunk may be larger than that of the chunk: it has a byte more.
  const std::uint64_t size = std::min<std::uint64_t>(8, width_of(std::max<std::uint64_t>(layout.size, 1)) + 1);
  const std::uint64_t place = 8 + 8 * (std::uint64_t{layout.rank} - 1);
  expect_records(layout.address, filtered ? kFilteredChunks : kChunks, filtered ? place + size + 4 : place);
}

void Structure::see_record_tree(std::uint64_t address, Bytes bytes) {
  if (record_trees_.count(address) != 0) return;
  bytes.expect("BTHD");
  RecordTree tree;
  const unsigned version = bytes.byte();
  tree.kind = bytes.byte();
  tree.node = bytes.number(4);
  tree.record = bytes.number(2);
  const auto depth = static_cast<unsigned>(bytes.number(2));
  const unsigned split = bytes.byte();
  const unsigned merge = bytes.byte();
  RecordNode root{bytes.number(8), depth, 0, 0};
  root.records = bytes.number(2);
  root.all = bytes.number(8);

  const auto announced = announced_.find(address);
  require(version == 0 && split <= 100 && merge <= 100, kDamaged);
  require(announced == announced_.end()
              ? tree.kind >= 1 && tree.kind < kLargeValues.size() && tree.record == kLargeValues.at(tree.kind)
              : tree.kind == announced->second.kind && tree.record == announced->second.record,
          kDamaged);

  // Every node but the leaves leads to at least two.
  unsigned char last = 0;
  require(tree.node > kNodeFrame + tree.record && depth <= kDeepest && read_((tree.node << depth) - 1, 1, &last),
          kDamaged);
  tree.levels.push_back({(tree.node - kNodeFrame) / tree.record, 0});
  std::uint64_t below = tree.levels.front().most;
  tree.count_width = width_of(below);
  for (unsigned level = 1; level <= depth; ++level) {
    const std::uint64_t pointer = 8 + tree.count_width + tree.levels.back().width;
    require(tree.node >= kNodeFrame + 2 * pointer + tree.record, kDamaged);
    const std::uint64_t most = (tree.node - kNodeFrame - pointer) / (tree.record + pointer);
    require(!__builtin_mul_overflow(below, most + 1, &below) && !__builtin_add_overflow(below, most, &below), kDamaged);
    tree.levels.push_back({most, width_of(below)});
  }
  if (root.records > 0)
    check_record_node(tree, root);
  else
    require(root.all == 0, kDamaged);
  record_trees_.insert(address);
}

// A node has one place in one tree, else the library would go round in it.
void Structure::check_record_node(const RecordTree& tree, const RecordNode& node) {
  require(node.records > 0 && node.records <= tree.levels[node.depth].most && record_nodes_.insert(node.address).second,
          kDamaged);
  const auto stored = read(node.address, tree.node);
  Bytes bytes(stored, kDamaged);
  bytes.expect(node.depth == 0 ? "BTLF" : "BTIN");
  require(bytes.byte() == 0 && bytes.byte() == tree.kind, kDamaged);
  bytes.skip(node.records * tree.record);
  std::uint64_t all = node.records;
  for (std::uint64_t child = 0; node.depth > 0 && child <= node.records; ++child) {
    RecordNode next{bytes.number(8), node.depth - 1, 0, 0};
    next.records = bytes.number(tree.count_width);
    next.all = next.depth == 0 ? next.records : bytes.number(tree.levels[next.depth].width);
    check_record_node(tree, next);
    require(!__builtin_add_overflow(all, next.all, &all), kDamaged);
  }
  require(all == node.all, kDamaged);
}

}  // namespace instar::io::h5
