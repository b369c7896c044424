#include "report/markup.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "core/format.hpp"

namespace instar::report {
namespace {

constexpr const char* kReplacement = "\xEF\xBF\xBD";
constexpr std::uint16_t kNone = 65535;

/// Bytes of the UTF-8 character at the front of `text`; 0 where there is none that XML 1.0 allows.
std::size_t character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return byte(0) >= 0x20 || byte(0) == '\t' || byte(0) == '\n' ? 1 : 0;
  const std::size_t length = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : 2;
  if (byte(0) < 0xC2 || byte(0) > 0xF4 || text.size() < length) return 0;
  std::uint32_t code = byte(0) & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
    code = code << 6U | (byte(i) & 0x3FU);
  }
  const std::uint32_t least = length == 4 ? 0x10000 : length == 3 ? 0x800 : 0xA0;  // C1 controls are left out too
  const bool surrogate = code >= 0xD800 && code < 0xE000;
  return code < least || code > 0x10FFFF || surrogate || code == 0xFFFE || code == 0xFFFF ? 0 : length;
}

std::string_view entity(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

template <class T>
std::string raw_bytes(const std::vector<T>& values) {
  std::string raw(values.size() * sizeof(T), '\0');
  if (!values.empty()) std::memcpy(raw.data(), values.data(), raw.size());
  return raw;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = character(text);
    const std::string_view named = entity(text.front());
    if (length == 0)
      out += kReplacement;
    else
      out += named.empty() ? text.substr(0, length) : named;
    text.remove_prefix(std::max<std::size_t>(1, length));
  }
  return out;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t there = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8U | (k < there ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) out += k <= there ? kDigits[group >> (18 - 6 * k) & 63U] : '=';
  }
  return out;
}

void Arrays::numbers(const std::string& name, const std::vector<double>& values) {
  double low = INFINITY, high = -INFINITY;
  for (const double v : values) {
    if (!std::isfinite(v)) continue;
    low = std::min(low, v);
    high = std::max(high, v);
  }
  quantised(name, values, low > high ? 0 : low, low > high ? 0 : high);
}

void Arrays::codes(const std::string& name, const std::vector<double>& values) {
  quantised(name, values, 0, kNone - 1);
}

void Arrays::quantised(const std::string& name, const std::vector<double>& values, double low, double high) {
  const double step = high > low ? (kNone - 1) / (high - low) : 0;
  std::vector<std::uint16_t> whole;
  whole.reserve(values.size());
  for (const double v : values)
    whole.push_back(std::isfinite(v) ? static_cast<std::uint16_t>(std::lround((v - low) * step)) : kNone);
  add(name, "u16", raw_bytes(whole),
      " data-low=\"" + core::format_number(low) + "\" data-high=\"" + core::format_number(high) + "\"");
}

void Arrays::exact(const std::string& name, const std::vector<double>& values) { add(name, "f64", raw_bytes(values)); }

void Arrays::bytes(const std::string& name, const std::vector<unsigned char>& values) {
  add(name, "u8", raw_bytes(values));
}

void Arrays::texts(const std::string& name, const std::vector<std::string>& values) {
  std::string lines;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) lines += '\n';
    std::string one = values[i];
    std::replace(one.begin(), one.end(), '\n', ' ');
    lines += one;
  }
  add(name, values.empty() ? "none" : "text", lines);
}

void Arrays::add(const std::string& name, const std::string& type, std::string_view raw, const std::string& more) {
  markup_ += "<script type=\"text/plain\" data-name=\"" + escaped(name) + "\" data-type=\"" + type + "\"" + more + ">" +
             base64(raw) + "</script>\n";
}

}  // namespace instar::report
