#include "am/cell_groups.hpp"

#include <cmath>

#include "core/error.hpp"
#include "core/time_label.hpp"

namespace instar::am {
namespace {

/// Calls visit(cell, group, coordinates [1, d]) for every cell of a group, in the order of the rows.
template <class Visit>
void visit_cells(core::RowBlocks& coordinates, const CellGroups& groups, const Visit& visit) {
  coordinates.rewind();
  core::RowBlock block;
  Eigen::RowVectorXd row(coordinates.cols());
  while (coordinates.next(block)) {
    for (Index i = 0; i < block.rows(); ++i) {
      const Index cell = block.first_row + i;
      const std::int32_t group = groups.of_cell[static_cast<std::size_t>(cell)];
      if (group < 0) continue;
      row.setZero();
      for (auto k = block.indptr[static_cast<std::size_t>(i)]; k < block.indptr[static_cast<std::size_t>(i) + 1]; ++k)
        row(block.indices[static_cast<std::size_t>(k)]) = block.values[static_cast<std::size_t>(k)];
      visit(cell, static_cast<std::size_t>(group), row);
    }
  }
}

void check_finite(Index cell, const Eigen::RowVectorXd& row) {
  if (row.allFinite()) return;
  Index j = 0;
  while (std::isfinite(row(j))) ++j;
  throw DataError(
      {"", "cell " + std::to_string(cell)},
      "expected a finite coordinate in dimension " + std::to_string(j + 1) + ", found " + core::format_number(row(j)),
      "remove such cells, or choose another --basis");
}

}  // namespace

std::vector<Moments> group_moments(core::RowBlocks& coordinates, const CellGroups& groups) {
  const Vector zero = Vector::Zero(coordinates.cols());
  std::vector<Moments> moments(groups.sizes.size(), {0, zero, zero});
  Vector difference = zero;
  visit_cells(coordinates, groups, [&](Index cell, std::size_t group, const Eigen::RowVectorXd& row) {
    check_finite(cell, row);
    Moments& at = moments[group];
    at.count += 1;
    difference = row.transpose() - at.mean;
    at.mean += difference / at.count;
    at.squares.array() += difference.array() * (row.transpose() - at.mean).array();
  });
  return moments;
}

Moments together(const std::vector<Moments>& moments, std::size_t first, std::size_t last) {
  Moments sum = moments[first];
  for (std::size_t k = first + 1; k < last; ++k) {
    const Moments& part = moments[k];
    if (part.count == 0) continue;
    const double count = sum.count + part.count;
    const Vector difference = part.mean - sum.mean;
    sum.squares += part.squares + difference.array().square().matrix() * (sum.count * part.count / count);
    sum.mean += difference * (part.count / count);
    sum.count = count;
  }
  return sum;
}

std::vector<Cells> network_cells(core::RowBlocks& coordinates, const CellGroups& groups, const Model& model) {
  std::vector<MatrixF> cells;
  for (const Index size : groups.sizes) cells.emplace_back(size, coordinates.cols());
  std::vector<Index> next(cells.size(), 0);
  const Eigen::ArrayXd factor = 1 / (model.scaling.scale.array() * model.network_length);
  const Eigen::ArrayXd offset =
      model.scaling.center.array() + model.network_center.array() * model.scaling.scale.array();
  visit_cells(coordinates, groups, [&](Index, std::size_t group, const Eigen::RowVectorXd& row) {
    cells[group].row(next[group]++) = ((row.transpose().array() - offset) * factor).cast<float>().transpose();
  });
  std::vector<Cells> result;
  for (MatrixF& part : cells) result.push_back(make_cells(std::move(part)));
  return result;
}

}  // namespace instar::am
