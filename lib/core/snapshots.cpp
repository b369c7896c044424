#include "core/snapshots.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace instar::core {

Snapshots make_snapshots(Matrix coordinates, std::vector<double> cell_times) {
  if (coordinates.rows() != static_cast<Index>(cell_times.size()))
    throw DataError("expected one time per cell, found " + std::to_string(cell_times.size()) + " times for " +
                    std::to_string(coordinates.rows()) + " cells");
  Snapshots result;
  for (double time : cell_times)
    if (std::isfinite(time)) result.times.push_back(time);
  if (result.times.empty()) throw DataError("expected cells with a time, found none");
  std::sort(result.times.begin(), result.times.end());
  result.times.erase(std::unique(result.times.begin(), result.times.end()), result.times.end());
  result.cells.resize(result.times.size());
  for (std::size_t i = 0; i < cell_times.size(); ++i) {
    if (!std::isfinite(cell_times[i])) continue;
    const auto at = std::lower_bound(result.times.begin(), result.times.end(), cell_times[i]) - result.times.begin();
    result.cells[static_cast<std::size_t>(at)].push_back(static_cast<Index>(i));
  }
  result.coordinates = std::move(coordinates);
  result.cell_times = std::move(cell_times);
  return result;
}

Index find_time(const std::vector<double>& times, double time) {
  for (std::size_t i = 0; i < times.size(); ++i)
    if (std::abs(times[i] - time) <= 1e-9 * std::max(1.0, std::abs(time))) return static_cast<Index>(i);
  return -1;
}

Matrix take_rows(const MatrixView& matrix, const std::vector<Index>& rows) {
  Matrix result(static_cast<Index>(rows.size()), matrix.cols());
  for (std::size_t i = 0; i < rows.size(); ++i) result.row(static_cast<Index>(i)) = matrix.row(rows[i]);
  return result;
}

}  // namespace instar::core
