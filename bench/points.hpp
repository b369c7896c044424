#pragma once

#include <chrono>
#include <ctime>
#include <fstream>
#include <iomanip>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <vector>

#include "core/parallel.hpp"
#include "core/types.hpp"

/// What benchmarks share: points from a text file, clocks.
namespace instar::bench {

inline bool is_number(const std::string& text) { return text.find_first_not_of("0123456789") == std::string::npos; }

/// Rows of a text file, `time x1 ... xd`, with this time.
inline Matrix read_points(const std::string& path, const std::string& time) {
  std::ifstream in(path);
  std::vector<double> values;
  Index rows = 0;
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    double value = 0;
    fields >> value;
    if (value != std::stod(time)) continue;
    while (fields >> value) values.push_back(value);
    ++rows;
  }
  return Eigen::Map<Matrix>(values.data(), rows, rows == 0 ? 0 : static_cast<Index>(values.size()) / rows);
}

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }
  double cpu_seconds() const { return static_cast<double>(std::clock() - cpu_) / CLOCKS_PER_SEC; }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::clock_t cpu_ = std::clock();
};

/// Of this program alone: getrusage would count the parent's before exec, too.
inline double peak_megabytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == "VmHWM:") {
      double kilobytes = 0;
      status >> kilobytes;
      return kilobytes / 1024;
    }
  return 0;
}

}  // namespace instar::bench
