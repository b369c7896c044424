#include "io/nameless_file.hpp"

#include <cerrno>
#include <string>
#include <unistd.h>
#include <utility>

#include "io/temporary.hpp"

namespace instar::io {

NamelessFile::NamelessFile() {
  std::string path;
  descriptor_ = make_temporary(temporary_folder(), "instar-rows", path);
  if (descriptor_ < 0) return;
  unlink(path.c_str());
  release_temporary(path);
}

NamelessFile::~NamelessFile() { close(); }

NamelessFile::NamelessFile(NamelessFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

NamelessFile& NamelessFile::operator=(NamelessFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

void NamelessFile::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

bool NamelessFile::write(std::span<const std::byte> bytes, std::int64_t offset) const {
  while (!bytes.empty()) {
    const ssize_t done = pwrite(descriptor_, bytes.data(), bytes.size(), offset);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(done));
    offset += done;
  }
  return true;
}

bool NamelessFile::read(std::span<std::byte> bytes, std::int64_t offset) const {
  while (!bytes.empty()) {
    const ssize_t done = pread(descriptor_, bytes.data(), bytes.size(), offset);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(done));
    offset += done;
  }
  return true;
}

}  // namespace instar::io
