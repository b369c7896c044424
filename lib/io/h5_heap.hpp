#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

/// Text of variable length lies in collections (global heaps) that elements refer to. HDF5 1.10 believes such
/// references: an object that is not in its collection, or is longer than the element says, has it read and write
/// beyond its memory. So references are resolved here, each checked. HDF5 File Format Specification 3.0, III.E.
namespace instar::io::h5 {

/// A collection in memory, and where its objects are.
class Collection {
 public:
  /// @param bytes the collection from its signature to its declared end
  /// @returns nothing where it is not sound
  static std::optional<Collection> parse(std::vector<unsigned char> bytes);
  /// The data of an object; nothing where there is none of that number.
  std::optional<std::span<const unsigned char>> object(std::uint32_t number) const;
  std::size_t size() const { return bytes_.size(); }

 private:
  struct Place {
    std::size_t begin;
    std::size_t size;
  };
  std::vector<unsigned char> bytes_;
  std::unordered_map<std::uint32_t, Place> objects_;
};

/// Reads the collection at an address of one file, or nothing where there is none.
using CollectionReader = std::function<std::optional<Collection>(std::uint64_t address)>;

/// The collections of one file read last; few, as elements next to each other lie next to each other.
class Heaps {
 public:
  explicit Heaps(CollectionReader read) : read_(std::move(read)) {}
  /// The first `length` bytes of an object. Valid until the next call. @returns nothing where it is not there
  std::optional<std::span<const unsigned char>> find(std::uint64_t address, std::uint32_t number, std::size_t length);

 private:
  CollectionReader read_;
  std::unordered_map<std::uint64_t, Collection> known_;
  std::size_t bytes_ = 0;
};

/// While one lives, text that the library reads is looked up in the file of this object (hid_t), see register_heaps().
class ReadingFrom {
 public:
  explicit ReadingFrom(std::int64_t object);
  ~ReadingFrom();
  ReadingFrom(const ReadingFrom&) = delete;
  ReadingFrom& operator=(const ReadingFrom&) = delete;

 private:
  Heaps* before_;
};

/// Makes the library read elements of variable length by our own conversion.
void register_heaps();

}  // namespace instar::io::h5
