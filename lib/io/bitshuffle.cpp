#include "io/bitshuffle.hpp"

#include <algorithm>
#include <cstdint>

namespace instar::io {
namespace {

/// Turns a matrix of 8 x 8 bits, a byte a row, by swapping ever larger squares (Warren, Hacker's Delight, 7-3).
std::uint64_t turned(std::uint64_t x) {
  std::uint64_t swap = (x ^ (x >> 7)) & 0x00AA00AA00AA00AAULL;
  x ^= swap ^ (swap << 7);
  swap = (x ^ (x >> 14)) & 0x0000CCCC0000CCCCULL;
  x ^= swap ^ (swap << 14);
  swap = (x ^ (x >> 28)) & 0x00000000F0F0F0F0ULL;
  return x ^ swap ^ (swap << 28);
}

}  // namespace

std::size_t bitshuffle_block(std::size_t element) {
  constexpr std::size_t kTarget = 8192;
  constexpr std::size_t kFewest = 128;
  return std::max(kTarget / std::max<std::size_t>(1, element) / 8 * 8, kFewest);
}

void bitunshuffle(std::span<const std::byte> in, std::span<std::byte> out, std::size_t element) {
  const std::size_t groups = in.size() / element / 8;  // of eight elements: a byte in every row of bits
  for (std::size_t b = 0; b < element; ++b)
    for (std::size_t g = 0; g < groups; ++g) {
      std::uint64_t bits = 0;
      for (std::size_t bit = 0; bit < 8; ++bit)
        bits |= static_cast<std::uint64_t>(in[(8 * b + bit) * groups + g]) << (8 * bit);
      bits = turned(bits);
      for (std::size_t e = 0; e < 8; ++e)
        out[(8 * g + e) * element + b] = static_cast<std::byte>((bits >> (8 * e)) & 0xFFU);
    }
}

}  // namespace instar::io
