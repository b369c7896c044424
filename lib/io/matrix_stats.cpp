#include "io/matrix_stats.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
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

// Adding and subtracting this rounds every number up to kRounded in size, and none else for certain.
constexpr double kRounder = 6755399441055744.0;  // 3 * 2^51
constexpr double kRounded = 2251799813685248.0;  // 2^51

bool is_whole(double value) { return std::floor(value) == value; }

// Two values beside each other, in one register of every processor.
using Pair = double __attribute__((vector_size(16)));
using Counts = std::int64_t __attribute__((vector_size(16)));

struct Lanes {
  Counts nonzero = {};
  Pair sum = {};
  Pair smallest = {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  Pair largest = -smallest;
  Counts broken = {};  ///< not zero where one was not whole, or too large to tell

  void add(Pair value) {
    nonzero -= value != 0;  // true is -1
    sum += value;
    smallest = value < smallest ? value : smallest;  // false for NaN: it stays out
    largest = value > largest ? value : largest;
    broken |= (value + kRounder) - kRounder != value;
  }

  Part part(std::size_t lane) const {
    return {nonzero[lane], sum[lane], smallest[lane], largest[lane], broken[lane] == 0};
  }
};

/// @param values [count]
Part look_through(const double* values, Index count) {
  // Two at once: no addition waits for the one before.
  Lanes first;
  Lanes second;
  Index k = 0;
  for (; k + 4 <= count; k += 4) {
    first.add(Pair{values[k], values[k + 1]});
    second.add(Pair{values[k + 2], values[k + 3]});
  }
  Part whole = first.part(0);
  for (const Part& part : {first.part(1), second.part(0), second.part(1)}) whole.join(part);
  for (; k < count; ++k) {
    Lanes last;
    last.add(Pair{values[k], values[k]});
    whole.join(last.part(0));
  }
  if (whole.smallest < -kRounded || whole.largest > kRounded)
    whole.integers = std::all_of(values, values + count, is_whole);
  return whole;
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
  return stats_of(look_through(values.data(), static_cast<Index>(values.size())));
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
      parts[static_cast<std::size_t>(begin) / kGrain] = look_through(block.values.data() + begin, end - begin);
    });
    for (const Part& part : parts) whole.join(part);
  }
  const bool has_gaps = stored < rows.rows() * rows.cols();
  if (has_gaps) whole.smallest = std::min(whole.smallest, 0.0);
  if (has_gaps) whole.largest = std::max(whole.largest, 0.0);
  return stats_of(whole);
}

}  // namespace instar::io
