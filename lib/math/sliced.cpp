#include "math/sliced.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/parallel.hpp"
#include "core/rng.hpp"
#include "math/pairs.hpp"

namespace instar::math {
namespace {

constexpr std::uint32_t kDirectionStream = 0x511ce;

Vector direction(Index dims, Index number) {
  core::Rng rng(0, kDirectionStream, static_cast<std::uint64_t>(number));
  Vector u(dims);
  for (Index k = 0; k < dims; ++k) u(k) = rng.normal();
  return u / u.norm();
}

/// Places of points on a line, ascending, and the mass up to and with each.
struct Line {
  std::vector<double> place;
  std::vector<double> mass;

  Line(const Vector& at, const Vector& weights) {
    std::vector<Index> order(static_cast<std::size_t>(at.size()));
    std::iota(order.begin(), order.end(), Index{0});
    std::sort(order.begin(), order.end(), [&](Index i, Index j) { return at(i) != at(j) ? at(i) < at(j) : i < j; });
    double sum = 0;
    for (const Index i : order) {
      place.push_back(at(i));
      mass.push_back(sum += weights(i));
    }
    mass.back() = 1;  // rounding is left to the last point
  }
};

/// W_p^p on a line: what is left of both goes together, in order.
double line_cost(const Line& a, const Line& b, int power) {
  double cost = 0;
  double done = 0;
  for (std::size_t i = 0, j = 0; i < a.place.size() && j < b.place.size();) {
    const double next = std::min(a.mass[i], b.mass[j]);
    const double way = std::abs(a.place[i] - b.place[j]);
    cost += std::max(0.0, next - done) * (power == 1 ? way : way * way);
    done = std::max(done, next);
    if (a.mass[i] <= next) {
      ++i;
    } else {
      ++j;
    }
  }
  return cost;
}

}  // namespace

double sliced_wasserstein(const Cloud& a, const Cloud& b, int power, Index projections) {
  check_same_dims(a.points, b.points);
  const Vector wa = normalized_weights(a.points, a.weights);
  const Vector wb = normalized_weights(b.points, b.weights);
  Vector costs(projections);
  core::parallel_for(projections, [&](Index l) {
    const Vector u = direction(a.points.cols(), l);
    costs(l) = line_cost(Line(a.points * u, wa), Line(b.points * u, wb), power);
  });
  const double mean = costs.sum() / static_cast<double>(projections);
  return power == 1 ? mean : std::sqrt(mean);
}

}  // namespace instar::math
