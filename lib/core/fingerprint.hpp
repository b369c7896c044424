#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "core/types.hpp"

namespace instar::core {

/// FNV-1a, 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv): tells files and data apart and finds damage; no defence
/// against forgery.
class Fingerprint {
 public:
  void add(std::string_view bytes) {
    for (const char c : bytes) state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  /// A number as it is in memory.
  void add(double value) {
    std::array<char, sizeof value> bytes{};
    std::memcpy(bytes.data(), &value, sizeof value);
    add(std::string_view(bytes.data(), bytes.size()));
  }
  /// Rows, then all numbers.
  template <class Numbers>
  void add(const Eigen::PlainObjectBase<Numbers>& values) {
    add(static_cast<double>(values.rows()));
    for (Index i = 0; i < values.size(); ++i) add(static_cast<double>(values.data()[i]));
  }
  std::uint64_t value() const { return state_; }
  std::string text() const;  ///< 16 hexadecimal digits

 private:
  std::uint64_t state_ = 0xcbf29ce484222325ULL;
};

}  // namespace instar::core
