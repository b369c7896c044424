#include "core/fingerprint.hpp"

namespace instar::core {

std::string Fingerprint::text() const {
  std::string result;
  for (int shift = 60; shift >= 0; shift -= 4) result += "0123456789abcdef"[(state_ >> shift) & 15U];
  return result;
}

}  // namespace instar::core
