#include "cli/resources.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <sys/resource.h>

namespace instar::cli {
namespace {

std::string print(const char* format, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

}  // namespace

std::int64_t peak_memory_bytes() {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;  // Linux counts in KiB
}

std::string peak_memory_note(int verbose) {
  return verbose > 0 ? ", peak memory " + format_bytes(peak_memory_bytes()) : "";
}

std::string format_bytes(std::int64_t bytes) {
  if (bytes < 1000) return std::to_string(bytes) + " B";
  constexpr std::array units{" kB", " MB", " GB", " TB", " PB", " EB"};
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  // 999.5 would print as 1000 of the smaller unit.
  while (value >= 999.5 && unit + 1 < units.size()) {
    value /= 1000;
    ++unit;
  }
  return print(value < 9.95 ? "%.1f" : "%.0f", value) + units[unit];
}

std::string format_seconds(double seconds) {
  if (seconds < 9.995) return print("%.2f s", seconds);
  if (seconds < 99.95) return print("%.1f s", seconds);
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole / 3600) + " h " + std::to_string(whole % 3600 / 60) + " min";
}

}  // namespace instar::cli
