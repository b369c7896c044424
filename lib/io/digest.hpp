#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace instar::io {

/// FNV-1a, 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv): tells files apart and finds damage; no defence against
/// forgery.
class Digest {
 public:
  void add(std::string_view bytes) {
    for (const char c : bytes) state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  std::uint64_t value() const { return state_; }
  std::string text() const;  ///< 16 hexadecimal digits

 private:
  std::uint64_t state_ = 0xcbf29ce484222325ULL;
};

/// Digest of a whole file. @throws DataError where it cannot be read
std::string file_digest(const std::string& path, const std::string& name);

}  // namespace instar::io
