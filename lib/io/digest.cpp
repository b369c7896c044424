#include "io/digest.hpp"

#include <fstream>
#include <vector>

#include "core/error.hpp"

namespace instar::io {

std::string Digest::text() const {
  std::string result;
  for (int shift = 60; shift >= 0; shift -= 4) result += "0123456789abcdef"[(state_ >> shift) & 15U];
  return result;
}

std::string file_digest(const std::string& path, const std::string& name) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> buffer(std::size_t{1} << 20);
  Digest digest;
  while (file) {
    file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    digest.add({buffer.data(), static_cast<std::size_t>(file.gcount())});
  }
  if (!file.eof()) throw DataError({name}, "cannot be read");
  return digest.text();
}

}  // namespace instar::io
