#include "io/codecs.hpp"

#include <algorithm>
#include <blosc.h>
#include <cstring>
#include <libdeflate.h>
#include <limits>
#include <lz4.h>
#include <map>
#include <memory>
#include <new>
#include <zstd.h>

#include "io/bitshuffle.hpp"
#include "io/lzf.hpp"

namespace instar::io {
namespace {

using Bytes = std::span<const std::byte>;
using Room = std::span<std::byte>;

const char* chars(Bytes bytes) { return reinterpret_cast<const char*>(bytes.data()); }
char* chars(Room bytes) { return reinterpret_cast<char*>(bytes.data()); }

// The frames of the filters lz4 and bitshuffle begin with numbers in big-endian order.
std::uint64_t big_endian(Bytes bytes) {
  std::uint64_t value = 0;
  for (const std::byte byte : bytes) value = (value << 8) | static_cast<std::uint64_t>(byte);
  return value;
}

bool fits_int(std::size_t size) { return size <= static_cast<std::size_t>(std::numeric_limits<int>::max()); }

bool expand_deflate(Bytes in, Room out) {
  thread_local const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> decompressor(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  if (!decompressor) throw std::bad_alloc();
  return libdeflate_zlib_decompress(decompressor.get(), in.data(), in.size(), out.data(), out.size(), nullptr) ==
         LIBDEFLATE_SUCCESS;
}

bool expand_zstd(Bytes in, Room out) {
  thread_local const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  if (!context) throw std::bad_alloc();
  return ZSTD_decompressDCtx(context.get(), out.data(), out.size(), in.data(), in.size()) == out.size();
}

bool expand_blosc(Bytes in, Room out) {
  std::size_t size = 0;
  if (blosc_cbuffer_validate(in.data(), in.size(), &size) != 0 || size != out.size() || !fits_int(size)) return false;
  return size == 0 || blosc_decompress_ctx(in.data(), out.data(), out.size(), 1) == static_cast<int>(size);
}

bool expand_block_lz4(Bytes in, Room out) {
  if (!fits_int(in.size()) || !fits_int(out.size())) return false;
  return LZ4_decompress_safe(chars(in), chars(out), static_cast<int>(in.size()), static_cast<int>(out.size())) ==
         static_cast<int>(out.size());
}

constexpr std::size_t kFrameHeader = 12;  // the whole size in eight bytes, that of a block in four

// Blocks, each behind its compressed size in four bytes; one that did not shrink is stored as it is.
bool expand_lz4(Bytes in, Room out) {
  if (in.size() < kFrameHeader || big_endian(in.first(8)) != out.size()) return false;
  const std::size_t block = big_endian(in.subspan(8, 4));
  in = in.subspan(kFrameHeader);
  if (block == 0) return out.empty();
  while (!out.empty()) {
    if (in.size() < 4) return false;
    const std::size_t stored = big_endian(in.first(4));
    in = in.subspan(4);
    const Room piece = out.first(std::min(block, out.size()));
    if (stored > in.size()) return false;
    if (stored == piece.size()) {
      std::memcpy(piece.data(), in.data(), stored);
    } else if (!expand_block_lz4(in.first(stored), piece)) {
      return false;
    }
    in = in.subspan(stored);
    out = out.subspan(piece.size());
  }
  return true;
}

bool expand_lzf_into(Bytes in, Room out) {
  const auto expanded = expand_lzf(reinterpret_cast<const std::uint8_t*>(in.data()), in.size(), out.size());
  if (!expanded || expanded->size() != out.size()) return false;
  std::memcpy(out.data(), expanded->data(), out.size());
  return true;
}

// Parameters of the filter bitshuffle: two of its version, bytes of an element, elements of a block (0: its choice),
// how blocks are compressed.
constexpr std::size_t kElement = 2;
constexpr std::size_t kBlock = 3;
constexpr std::size_t kMethod = 4;
enum Method : unsigned { kNone = 0, kLz4 = 2, kZstd = 3 };

bool expand_bitshuffle(std::span<const unsigned> parameters, Bytes in, Room out) {
  const auto parameter = [&](std::size_t i) { return i < parameters.size() ? parameters[i] : 0U; };
  const std::size_t element = parameter(kElement);
  const unsigned method = parameter(kMethod);
  if (element == 0 || element > 1024 || out.size() % element != 0) return false;
  std::size_t block = std::size_t{parameter(kBlock)} * element;
  if (method != kNone) {
    if (in.size() < kFrameHeader || big_endian(in.first(8)) != out.size()) return false;
    block = big_endian(in.subspan(8, 4));
    in = in.subspan(kFrameHeader);
  } else if (block == 0) {
    block = bitshuffle_block(element) * element;
  }
  const std::size_t unit = 8 * element;  // bits of eight elements are turned together
  if (block == 0 || block % unit != 0) return false;
  std::vector<std::byte> planes(std::min(block, out.size()));
  while (out.size() >= unit) {
    const std::size_t size = std::min(block, out.size() / unit * unit);
    const Room piece = Room(planes).first(size);
    std::size_t stored = size;
    if (method != kNone) {
      if (in.size() < 4) return false;
      stored = big_endian(in.first(4));
      in = in.subspan(4);
    }
    if (stored > in.size()) return false;
    const Bytes from = in.first(stored);
    if (method == kNone) {
      std::memcpy(piece.data(), from.data(), size);
    } else if (!(method == kLz4 ? expand_block_lz4(from, piece) : method == kZstd && expand_zstd(from, piece))) {
      return false;
    }
    bitunshuffle(piece, out.first(size), element);
    in = in.subspan(stored);
    out = out.subspan(size);
  }
  if (in.size() != out.size()) return false;  // fewer than eight elements are left, as they are
  if (!out.empty()) std::memcpy(out.data(), in.data(), out.size());
  return true;
}

/// How many bytes the data say that they expand to; nothing where they do not say.
std::optional<std::size_t> expanded_size(Codec codec, std::span<const unsigned> parameters, Bytes in) {
  switch (codec) {
    case Codec::blosc: {
      std::size_t size = 0;
      if (blosc_cbuffer_validate(in.data(), in.size(), &size) != 0) return std::nullopt;
      return size;
    }
    case Codec::zstd: {
      const auto size = ZSTD_getFrameContentSize(in.data(), in.size());
      if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) return std::nullopt;
      return static_cast<std::size_t>(size);
    }
    case Codec::bitshuffle:
      if (parameters.size() <= kMethod || parameters[kMethod] == kNone) return in.size();
      [[fallthrough]];
    case Codec::lz4:
      if (in.size() < kFrameHeader) return std::nullopt;
      return big_endian(in.first(8));
    default:
      return std::nullopt;
  }
}

libdeflate_compressor* compressor_of(int level) {
  using Compressor = std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)>;
  thread_local std::map<int, Compressor> compressors;
  const auto [at, fresh] = compressors.try_emplace(level, nullptr, libdeflate_free_compressor);
  if (fresh) at->second.reset(libdeflate_alloc_compressor(level));
  if (!at->second) throw std::bad_alloc();
  return at->second.get();
}

/// Whether bytes are worth compressing, by the look of a few in their middle.
bool shrinks(Bytes bytes, int level) {
  constexpr std::size_t kLook = 4096;
  if (bytes.size() < 2 * kLook) return true;
  const Bytes some = bytes.subspan(bytes.size() / 2 - kLook / 2, kLook);
  return deflated(some, level).size() < kLook - kLook / 16;
}

/// A zlib stream (RFC 1950) whose first bytes are stored as they are.
std::vector<std::byte> deflated_from(Bytes bytes, std::size_t first, int level) {
  constexpr std::size_t kMostStored = 65535;
  const std::size_t blocks = (first + kMostStored - 1) / kMostStored;
  const Bytes rest = bytes.subspan(first);
  libdeflate_compressor* compressor = compressor_of(level);
  const std::size_t bound = libdeflate_deflate_compress_bound(compressor, rest.size());
  std::vector<std::byte> out(2 + first + 5 * blocks + bound + 4);
  std::size_t at = 0;
  const auto put = [&](std::size_t value) { out[at++] = static_cast<std::byte>(value & 255U); };
  put(0x78);
  put(0x01);
  for (Bytes stored = bytes.first(first); !stored.empty();) {
    const std::size_t size = std::min(stored.size(), kMostStored);
    for (const std::size_t value : {std::size_t{0}, size, size >> 8, ~size, ~size >> 8}) put(value);
    std::memcpy(out.data() + at, stored.data(), size);
    at += size;
    stored = stored.subspan(size);
  }
  at += libdeflate_deflate_compress(compressor, rest.data(), rest.size(), out.data() + at, bound);
  const std::uint32_t sum = libdeflate_adler32(1, bytes.data(), bytes.size());
  for (const unsigned shift : {24U, 16U, 8U, 0U}) put(sum >> shift);
  out.resize(at);
  return out;
}

/// The first bytes of all elements, then their second bytes, and so on.
template <std::size_t kElement>
void shuffle_as(const std::byte* in, std::byte* out, std::size_t count) {
  for (std::size_t b = 0; b < kElement; ++b)
    for (std::size_t i = 0; i < count; ++i) out[b * count + i] = in[i * kElement + b];
}

template <class Number>
void unshuffle_as(const std::byte* in, std::byte* out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    Number value = 0;
    for (std::size_t b = 0; b < sizeof(Number); ++b)
      value = static_cast<Number>(value | (static_cast<Number>(in[b * count + i]) << (8 * b)));
    std::memcpy(out + i * sizeof value, &value, sizeof value);
  }
}

}  // namespace

