#include "io/digest.hpp"

#include <fstream>
#include <vector>

#include "core/error.hpp"
#include "core/fingerprint.hpp"

namespace instar::io {

std::string file_digest(const std::string& path, const std::string& name) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> buffer(std::size_t{1} << 20);
  core::Fingerprint digest;
  while (file) {
    file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    digest.add(std::string_view(buffer.data(), static_cast<std::size_t>(file.gcount())));
  }
  if (!file.eof()) throw DataError({name}, "cannot be read");
  return digest.text();
}

}  // namespace instar::io
