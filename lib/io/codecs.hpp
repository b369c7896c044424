#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace instar::io {

/// How the bytes of an HDF5 chunk may be compressed. Data are foreign: nothing is read or written beyond the spans,
/// whatever they say. All functions may be called by several threads.
enum class Codec { deflate, lzf, blosc, zstd, lz4, bitshuffle };

/// Expands what a codec made. @param parameters of the filter, as HDF5 stores them with the dataset (bitshuffle needs
///   them) @param out receives exactly as many bytes as it has
/// @returns false where the data are damaged or hold another number of bytes
bool expand(Codec codec, std::span<const unsigned> parameters, std::span<const std::byte> in, std::span<std::byte> out);

/// The same where it is not known how many bytes there are, only that there are at most `most`: more than the data say
/// is never allocated. @returns nothing where they are damaged or too many
std::optional<std::vector<std::byte>> expand_up_to(Codec codec, std::span<const unsigned> parameters,
                                                   std::span<const std::byte> in, std::size_t most);

/// The shuffle filter stores the first bytes of all elements, then their second bytes, and so on. This puts them back
/// together. @param out as large as `in`
void unshuffle(std::span<const std::byte> in, std::span<std::byte> out, std::size_t element);

/// A chunk of elements of `element` bytes as HDF5's filters shuffle and deflate (zlib format) would store it.
/// Planes of bytes that do not shrink are stored as they are.
std::vector<std::byte> shuffled_and_deflated(std::span<const std::byte> chunk, std::size_t element, int level);
/// A chunk as HDF5's filter deflate leaves it (zlib format).
std::vector<std::byte> deflated(std::span<const std::byte> chunk, int level);

}  // namespace instar::io
