// Version 2 B-trees (III.A.2), of links, attributes, large objects of heaps, and chunks. The library reckons from a
// tree's header how many records a node may hold, and believes the counts that lead to nodes.

#include <algorithm>
#include <bit>
#include <utility>

#include "io/h5_structure.hpp"

namespace instar::io::h5 {
namespace {

constexpr const char* kDamagedTree = "an index of links, attributes or chunks is damaged";
constexpr std::uint64_t kNodeFrame = 10;  // signature, version, kind, checksum
constexpr unsigned kDeepest = 31;

}  // namespace

/// Bytes that hold any number up to `most`.
std::size_t Structure::width_of(std::uint64_t most) {
  return static_cast<std::size_t>(std::bit_width(std::max<std::uint64_t>(most, 1)) - 1) / 8 + 1;
}

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
  RecordReader see;
};

struct Structure::RecordNode {
  std::uint64_t address = 0;
  unsigned depth = 0;  // 0: a leaf
  std::uint64_t records = 0;
  std::uint64_t all = 0;  // with those below it
};

void Structure::expect_records(std::uint64_t address, unsigned kind, std::uint64_t record, RecordReader see) {
  if (address == kNowhere) return;
  require(announced_.emplace(address, Announced{kind, record, std::move(see)}).second, kDamagedTree);
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
  require(version == 0 && split <= 100 && merge <= 100 && announced != announced_.end(), kDamagedTree);
  require(tree.kind == announced->second.kind && tree.record == announced->second.record, kDamagedTree);
  tree.see = announced->second.see;

  // Every node but the leaves leads to at least two.
  unsigned char last = 0;
  require(tree.node > kNodeFrame + tree.record && depth <= kDeepest && read_((tree.node << depth) - 1, 1, &last),
          kDamagedTree);
  tree.levels.push_back({(tree.node - kNodeFrame) / tree.record, 0});
  std::uint64_t below = tree.levels.front().most;
  tree.count_width = width_of(below);
  for (unsigned level = 1; level <= depth; ++level) {
    const std::uint64_t pointer = 8 + tree.count_width + tree.levels.back().width;
    require(tree.node >= kNodeFrame + 2 * pointer + tree.record, kDamagedTree);
    const std::uint64_t most = (tree.node - kNodeFrame - pointer) / (tree.record + pointer);
    require(!__builtin_mul_overflow(below, most + 1, &below) && !__builtin_add_overflow(below, most, &below),
            kDamagedTree);
    tree.levels.push_back({most, width_of(below)});
  }
  if (root.records > 0)
    check_record_node(tree, root);
  else
    require(root.all == 0, kDamagedTree);
  record_trees_.insert(address);
}

// A node has one place in one tree, else the library would go round in it.
void Structure::check_record_node(const RecordTree& tree, const RecordNode& node) {
  require(node.records > 0 && node.records <= tree.levels[node.depth].most && record_nodes_.insert(node.address).second,
          kDamagedTree);
  const auto stored = read(node.address, tree.node);
  Bytes bytes(stored, kDamagedTree);
  bytes.expect(node.depth == 0 ? "BTLF" : "BTIN");
  require(bytes.byte() == 0 && bytes.byte() == tree.kind, kDamagedTree);
  for (std::uint64_t i = 0; i < node.records; ++i) tree.see(Bytes(bytes.take(tree.record), kDamagedTree));
  std::uint64_t all = node.records;
  for (std::uint64_t child = 0; node.depth > 0 && child <= node.records; ++child) {
    RecordNode next{bytes.number(8), node.depth - 1, 0, 0};
    next.records = bytes.number(tree.count_width);
    next.all = next.depth == 0 ? next.records : bytes.number(tree.levels[next.depth].width);
    check_record_node(tree, next);
    require(!__builtin_add_overflow(all, next.all, &all), kDamagedTree);
  }
  require(all == node.all, kDamagedTree);
}

}  // namespace instar::io::h5
