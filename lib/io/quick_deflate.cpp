#include "io/quick_deflate.hpp"

#include <algorithm>
#include <cstdint>
#include <isa-l/igzip_lib.h>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace instar::io {
namespace {

constexpr std::uint32_t kLevel = 1;

/// What a thread needs, which is too large for its stack.
struct Workspace {
  isal_zstream stream{};
  std::vector<std::uint8_t> level = std::vector<std::uint8_t>(ISAL_DEF_LVL1_DEFAULT);
};

}  // namespace

std::size_t quick_deflate_bound(std::size_t size) {
  constexpr std::size_t kHeaders = 1024;
  return size + size / 8 + kHeaders;
}

std::size_t quick_deflate(std::span<const std::byte> in, std::span<std::byte> out) {
  constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max();
  if (in.size() > kMost / 2) throw std::length_error("more bytes than one call of quick_deflate() takes");
  thread_local const auto workspace = std::make_unique<Workspace>();
  isal_zstream& stream = workspace->stream;
  isal_deflate_stateless_init(&stream);
  stream.level = kLevel;
  stream.level_buf = workspace->level.data();
  stream.level_buf_size = static_cast<std::uint32_t>(workspace->level.size());
  stream.gzip_flag = IGZIP_DEFLATE;
  stream.end_of_stream = 1;
  stream.flush = NO_FLUSH;
  // The library does not write to its input, whose pointer is not const all the same.
  stream.next_in = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(in.data()));
  stream.avail_in = static_cast<std::uint32_t>(in.size());
  stream.next_out = reinterpret_cast<std::uint8_t*>(out.data());
  stream.avail_out = static_cast<std::uint32_t>(std::min(out.size(), kMost));
  if (const int problem = isal_deflate_stateless(&stream); problem != COMP_OK)
    throw std::logic_error("quick_deflate(): isal_deflate_stateless gave " + std::to_string(problem));
  return stream.total_out;
}

}  // namespace instar::io
