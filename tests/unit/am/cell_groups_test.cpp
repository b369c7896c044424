#include "am/cell_groups.hpp"

#include <doctest/doctest.h>

#include "am/fit.hpp"
#include "am/scaling.hpp"
#include "core/error.hpp"
#include "unit/am/gaussian_course.hpp"
#include "unit/am/small_fit.hpp"

using namespace instar;
using namespace instar::am;

namespace {

/// Cells far from the origin, where sums of squares would lose every digit.
Matrix far_away() {
  core::Rng rng(4, 1);
  return Matrix::NullaryExpr(300, 3, [&] { return 1e8 + rng.normal(); });
}

/// Two groups in turns, every fifth cell in neither.
CellGroups in_turns() {
  CellGroups groups;
  groups.sizes = {0, 0};
  for (Index i = 0; i < 300; ++i) {
    groups.of_cell.push_back(i % 5 == 0 ? -1 : static_cast<std::int32_t>(i % 2));
    if (i % 5 != 0) ++groups.sizes[static_cast<std::size_t>(i % 2)];
  }
  return groups;
}

std::vector<Index> rows_of(const CellGroups& groups, std::int32_t first, std::int32_t last) {
  std::vector<Index> rows;
  for (std::size_t i = 0; i < groups.of_cell.size(); ++i)
    if (groups.of_cell[i] >= first && groups.of_cell[i] < last) rows.push_back(static_cast<Index>(i));
  return rows;
}

void check_moments(const Moments& found, const Matrix& cells) {
  const Eigen::RowVectorXd mean = cells.colwise().mean();
  CHECK(found.count == static_cast<double>(cells.rows()));
  for (Index j = 0; j < cells.cols(); ++j) {
    CHECK(found.mean(j) == doctest::Approx(mean(j)).epsilon(1e-15));  // a spacing of 1e8 is 1.5e-16 of it
    CHECK(found.squares(j) == doctest::Approx((cells.col(j).array() - mean(j)).square().sum()).epsilon(1e-6));
  }
}

}  // namespace

TEST_CASE("moments of groups of cells from one reading are those of the cells") {
  const Matrix x = far_away();
  const CellGroups groups = in_turns();
  core::DenseRowBlocks rows(x, 7);
  const auto moments = group_moments(rows, groups);
  for (std::int32_t k : {0, 1})
    check_moments(moments[static_cast<std::size_t>(k)], core::take_rows(x, rows_of(groups, k, k + 1)));
  check_moments(together(moments, 0, 2), core::take_rows(x, rows_of(groups, 0, 2)));
}

TEST_CASE("cells in network units, each in its group") {
  const Matrix x = far_away();
  const CellGroups groups = in_turns();
  core::DenseRowBlocks rows(x, 64);
  Model model;
  model.scaling = fit_scaling(x, rows_of(groups, 0, 2), ScaleKind::whiten);
  model.network_center = Eigen::Vector3d(0.5, -1, 2);
  model.network_length = 3;
  const auto cells = network_cells(rows, groups, model);
  REQUIRE(cells.size() == 2);
  for (std::int32_t k : {0, 1}) {
    const Matrix expected = model.to_network(core::take_rows(x, rows_of(groups, k, k + 1)));
    // 1e8 is known to 1.5e-8, and the result to single precision.
    CHECK((cells[static_cast<std::size_t>(k)]->cast<double>() - expected).cwiseAbs().maxCoeff() < 1e-6);
  }
}

TEST_CASE("a fit of streamed cells is the fit of those in memory, whatever the blocks") {
  auto snapshots = test::GaussianCourse{}.sample(2);
  FitOptions options = test::small_options();
  options.steps = 5;
  options.exclude_times = {1};
  options.scale_with_all = true;
  options.early_stop = true;
  const auto whole = train(prepare_fit(snapshots, options), options).model;
  const Matrix coordinates = snapshots.coordinates;
  snapshots.coordinates.resize(0, 2);
  core::DenseRowBlocks rows(coordinates, 11);
  const auto streamed = train(prepare_fit(snapshots, rows, options), options).model;
  CHECK(streamed.parameters == whole.parameters);
  CHECK(streamed.snapshot_means == whole.snapshot_means);
  CHECK(plan_fit(snapshots, rows, options).growth_scale == whole.growth_scale);
}

TEST_CASE("the cells of a time are in memory once") {
  const auto problem = prepare_fit(test::GaussianCourse{}.sample(2), test::small_options());
  REQUIRE(problem.intervals.size() == 2);
  CHECK(problem.intervals[0].target.get() == problem.intervals[1].source.get());
}
