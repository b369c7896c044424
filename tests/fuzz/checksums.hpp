#pragma once

// Structures of HDF5 files that carry a checksum (version 2 headers, fractal heaps, version 2 B-trees, indices of
// chunks): how far each reaches, and the checksum put right after an edit, so that the library decodes what was edited.
// HDF5 File Format Specification 3.0; the checksum is Bob Jenkins' lookup3 (hashlittle), from 0.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

namespace instar::fuzz {

inline std::uint32_t lookup3(const std::uint8_t* bytes, std::size_t size) {
  const auto turn = [](std::uint32_t value, unsigned by) { return value << by | value >> (32 - by); };
  std::array<std::uint32_t, 3> s{};
  s.fill(0xdeadbeefU + static_cast<std::uint32_t>(size));
  const auto add = [&](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) s[i / 4] += std::uint32_t{bytes[i]} << (8 * (i % 4));
  };
  for (; size > 12; size -= 12, bytes += 12) {
    add(12);
    constexpr std::array<unsigned, 6> kTurns = {4, 6, 8, 16, 19, 4};
    for (std::size_t i = 0; i < 6; ++i) {  // a -= c, a ^= c turned, c += b; then b, c, a in their places
      std::uint32_t& a = s[i % 3];
      std::uint32_t& b = s[(i + 1) % 3];
      std::uint32_t& c = s[(i + 2) % 3];
      a -= c;
      a ^= turn(c, kTurns[i]);
      c += b;
    }
  }
  if (size == 0) return s[2];
  add(size);
  constexpr std::array<unsigned, 7> kTurns = {14, 11, 25, 16, 4, 14, 24};
  for (std::size_t i = 0; i < 7; ++i) {  // c ^= b, c -= b turned; then a and b in their places
    std::uint32_t& c = s[(i + 2) % 3];
    const std::uint32_t b = s[(i + 1) % 3];
    c ^= b;
    c -= turn(b, kTurns[i]);
  }
  return s[2];
}

/// A structure [begin, begin + size) whose checksum is at `checksum` and is of the bytes before it, or, within, of all
/// with zeros in its place.
struct Checked {
  std::size_t begin = 0;
  std::size_t size = 0;
  std::size_t checksum = 0;
  bool within = false;

  std::uint32_t value(const std::uint8_t* data) const {
    if (!within) return lookup3(data + begin, checksum - begin);
    std::vector<std::uint8_t> copy(data + begin, data + begin + size);
    std::memset(copy.data() + (checksum - begin), 0, 4);
    return lookup3(copy.data(), copy.size());
  }
  bool holds(const std::uint8_t* data) const {
    const std::uint32_t right = value(data);
    return std::memcmp(data + checksum, &right, sizeof right) == 0;
  }
  void repair(std::uint8_t* data) const {
    const std::uint32_t right = value(data);
    std::memcpy(data + checksum, &right, sizeof right);
  }
};

/// The structure whose signature is at a place of a file: nothing where no sound one is found there. Its length is
/// found by its checksum, which has to hold before the edit.
inline std::optional<Checked> checked_at(const std::uint8_t* data, std::size_t file_size, std::size_t begin) {
  const std::size_t left = file_size - begin;
  if (left < 16) return std::nullopt;
  if (std::memcmp(data + begin, "FHDB", 4) == 0) {  // powers of two; the checksum is behind an offset of 1 to 8 bytes
    for (std::size_t size = 64; size <= left && size <= 65536; size *= 2)
      for (std::size_t offset = 1; offset <= 8; ++offset)
        if (const Checked found{begin, size, begin + 13 + offset, true}; found.holds(data)) return found;
    return std::nullopt;
  }
  constexpr std::size_t kLongest = 2048;
  for (std::size_t end = 8; end + 4 <= std::min(left, kLongest); ++end)
    if (const Checked found{begin, end + 4, begin + end, false}; found.holds(data)) return found;
  return std::nullopt;
}

inline constexpr std::array<std::string_view, 14> kCheckedSignatures = {
    "FRHP", "FHDB", "FHIB", "BTHD", "BTLF", "BTIN", "OHDR", "OCHK", "EAHD", "EAIB", "EASB", "EADB", "FAHD", "FADB"};

}  // namespace instar::fuzz
