#include "io/lzf.hpp"

namespace instar::io {

// A control byte below 32 announces that many bytes (and one) as they are. Any other is a reference: its upper three
// bits are a length (7: one more byte adds to it), its lower five and the next byte a distance back, both counted from
// 2 and 1.
std::optional<std::vector<std::uint8_t>> expand_lzf(const std::uint8_t* data, std::size_t size, std::size_t most) {
  std::vector<std::uint8_t> out;
  out.reserve(most);
  std::size_t at = 0;
  while (at < size) {
    const std::size_t control = data[at++];
    if (control < 32) {
      const std::size_t count = control + 1;
      if (size - at < count || most - out.size() < count) return std::nullopt;
      out.insert(out.end(), data + at, data + at + count);
      at += count;
      continue;
    }
    std::size_t length = control >> 5;
    if (length == 7) {
      if (at >= size) return std::nullopt;
      length += data[at++];
    }
    length += 2;
    if (at >= size) return std::nullopt;
    const std::size_t distance = ((control & 31U) << 8) + data[at++] + 1;
    if (distance > out.size() || most - out.size() < length) return std::nullopt;
    // Byte by byte: the source may overlap what is being written.
    for (std::size_t i = 0; i < length; ++i) out.push_back(out[out.size() - distance]);
  }
  return out;
}

}  // namespace instar::io
