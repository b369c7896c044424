#include "math/loess.hpp"

#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "core/error.hpp"
#include "core/parallel.hpp"

namespace instar::math {
namespace {

constexpr double kCell = 0.2;      ///< a cell's points, as a share of those that are near
constexpr double kMargin = 0.005;  ///< by which the range is widened on either side

/// The points in the order of x.
struct Points {
  Vector x, y;
};

Points sorted(const Vector& x, const Vector& y) {
  std::vector<Index> order(static_cast<std::size_t>(x.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) { return x[a] < x[b]; });
  return {x(order), y(order)};
}

/// Where a cell of points [first, last] is cut: after its median or, where x is the same on both sides, after the
/// nearest point with another x behind it: one further, one back, two further ... until the cell is left.
Index cut_after(const Vector& x, Index first, Index last) {
  const Index median = (first + 1 + last + 1) / 2 - 1;  // of positions that count from 1, as in cloess
  for (Index offset = 0;;) {
    const Index at = median + offset;
    if (at >= last || at < first) return median;
    if (x[at] != x[at + 1]) return at;
    offset = offset > 0 ? -offset : -offset + 1;
  }
}

/// Cuts the cell between two vertices as long as it holds more than `fine` points; collects the vertices made.
void cut_cell(const Vector& x, Index first, Index last, double low, double high, Index fine,
              std::vector<double>& made) {
  if (last - first + 1 <= fine) return;
  const Index at = cut_after(x, first, last);
  const double vertex = x[at];
  if (vertex == low || vertex == high) return;
  made.push_back(vertex);
  cut_cell(x, first, at, low, vertex, fine, made);
  cut_cell(x, at + 1, last, vertex, high, fine, made);
}

std::vector<double> make_vertices(const Vector& x, double span) {
  const Index n = x.size();
  double low = x[0];
  double high = x[n - 1];
  const double margin = kMargin * std::max(high - low, std::max(std::abs(low), std::abs(high)) * 1e-3 + 1e-30);
  low -= margin;
  high += margin;
  std::vector<double> vertices{low, high};
  cut_cell(x, 0, n - 1, low, high, static_cast<Index>(static_cast<double>(n) * (span * kCell)), vertices);
  std::sort(vertices.begin(), vertices.end());
  return vertices;
}

/// Value and slope of a local fit.
struct LocalFit {
  double value = 0;
  double slope = 0;
};

/// Quadratic fitted to the `near` points next to `at`.
LocalFit fit_at(const Points& points, double at, Index near) {
  const Vector& x = points.x;
  Index first = 0;
  while (first + near < x.size() && x[first + near] - at < at - x[first]) ++first;
  const double radius = std::max(std::abs(x[first] - at), std::abs(x[first + near - 1] - at));
  Matrix design = Matrix::Zero(near, 3);
  Vector target = Vector::Zero(near);
  for (Index i = 0; i < near; ++i) {
    const double step = x[first + i] - at;
    if (!(std::abs(step) < radius)) continue;
    const double share = std::abs(step) / radius;
    const double tricube = 1 - share * share * share;
    const double weight = std::sqrt(tricube * tricube * tricube);
    design.row(i) << weight, weight * step, weight * step * step;
    target[i] = weight * points.y[first + i];
  }
  // Columns of length 1, so that which directions count as undetermined does not depend on the unit of x.
  Eigen::RowVector3d length = design.colwise().norm();
  if (length[0] == 0)
    throw DataError(
        "local regression: so many points have the same place that the nearest have no width; take a larger span");
  for (Index k = 0; k < 3; ++k)
    if (length[k] == 0) length[k] = 1;
  design.array().rowwise() /= length.array();
  Eigen::JacobiSVD<Eigen::MatrixXd> solver(Eigen::MatrixXd(design), Eigen::ComputeThinU | Eigen::ComputeThinV);
  solver.setThreshold(100 * std::numeric_limits<double>::epsilon());
  const Eigen::Vector3d solution = solver.solve(target);
  return {solution[0] / length[0], solution[1] / length[1]};
}

/// The cubic with given values and slopes at 0 and `width`.
double hermite(const LocalFit& low, const LocalFit& high, double width, double share) {
  const double rest = 1 - share;
  return rest * rest * (1 + 2 * share) * low.value + share * share * (1 + 2 * rest) * high.value +
         (share * rest * rest * low.slope - share * share * rest * high.slope) * width;
}

}  // namespace

Vector loess(const Vector& x, const Vector& y, double span) {
  if (!(span > 0 && span <= 1)) throw UsageError("local regression: the span must be above 0 and at most 1");
  if (x.size() < 3)
    throw DataError("local regression: expected three points or more, found " + std::to_string(x.size()));
  const Points points = sorted(x, y);
  const Index near = std::min(x.size(), static_cast<Index>(static_cast<double>(x.size()) * span + 1e-5));
  if (near < 3) throw DataError("local regression: too few points for the span: " + std::to_string(x.size()));
  const std::vector<double> vertices = make_vertices(points.x, span);
  std::vector<LocalFit> fits(vertices.size());
  core::parallel_for(static_cast<Index>(vertices.size()), [&](Index v) {
    const auto at = static_cast<std::size_t>(v);
    fits[at] = fit_at(points, vertices[at], near);
  });
  Vector fitted(x.size());
  for (Index i = 0; i < x.size(); ++i) {
    const auto above = std::lower_bound(vertices.begin() + 1, vertices.end() - 1, x[i]) - vertices.begin();
    const auto high = static_cast<std::size_t>(above);
    const double width = vertices[high] - vertices[high - 1];
    fitted[i] = hermite(fits[high - 1], fits[high], width, (x[i] - vertices[high - 1]) / width);
  }
  return fitted;
}

}  // namespace instar::math
