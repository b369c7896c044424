#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>
#include <type_traits>
#include <vector>

#include "cli/text.hpp"
#include "core/error.hpp"
#include "core/record.hpp"
#include "core/time_label.hpp"

/// Values of flags by the type of their variable. Inside cli only: command.cpp binds flags to variables with them.
namespace instar::cli {

/// The parts of a text; empty ones too, but for one at the end.
inline std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

// One read() and one show() for each type of variable: text to value, and the value as the help shows it.

inline void read(const std::string& text, std::string& variable) {
  if (text.empty()) throw UsageError("needs a value that is not empty");
  variable = text;
}

template <typename Integer, std::enable_if_t<std::is_integral_v<Integer>, int> = 0>
void read(const std::string& text, Integer& variable) {
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, variable);
  if (error == std::errc::result_out_of_range) throw UsageError("cannot be " + text + ": out of range");
  if (error != std::errc() || stopped != end) throw UsageError("needs a whole number, not " + shell_quote(text));
}

inline void read(const std::string& text, double& variable) {
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, variable);
  if (error == std::errc::result_out_of_range) throw UsageError("cannot be " + text + ": out of range");
  if (error != std::errc() || stopped != end || !std::isfinite(variable))
    throw UsageError("needs a number, not " + shell_quote(text));
}

inline void read(const std::string& text, std::vector<std::string>& variable) {
  variable = split(text, ',');
  const bool hole = std::any_of(variable.begin(), variable.end(), [](const std::string& part) { return part.empty(); });
  if (variable.empty() || hole || text.back() == ',')
    throw UsageError("needs a comma-separated list, not " + shell_quote(text));
}

inline void read(const std::string& text, std::vector<core::TimeLabel>& variable) {
  try {
    variable = core::parse_time_list(text);
  } catch (const UsageError& e) {
    throw UsageError(std::string("needs a list of times: ") + e.what());
  }
}

template <typename T>
void read(const std::string& text, std::optional<T>& variable) {
  T value{};
  read(text, value);
  variable = value;
}

inline std::string show(const std::string& value) { return value; }
inline std::string show(int value) { return std::to_string(value); }
inline std::string show(std::int64_t value) { return std::to_string(value); }
inline std::string show(double value) { return core::format_number(value); }
inline std::string show(const std::vector<std::string>& value) { return join(value, ","); }
inline std::string show(const std::vector<core::TimeLabel>& value) {
  std::vector<std::string> parts;
  for (const auto& time : value) parts.push_back(time.text);
  return join(parts, ",");
}
template <typename T>
std::string show(const std::optional<T>& value) {
  return value ? show(*value) : "";
}

// The value as a fact; nothing where there is none: an empty optional, text or list.

inline std::optional<core::Value> fact(int value) { return std::int64_t{value}; }
/// As numbers; the tool replaces them where a unit was converted.
inline std::optional<core::Value> fact(const std::vector<core::TimeLabel>& times) {
  std::vector<double> values;
  for (const auto& time : times) values.push_back(time.value);
  return values.empty() ? std::nullopt : std::optional<core::Value>(values);
}
template <typename T>
std::optional<core::Value> fact(const T& value) {
  if constexpr (requires { value.empty(); }) {
    if (value.empty()) return std::nullopt;
  }
  return value;
}
template <typename T>
std::optional<core::Value> fact(const std::optional<T>& value) {
  return value ? fact(*value) : std::nullopt;
}

}  // namespace instar::cli