bool expand(Codec codec, std::span<const unsigned> parameters, Bytes in, Room out) {
  switch (codec) {
    case Codec::deflate:
      return expand_deflate(in, out);
    case Codec::lzf:
      return expand_lzf_into(in, out);
    case Codec::blosc:
      return expand_blosc(in, out);
    case Codec::zstd:
      return expand_zstd(in, out);
    case Codec::lz4:
      return expand_lz4(in, out);
    case Codec::bitshuffle:
      return expand_bitshuffle(parameters, in, out);
  }
  return false;
}

std::optional<std::vector<std::byte>> expand_up_to(Codec codec, std::span<const unsigned> parameters, Bytes in,
                                                   std::size_t most) {
  if (codec == Codec::lzf) {
    const auto bytes = expand_lzf(reinterpret_cast<const std::uint8_t*>(in.data()), in.size(), most);
    if (!bytes) return std::nullopt;
    const auto all = std::as_bytes(std::span(*bytes));
    return std::vector<std::byte>(all.begin(), all.end());
  }
  const auto size = expanded_size(codec, parameters, in);
  if (!size || *size > most) return std::nullopt;
  std::vector<std::byte> out(*size);
  if (!expand(codec, parameters, in, out)) return std::nullopt;
  return out;
}

void unshuffle(Bytes in, Room out, std::size_t element) {
  const std::size_t count = element == 0 ? 0 : in.size() / element;
  switch (element) {
    case 2:
      unshuffle_as<std::uint16_t>(in.data(), out.data(), count);
      break;
    case 4:
      unshuffle_as<std::uint32_t>(in.data(), out.data(), count);
      break;
    case 8:
      unshuffle_as<std::uint64_t>(in.data(), out.data(), count);
      break;
    default:
      for (std::size_t i = 0; i < count; ++i)
        for (std::size_t b = 0; b < element; ++b) out[i * element + b] = in[b * count + i];
  }
  // What is no whole element stays where it is.
  std::copy(in.begin() + static_cast<std::ptrdiff_t>(count * element), in.end(),
            out.begin() + static_cast<std::ptrdiff_t>(count * element));
}

std::vector<std::byte> deflated(Bytes chunk, int level) { return deflated_from(chunk, 0, level); }

std::vector<std::byte> shuffled_and_deflated(Bytes chunk, std::size_t element, int level) {
  const std::size_t count = chunk.size() / element;
  std::vector<std::byte> planes(chunk.begin(), chunk.end());
  switch (element) {
    case 1:
      break;
    case 4:
      shuffle_as<4>(chunk.data(), planes.data(), count);
      break;
    case 8:
      shuffle_as<8>(chunk.data(), planes.data(), count);
      break;
    default:
      for (std::size_t b = 0; b < element; ++b)
        for (std::size_t i = 0; i < count; ++i) planes[b * count + i] = chunk[i * element + b];
  }
  // The lowest bytes of numbers often are as good as random: looking for matches in them takes most of the time and
  // finds none.
  std::size_t plain = 0;
  while (plain < element && !shrinks(Bytes(planes).subspan(plain * count, count), level)) ++plain;
  return deflated_from(planes, plain * count, level);
}

}  // namespace instar::io
