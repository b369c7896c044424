#include "io/matrix_stats.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace instar::io {

MatrixStats measure(core::RowBlocks& rows) {
  MatrixStats stats;
  double smallest = std::numeric_limits<double>::infinity();
  double largest = -smallest;
  Index stored = 0;
  rows.rewind();
  core::RowBlock block;
  while (rows.next(block)) {
    stored += block.nnz();
    for (double value : block.values) {
      stats.nonzero += value != 0 ? 1 : 0;
      stats.sum += value;
      smallest = std::min(smallest, value);  // false for NaN: it stays out
      largest = std::max(largest, value);
      stats.integers = stats.integers && value == std::floor(value);
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
