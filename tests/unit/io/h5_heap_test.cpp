#include "io/h5_heap.hpp"

#include <doctest/doctest.h>
#include <string>

namespace instar::io::h5 {
namespace {

void put(std::vector<unsigned char>& bytes, std::uint64_t value, int count) {
  for (int i = 0; i < count; ++i) bytes.push_back(static_cast<unsigned char>(value >> (8 * i)));
}

// A collection as HDF5 lays it out (File Format Specification 3.0, III.E), of 128 bytes.
struct Layout {
  std::vector<unsigned char> bytes{'G', 'C', 'O', 'L', 1, 0, 0, 0};
  Layout() { put(bytes, 128, 8); }
  Layout& object(std::uint64_t number, std::uint64_t size, const std::string& data) {
    put(bytes, number, 2);
    put(bytes, 1, 2);
    put(bytes, 0, 4);
    put(bytes, size, 8);
    bytes.insert(bytes.end(), data.begin(), data.end());
    bytes.resize((bytes.size() + 7) / 8 * 8);
    return *this;
  }
  std::optional<Collection> parsed() {
    bytes.resize(128);
    return Collection::parse(bytes);
  }
};

std::string text(const std::optional<std::span<const unsigned char>>& found) {
  return found ? std::string(found->begin(), found->end()) : "nothing";
}

}  // namespace

TEST_CASE("objects of a collection are found by number") {
  const auto collection = Layout().object(1, 5, "first").object(9, 2, "of").object(0, 56, "").parsed();
  REQUIRE(collection);
  CHECK(text(collection->object(1)) == "first");
  CHECK(text(collection->object(9)) == "of");
  CHECK(text(collection->object(2)) == "nothing");
  CHECK(text(collection->object(0)) == "nothing");  // the free space
  CHECK(text(collection->object(65545)) == "nothing");
}

TEST_CASE("objects larger than their collection, twice there, or free space beyond it are refused") {
  CHECK(!Layout().object(1, 97, "x").parsed());
  CHECK(!Layout().object(1, ~std::uint64_t{0}, "x").parsed());
  CHECK(!Layout().object(1, 1, "a").object(1, 1, "b").parsed());
  CHECK(!Layout().object(0, 113, "").parsed());
  CHECK(!Layout().object(0, 8, "").parsed());
  CHECK(Layout().object(1, 96, "x").parsed());
}

TEST_CASE("a reference is resolved where its object is there and long enough") {
  int reads = 0;
  Heaps heaps([&](std::uint64_t address) -> std::optional<Collection> {
    ++reads;
    if (address != 4096) return std::nullopt;
    return Layout().object(3, 5, "third").object(0, 80, "").parsed();
  });
  CHECK(text(heaps.find(4096, 3, 5)) == "third");
  CHECK(text(heaps.find(4096, 3, 2)) == "th");
  CHECK(text(heaps.find(4096, 3, 6)) == "nothing");
  CHECK(text(heaps.find(4096, 4, 1)) == "nothing");
  CHECK(reads == 1);
  CHECK(text(heaps.find(8192, 3, 1)) == "nothing");
}

}  // namespace instar::io::h5
