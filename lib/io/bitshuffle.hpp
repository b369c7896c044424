#pragma once

#include <cstddef>
#include <span>

namespace instar::io {

/// Elements of a block where the filter bitshuffle chooses: 8 KiB of them, in multiples of 8, 128 at least.
std::size_t bitshuffle_block(std::size_t element);

/// Puts back together what bitshuffle (Masui et al. 2015) took apart: the first bits of all elements, then their second
/// bits, and so on, the lowest bit of the first byte first.
/// @param in a multiple of 8 elements of `element` bytes @param out as large
void bitunshuffle(std::span<const std::byte> in, std::span<std::byte> out, std::size_t element);

}  // namespace instar::io
