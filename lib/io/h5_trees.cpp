// Version 1 B-trees (III.A.1), of the members of groups with the names they refer to, and of chunks.

#include <algorithm>
#include <utility>

#include "io/h5_structure.hpp"

namespace instar::io::h5 {
namespace {

constexpr std::size_t kTreeHead = 24;
constexpr const char* kGroup = "the list of a group's members is damaged";
constexpr std::uint64_t kNoFree = 1;

struct TreeNode {
  unsigned kind = 0;
  unsigned level = 0;
  std::uint64_t entries = 0;
};

TreeNode tree_head(Bytes& bytes) {
  bytes.expect("TREE");
  TreeNode node;
  node.kind = bytes.byte();
  node.level = bytes.byte();
  node.entries = bytes.number(2);
  bytes.skip(16);
  return node;
}

}  // namespace

/// The names of a group's members (local heap, III.D).
class Structure::Names {
 public:
  explicit Names(std::vector<unsigned char> bytes) : bytes_(std::move(bytes)) {
    const auto last = std::find(bytes_.rbegin(), bytes_.rend(), 0);
    end_ = static_cast<std::size_t>(bytes_.rend() - last);
  }
  /// Pieces that are free are chained: each within the heap, none twice.
  void check_free(std::uint64_t first) const {
    std::uint64_t pieces = 0;
    for (std::uint64_t at = first; at != kNoFree; ++pieces) {
      require(at + 16 > at && at + 16 <= bytes_.size() && pieces <= bytes_.size() / 16, kGroup);
      Bytes piece(std::span<const unsigned char>(bytes_).subspan(static_cast<std::size_t>(at), 16), kGroup);
      const std::uint64_t next = piece.number(8);
      const std::uint64_t size = piece.number(8);
      require(size <= bytes_.size() - at, kGroup);
      at = next;
    }
  }
  /// Whether a name begins there and ends within the heap.
  void check(std::uint64_t offset) const { require(offset < end_, kGroup); }

 private:
  std::vector<unsigned char> bytes_;
  std::size_t end_ = 0;  // behind the last NUL
};

void Structure::check_group(std::uint64_t tree, std::uint64_t heap) {
  const auto prefix = read(heap, 32);
  Bytes bytes(prefix, kGroup);
  bytes.expect(std::string_view("HEAP\0\0\0\0", 8));
  const std::uint64_t size = bytes.number(8);
  const std::uint64_t free = bytes.number(8);
  const std::uint64_t place = bytes.number(8);
  const Names names(size == 0 ? std::vector<unsigned char>() : read(place, size));
  names.check_free(free);
  check_group_node(tree, names, -1);
}

// A node leads to nodes one level lower, each to be reached in one way: else the library would go round in it.
void Structure::check_group_node(std::uint64_t address, const Names& names, int level) {
  const std::uint64_t most = 2 * std::uint64_t{ranks_.group};
  const auto node = read(address, kTreeHead + most * (2 * kAddress) + kAddress);
  Bytes bytes(node, kGroup);
  const TreeNode head = tree_head(bytes);
  require(head.kind == 0 && head.entries <= most && (level < 0 || head.level == static_cast<unsigned>(level)) &&
              group_nodes_.emplace(address, true).second,
          kGroup);
  const std::uint64_t first = bytes.number(8);
  if (head.entries > 0) names.check(first);
  for (std::uint64_t i = 0; i < head.entries; ++i) {
    const std::uint64_t child = bytes.number(8);
    names.check(bytes.number(8));
    if (head.level == 0)
      check_symbols(child, names);
    else
      check_group_node(child, names, static_cast<int>(head.level) - 1);
  }
}

// A symbol table node (III.B): 8 bytes, then entries of 40.
void Structure::check_symbols(std::uint64_t address, const Names& names) const {
  const std::uint64_t most = 2 * std::uint64_t{ranks_.leaf};
  const auto node = read(address, 8 + 40 * most);
  Bytes bytes(node, kGroup);
  bytes.expect("SNOD");
  bytes.skip(2);
  const std::uint64_t entries = bytes.number(2);
  require(entries <= most, kGroup);
  for (std::uint64_t i = 0; i < entries; ++i) {
    names.check(bytes.number(8));
    bytes.skip(8);
    const std::uint64_t kind = bytes.number(4);
    bytes.skip(4);
    if (kind == 2) names.check(bytes.number(4));  // a soft link
    bytes.skip(kind == 2 ? 12 : 16);
    require(kind <= 2, kGroup);
  }
}

void Structure::see_tree(std::uint64_t address, std::span<const unsigned char> image) {
  Bytes bytes(image, kDamagedIndex);
  if (bytes.starts_with("BTHD")) return see_record_tree(address, bytes);
  if (!bytes.starts_with("TREE")) return;
  const TreeNode head = tree_head(bytes);
  if (head.kind == 0) return require(group_nodes_.count(address) != 0, kGroup);
  const auto found = chunk_nodes_.find(address);
  require(head.kind == 1 && found != chunk_nodes_.end(), kDamagedIndex);
  const ChunkNode node = found->second;
  require((node.root || head.level == node.level) && head.entries <= 2 * std::uint64_t{ranks_.chunks}, kDamagedIndex);
  for (std::uint64_t i = 0; i < head.entries; ++i) {
    const std::uint64_t stored = bytes.number(4);
    const std::uint64_t skipped = bytes.number(4);
    bytes.skip(8 * std::uint64_t{node.rank});
    const std::uint64_t child = bytes.number(8);
    if (head.level == 0) {
      require(node.filtered || stored >= node.chunk, kDamagedIndex);
      if (node.filtered) require_stored_chunk(child, stored, skipped != 0, node.chunk);
      continue;
    }
    const ChunkNode next{address, head.level - 1, node.rank, node.chunk, node.filtered, false};
    const auto [known, added] = chunk_nodes_.emplace(child, next);
    require(added || (!known->second.root && known->second.parent == address && known->second.level == next.level &&
                      known->second.chunk == next.chunk),
            kDamagedIndex);
  }
  bytes.skip(8 + 8 * std::uint64_t{node.rank});
}

}  // namespace instar::io::h5
