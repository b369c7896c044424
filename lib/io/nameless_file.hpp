#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace instar::io {

/// A file in TMPDIR that has no name any more: whatever ends the process, nothing of it remains.
class NamelessFile {
 public:
  NamelessFile();
  ~NamelessFile();
  NamelessFile(NamelessFile&& other) noexcept;
  NamelessFile& operator=(NamelessFile&& other) noexcept;
  NamelessFile(const NamelessFile&) = delete;
  NamelessFile& operator=(const NamelessFile&) = delete;

  bool is_open() const { return descriptor_ >= 0; }  ///< false where it could not be made
  void close();
  /// @returns false, with errno, where the disk is full or fails
  bool write(std::span<const std::byte> bytes, std::int64_t offset) const;
  bool read(std::span<std::byte> bytes, std::int64_t offset) const;

 private:
  int descriptor_ = -1;
};

}  // namespace instar::io
