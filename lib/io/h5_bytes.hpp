#pragma once

// Private to the h5*.cpp files that check what a file holds before the library sees it.

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace instar::io::h5 {

/// What is wrong with a structure of the file, as a whole sentence's end ("an attribute is longer than its header").
/// Thrown while structures are checked, caught where the library asks for bytes; never leaves lib/io.
struct Unsound {
  const char* problem;
  const char* advice = "the file is damaged; copy or write it again";
};

/// Bits of an address at most: sizes are numbers with a sign.
inline constexpr unsigned kMostBits = 62;

inline constexpr std::uint64_t kAddress = 8;  ///< bytes of an address

/// No address, as HDF5 stores it.
inline constexpr std::uint64_t kNowhere = ~std::uint64_t{0};

/// Bytes of a structure, read from front to back. Every call that would go beyond the end throws Unsound with the
/// problem given at construction.
class Bytes {
 public:
  Bytes(std::span<const unsigned char> all, const char* problem) : rest_(all), problem_(problem) {}
  std::size_t left() const { return rest_.size(); }
  std::span<const unsigned char> take(std::uint64_t count) {
    if (count > rest_.size()) throw Unsound{problem_};
    const auto taken = rest_.first(static_cast<std::size_t>(count));
    rest_ = rest_.subspan(static_cast<std::size_t>(count));
    return taken;
  }
  void skip(std::uint64_t count) { take(count); }
  /// An unsigned number of `count` bytes (at most 8), least significant first.
  std::uint64_t number(std::size_t count) {
    std::uint64_t value = 0;
    const auto bytes = take(count);
    for (std::size_t i = count; i-- > 0;) value = value << 8 | bytes[i];
    return value;
  }
  unsigned peek() const { return rest_.empty() ? 0U : rest_.front(); }
  unsigned byte() { return static_cast<unsigned>(number(1)); }
  bool starts_with(std::string_view signature) const {
    return rest_.size() >= signature.size() && std::memcmp(rest_.data(), signature.data(), signature.size()) == 0;
  }
  void expect(std::string_view signature) {
    if (!starts_with(signature)) throw Unsound{problem_};
    skip(signature.size());
  }
  /// Text up to its NUL, which has to be there. @param padded skip to a multiple of 8 bytes of text and NUL
  std::size_t text(bool padded) {
    const void* const end = rest_.empty() ? nullptr : std::memchr(rest_.data(), 0, rest_.size());
    if (end == nullptr) throw Unsound{problem_};
    const auto length = static_cast<std::size_t>(static_cast<const unsigned char*>(end) - rest_.data());
    skip(padded ? (length + 8) / 8 * 8 : length + 1);
    return length;
  }

 private:
  std::span<const unsigned char> rest_;
  const char* problem_;
};

/// Throws where a condition of sound files does not hold.
inline void require(bool sound, const char* problem) {
  if (!sound) throw Unsound{problem};
}

}  // namespace instar::io::h5
