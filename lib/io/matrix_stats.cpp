#include "io/matrix_stats.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/parallel.hpp"

namespace instar::io {
namespace {

// Values that are added up together; the order of additions is the same for any number of threads.
constexpr std::size_t kGrain = std::size_t{1} << 17;

struct Part {
  Index nonzero = 0;
  double sum = 0;
  double smallest = std::numeric_limits<double>::infinity();
  double largest = -std::numeric_limits<double>::infinity();
  bool integers = true;

  void join(const Part& other) {
    nonzero += other.nonzero;
    sum += other.sum;
    smallest = std::min(smallest, other.smallest);
    largest = std::max(largest, other.largest);
    integers = integers && other.integers;
  }
};

// Several sums at once, since one alone waits for each of its additions.
constexpr std::size_t kLanes = 4;

// Beyond 2^52 every number is whole; below, adding it rounds to one. (floor() is a call where SSE4 is not certain.)
bool is_whole(double value) {
  constexpr double kWhole = 4503599627370496.0;
  const double size = std::abs(value);
  return size >= kWhole || (size + kWhole) - kWhole == size;
}

Part look_through(const std::vector<double>& values, Index begin, Index end) {
  Part lanes[kLanes];
  const auto first = static_cast<std::size_t>(begin);
  const auto last = static_cast<std::size_t>(end);
  for (std::size_t k = first; k < last; k += kLanes) {
    const std::size_t count = std::min(kLanes, last - k);
    for (std::size_t lane = 0; lane < count; ++lane) {
      const double value = values[k + lane];
      Part& part = lanes[lane];
      part.nonzero += value != 0 ? 1 : 0;
      part.sum += value;
      part.smallest = std::min(part.smallest, value);  // false for NaN: it stays out
      part.largest = std::max(part.largest, value);
      part.integers = part.integers && is_whole(value);
    }
  }
  for (std::size_t lane = 1; lane < kLanes; ++lane) lanes[0].join(lanes[lane]);
  return lanes[0];
}

MatrixStats stats_of(const Part& whole) {
  MatrixStats stats;
  stats.nonzero = whole.nonzero;
  stats.sum = whole.sum;
  stats.min = std::isfinite(whole.smallest) ? whole.smallest : 0;
  stats.max = std::isfinite(whole.largest) ? whole.largest : 0;
  stats.integers = whole.integers;
  return stats;
}

}  // namespace

MatrixStats measure(const std::vector<double>& values) {
  return stats_of(look_through(values, 0, static_cast<Index>(values.size())));
}

MatrixStats measure(core::RowBlocks& rows) {
  Part whole;
  Index stored = 0;
  rows.rewind();
  core::RowBlock block;
  std::vector<Part> parts;
  while (rows.next(block)) {
    stored += block.nnz();
    parts.assign((block.values.size() + kGrain - 1) / kGrain, {});
    core::parallel_chunks(static_cast<Index>(block.values.size()), kGrain, [&](Index begin, Index end) {
      parts[static_cast<std::size_t>(begin) / kGrain] = look_through(block.values, begin, end);
    });
    for (const Part& part : parts) whole.join(part);
  }
  const bool has_gaps = stored < rows.rows() * rows.cols();
  if (has_gaps) whole.smallest = std::min(whole.smallest, 0.0);
  if (has_gaps) whole.largest = std::max(whole.largest, 0.0);
  return stats_of(whole);
}

}  // namespace instar::io
