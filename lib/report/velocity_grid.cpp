#include "report/velocity_grid.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "report/statistics.hpp"

namespace instar::report {
namespace {

std::pair<double, double> side_of(std::vector<double> values) {
  if (values.empty()) return {0, 1};
  const double low = quantile(values, {}, .001), high = quantile(values, {}, .999);
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const bool straggling = *most - *least > 2 * (high - low) && high > low;
  const double from = straggling ? low : *least, to = straggling ? high : *most;
  const double room = to > from ? .04 * (to - from) : 1;
  return {from - room, to + room};
}

/// Share of the predicted that may lie outside the frame at each of its sides, and how far those within may stretch it,
/// as a share of its side: on a long way some particles outrun the data, and would make it small in the middle.
constexpr double kStrays = .02, kStretch = .15;

/// Finite places of a cloud along one axis.
std::vector<double> along(const std::optional<Cloud>& cloud, int axis) {
  std::vector<double> values;
  if (!cloud) return values;
  for (const double value : cloud->snapshots.coordinates.col(axis))
    if (std::isfinite(value)) values.push_back(value);
  return values;
}

}  // namespace

Bounds bounds_of(const Content& content) {
  std::array<std::pair<double, double>, 2> sides;
  for (int axis = 0; axis < 2; ++axis) {
    const std::vector<double> observed = along(content.observed, axis), predicted = along(content.predicted, axis);
    auto& [low, high] = sides[static_cast<std::size_t>(axis)] = side_of(observed.empty() ? predicted : observed);
    if (observed.empty() || predicted.empty()) continue;
    const double most = kStretch * (high - low);
    low = std::max(low - most, std::min(low, quantile(predicted, {}, kStrays)));
    high = std::min(high + most, std::max(high, quantile(predicted, {}, 1 - kStrays)));
  }
  return {sides[0].first, sides[0].second, sides[1].first, sides[1].second};
}

std::vector<Arrow> velocity_grid(const Cloud& cloud, const std::vector<Index>& rows, const Bounds& bounds, int side,
                                 Index least) {
  if (cloud.velocity.rows() == 0) return {};
  struct Square {
    Arrow sum{0, 0, 0, 0};
    double weight = 0;
    Index points = 0;
  };
  std::vector<Square> squares(static_cast<std::size_t>(side * side));
  for (const Index row : rows) {
    const double x = cloud.snapshots.coordinates(row, 0), y = cloud.snapshots.coordinates(row, 1);
    if (!bounds.contains(x, y) || !cloud.velocity.row(row).allFinite()) continue;
    const auto part = [&](double value, double low, double high) {
      return std::min(side - 1, static_cast<int>((value - low) / (high - low) * side));
    };
    const int at = part(y, bounds.y_low, bounds.y_high) * side + part(x, bounds.x_low, bounds.x_high);
    Square& square = squares[static_cast<std::size_t>(at)];
    const double w = cloud.weight.empty() ? 1 : cloud.weight[static_cast<std::size_t>(row)];
    square.sum.x += w * x;
    square.sum.y += w * y;
    square.sum.dx += w * cloud.velocity(row, 0);
    square.sum.dy += w * cloud.velocity(row, 1);
    square.weight += w;
    ++square.points;
  }
  std::vector<Arrow> arrows;
  for (const Square& s : squares)
    if (s.points >= least && s.weight > 0)
      arrows.push_back({s.sum.x / s.weight, s.sum.y / s.weight, s.sum.dx / s.weight, s.sum.dy / s.weight});
  return arrows;
}

}  // namespace instar::report
