#pragma once

#include <string>
#include <vector>

#include "core/types.hpp"

namespace instar::core {

/// An embedding of cells observed at several times: what fit, predict and score work on.
struct Snapshots {
  Matrix coordinates;                     ///< [cells, dims], in the units of the file (unscaled)
  std::vector<double> cell_times;         ///< [cells], NaN where the time is missing
  std::vector<double> times;              ///< distinct observed times, ascending
  std::vector<std::vector<Index>> cells;  ///< for each of `times`, its cells (rows of `coordinates`), ascending

  Index dims() const { return coordinates.cols(); }
};

/// Groups cells by time. Cells whose time is NaN belong to no group.
/// @param coordinates [cells, dims]
/// @param cell_times [cells]
/// @throws DataError where the two lengths differ or no cell has a time
Snapshots make_snapshots(Matrix coordinates, std::vector<double> cell_times);

/// Position of `time` among `times` (equal within 1e-9 relative), or -1.
Index find_time(const std::vector<double>& times, double time);

/// Rows of `matrix`, in the order given.
Matrix take_rows(const MatrixView& matrix, const std::vector<Index>& rows);

}  // namespace instar::core
