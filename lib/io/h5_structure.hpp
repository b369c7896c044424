#pragma once

// Private to the h5*.cpp files: whether a file that is only read is sound where HDF5 1.10 would believe it. The driver
// (h5_driver.cpp) shows what the library is about to see of headers and indices; what leads from there to memory that
// is not the library's is checked with our own reading of the file, each structure once. What is only wrong (a name
// that differs, a value that is not sensible) is left to the readers. HDF5 File Format Specification 3.0.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "io/h5_bytes.hpp"
#include "io/h5_messages.hpp"

namespace instar::io::h5 {

inline constexpr const char* kDamagedIndex = "the index of a dataset's chunks is damaged";

/// The bytes [address, address + size) of the file, addresses as they are stored in it; false where the file ends
/// before.
using DiskReader = std::function<bool(std::uint64_t address, std::size_t size, unsigned char* out)>;

/// Numbers of the superblock that say how large the nodes of trees are.
struct TreeRanks {
  unsigned leaf = 4;
  unsigned group = 16;
  unsigned chunks = 32;
};

/// One message of an object header.
struct Message {
  unsigned kind = 0;
  bool shared = false;
  std::span<const unsigned char> bytes;
};

/// An object header: its parts, and the messages in them in the library's order.
struct Header {
  std::vector<std::vector<unsigned char>> parts;
  std::vector<Message> messages;
  std::vector<std::uint64_t> continuations;  ///< addresses of the parts but the first
};

/// Not thread-safe. Every function throws Unsound where the file is not sound.
class Structure {
 public:
  /// @param superblock what the file begins with (after a user block), at least 64 bytes or all there is
  Structure(DiskReader read, std::span<const unsigned char> superblock);
  /// The library has read these bytes as (part of) a header.
  void see_header(std::uint64_t address, std::span<const unsigned char> bytes);
  /// Bytes of a whole chunk of the dataset with this header, which the library has seen; 0 where it has no chunks.
  std::uint64_t chunk_bytes(std::uint64_t header) const;
  /// The library has read these bytes as a node of a B-tree, or as the header of one of version 2.
  void see_tree(std::uint64_t address, std::span<const unsigned char> bytes);

 private:
  struct Known {  // of a header
    std::optional<TypeFacts> type;
    std::vector<std::uint64_t> continuations;
    std::uint64_t chunk = 0;     // bytes
    std::optional<Unsound> why;  // it was refused, and is again when it is asked for again
  };
  struct ChunkNode {  // of a tree of chunks
    std::uint64_t parent = 0;
    unsigned level = 0;
    unsigned rank = 0;
    std::uint64_t chunk = 0;  // bytes of a whole chunk
    bool filtered = false;
    bool root = false;
  };
  using RecordReader = std::function<void(Bytes record)>;
  struct Announced {  // by a header or a heap: the version 2 B-tree at an address
    unsigned kind = 0;
    std::uint64_t record = 0;  // bytes of a record
    RecordReader see;          // checks what each leads to
  };
  static constexpr std::uint64_t kRecordTreeHeader = 38;  // bytes
  struct RecordTree;
  struct RecordNode;
  struct Facts;
  struct Heap;
  struct Array;
  class Names;

  std::vector<unsigned char> read(std::uint64_t address, std::uint64_t size) const;
  std::vector<unsigned char> read_once(std::uint64_t address, std::uint64_t size);
  Header read_header(std::uint64_t address);
  void note_part(Header& header, std::uint64_t address, std::uint64_t size);
  std::vector<unsigned char> read_first_part(std::uint64_t address, std::size_t& begin, unsigned& flags,
                                             bool& old) const;
  void take_messages(Header& header, Bytes bytes, bool old, unsigned flags,
                     std::vector<std::pair<std::uint64_t, std::uint64_t>>& next) const;
  void check_header(std::uint64_t address);
  void check_new_header(std::uint64_t address);
  Facts check_messages(std::uint64_t address, const Header& header);
  void check_attribute_message(Bytes bytes);
  void check_dataset(std::uint64_t address, const Facts& facts);
  TypeFacts shared_type(Bytes& bytes);

  void check_group(std::uint64_t tree, std::uint64_t heap);
  void check_group_node(std::uint64_t address, const Names& names, int level);
  void check_symbols(std::uint64_t address, const Names& names) const;

  void expect_records(std::uint64_t address, unsigned kind, std::uint64_t record, RecordReader see);
  void see_record_tree(std::uint64_t address, Bytes bytes);
  void check_record_node(const RecordTree& tree, const RecordNode& node);

  void expect_links(const DenseFacts& links);
  void expect_attributes(const DenseFacts& attributes);
  std::shared_ptr<Heap> check_heap(std::uint64_t address, std::uint64_t place);
  void check_heap_block(const Heap& heap, std::string_view signature, std::uint64_t address, std::uint64_t begin) const;
  std::vector<unsigned char> read_managed(const Heap& heap, std::uint64_t place, std::uint64_t length);
  std::vector<unsigned char> read_object(Heap& heap, Bytes id);

  void check_chunks(const LayoutFacts& layout, const SpaceFacts& space, bool filtered);
  static std::size_t width_of(std::uint64_t most);
  static std::uint64_t stored_size_bytes(const LayoutFacts& layout);
  void require_stored_chunk(std::uint64_t address, std::uint64_t stored, bool skipped, std::uint64_t chunk);
  static Array array_of(const LayoutFacts& layout, bool filtered);
  static Bytes array_block(const Array& array, std::string_view signature, std::span<const unsigned char> stored);
  void check_elements(const Array& array, Bytes& bytes, std::uint64_t count);
  void check_array_block(const Array& array, std::string_view signature, std::uint64_t address, std::uint64_t count);
  void check_pages(const Array& array, std::uint64_t begin, std::uint64_t count, std::span<const unsigned char> present,
                   std::uint64_t first);
  void check_fixed_array(const LayoutFacts& layout, bool filtered, std::uint64_t chunks);
  void check_extensible_array(const LayoutFacts& layout, bool filtered);
  void check_super_block(const Array& array, std::uint64_t address, std::uint64_t blocks, std::uint64_t count);

  DiskReader read_;
  std::uint64_t extension_ = kNowhere;
  TreeRanks ranks_;
  std::unordered_map<std::uint64_t, Known> headers_;
  std::unordered_map<std::uint64_t, std::size_t> parts_;  // parts but the first, which may have no signature
  std::uint64_t current_ = kNowhere;                      // the header seen last
  std::unordered_map<std::uint64_t, bool> group_nodes_;
  std::unordered_map<std::uint64_t, ChunkNode> chunk_nodes_;
  std::unordered_map<std::uint64_t, Announced> announced_;
  std::unordered_set<std::uint64_t> record_trees_;
  std::unordered_set<std::uint64_t> record_nodes_;
  std::unordered_set<std::uint64_t> heaps_;
  std::unordered_set<std::uint64_t> array_blocks_;
  std::uint64_t read_once_ = 0;  // bytes
  std::uint64_t least_end_ = 0;  // so far the file is known to reach
};

}  // namespace instar::io::h5
