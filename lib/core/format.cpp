#include "core/format.hpp"

#include <array>
#include <charconv>

namespace instar::core {
namespace {

using Buffer = std::array<char, 32>;

}  // namespace

std::string format_number(double value) {
  Buffer buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return error == std::errc{} ? std::string(buffer.data(), end) : std::to_string(value);
}

std::string format_short(double value) {
  Buffer buffer{};
  constexpr int kDigits = 4;
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::general, kDigits);
  return error == std::errc{} ? std::string(buffer.data(), end) : std::to_string(value);
}

}  // namespace instar::core
