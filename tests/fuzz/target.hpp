#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <new>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

#include "core/error.hpp"

/// What the targets of this folder share. Each defines LLVMFuzzerTestOneInput; libFuzzer calls it with what it makes up
/// (preset fuzz), replay.cpp with the files of the corpora (in every other build).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace instar::fuzz {

inline std::string_view text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// A file in memory, for readers that want a name.
class MemoryFile {
 public:
  MemoryFile(const std::uint8_t* data, std::size_t size) : descriptor_(memfd_create("instar-fuzz", MFD_CLOEXEC)) {
    if (descriptor_ < 0 || ::write(descriptor_, data, size) != static_cast<ssize_t>(size)) std::abort();
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

/// Calls a reader that may refuse what it is given, but in no other way than by a DataError or a UsageError.
/// @returns whether it accepted
inline bool refused_or_read(const std::function<void()>& reader) {
  try {
    reader();
    return true;
  } catch (const DataError&) {
  } catch (const UsageError&) {
  }
  return false;
}

}  // namespace instar::fuzz
