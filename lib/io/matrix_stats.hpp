#pragma once

#include <vector>

#include "core/row_blocks.hpp"

namespace instar::io {

/// What one pass over a matrix tells.
struct MatrixStats {
  Index nonzero = 0;  ///< values other than zero, duplicates summed before
  double sum = 0;     ///< of all values; NaN where one is
  double min = 0;     ///< zeros that are not stored count too; NaN are passed over
  double max = 0;
  bool integers = true;  ///< every value is a whole number
};

/// Of some values.
MatrixStats measure(const std::vector<double>& values);

/// Reads `rows` from its beginning.
MatrixStats measure(core::RowBlocks& rows);

}  // namespace instar::io
