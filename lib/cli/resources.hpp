#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace instar::cli {

/// The most memory this process has held so far (resident), in bytes.
std::int64_t peak_memory_bytes();

/// `, peak memory 1.2 GB` for a tool's last line where details are wanted (-v), else nothing.
std::string peak_memory_note(int verbose);

/// Wall-clock time since it was made. Tools measure; the library never looks at a clock.
class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

/// The memory of this machine, or what a limit (cgroup, ulimit -v) leaves of it, in bytes.
std::int64_t machine_memory_bytes();

/// A size as people write it: `500M`, `2 GB`, `1.5g` (powers of ten), `512MiB` (powers of two), plain bytes.
/// @param option that it was given to, for the message @throws UsageError for anything else
std::int64_t parse_bytes(const std::string& option, const std::string& text);

/// For people: `512 B`, `1.5 kB`, `640 MB`, `2.3 GB` (powers of ten).
std::string format_bytes(std::int64_t bytes);

/// For people: `0.42 s`, `12.3 s`, `3 min 20 s`, `2 h 5 min`.
std::string format_seconds(double seconds);

}  // namespace instar::cli
