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
};

Part look_through(const std::vector<double>& values, Index begin, Index end) {
  Part part;
  for (auto k = static_cast<std::size_t>(begin); k < static_cast<std::size_t>(end); ++k) {
    const double value = values[k];
    part.nonzero += value != 0 ? 1 : 0;
    part.sum += value;
    part.smallest = std::min(part.smallest, value);  // false for NaN: it stays out
    part.largest = std::max(part.largest, value);
    part.integers = part.integers && value == std::floor(value);
  }
  return part;
}

}  // namespace

MatrixStats measure(core::RowBlocks& rows) {
  MatrixStats stats;
  double smallest = std::numeric_limits<double>::infinity();
  double largest = -smallest;
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
    for (const Part& part : parts) {
      stats.nonzero += part.nonzero;
      stats.sum += part.sum;
      smallest = std::min(smallest, part.smallest);
      largest = std::max(largest, part.largest);
      stats.integers = stats.integers && part.integers;
    }
  }
  const bool has_gaps = stored < rows.rows() * rows.cols();
  if (has_gaps) smallest = std::min(smallest, 0.0);
  if (has_gaps) largest = std::max(largest, 0.0);
  stats.min = std::isfinite(smallest) ? smallest : 0;
  stats.max = std::isfinite(largest) ? largest : 0;
  return stats;
}

}  // namespace instar::io
