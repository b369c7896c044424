#include "math/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/error.hpp"
#include "core/format.hpp"
#include "core/parallel.hpp"
#include "math/pairs.hpp"
#include "math/transport.hpp"

namespace instar::math {
namespace {

using Distances = PointColumns::Distances;

/// sum_j weights[j] h(|x - y_j|^2) over the points j >= first; `h` changes a block of squared distances in place.
template <class Point, class Kernel>
double weighted_sum(const Point& x, const PointColumns& to, const Vector& weights, Index first, const Kernel& h) {
  Distances block;
  double sum = 0;
  for (Index begin = first; begin < to.size(); begin += PointColumns::kBlock) {
    to.squared_distances(x, begin, std::min(PointColumns::kBlock, to.size() - begin), block);
    h(block);
    sum += (block * weights.segment(begin, block.size()).transpose().array()).sum();
  }
  return sum;
}

/// One sum per row, added up in order afterwards: the same bytes for any number of threads.
template <class RowSum>
double sum_rows(Index rows, const RowSum& row_sum) {
  Vector sums(rows);
  core::parallel_chunks(rows, 16, [&](Index first, Index last) {
    for (Index i = first; i < last; ++i) sums[i] = row_sum(i);
  });
  return sums.sum();
}

/// Means of h(|x - y|^2) over pairs, as all V-statistics need them.
struct PairMeans {
  double between = 0;
  double within_a = 0;
  double within_b = 0;
};

/// @param at_zero h(0): the diagonal of the within-cloud means
template <class Kernel>
PairMeans pair_means(const Cloud& a, const Cloud& b, double at_zero, const Kernel& h) {
  check_same_dims(a.points, b.points);
  const Vector wa = normalized_weights(a.points, a.weights);
  const Vector wb = normalized_weights(b.points, b.weights);
  const auto within = [&](const Matrix& points, const Vector& weights) {
    const PointColumns columns(points);
    return sum_rows(points.rows(), [&](Index i) {
      const double above = weighted_sum(points.row(i), columns, weights, i + 1, h);
      return weights[i] * (2 * above + weights[i] * at_zero);
    });
  };
  const PointColumns columns(b.points);
  PairMeans means;
  means.between =
      sum_rows(a.points.rows(), [&](Index i) { return wa[i] * weighted_sum(a.points.row(i), columns, wb, 0, h); });
  means.within_a = within(a.points, wa);
  means.within_b = within(b.points, wb);
  return means;
}

/// Mean over gamma in {2, 1, .5, .1, .01, .005} of exp(-gamma d), from one exponential: each gamma is a whole multiple
/// of the next smaller one, and raising to the 400th power in all costs at most 400 roundings (1e-13 relative).
void mean_of_kernels(Distances& d) {
  const auto to_fifth = [](const auto& x) { return (x.square().square() * x).eval(); };
  const Distances g005 = (-0.005 * d).exp();
  const Distances g01 = g005.square();
  const Distances g1 = to_fifth(g01).square();
  const Distances g5 = to_fifth(g1);
  const Distances g10 = g5.square();
  d = (g10.square() + g10 + g5 + g1 + g01 + g005) / 6;
}

/// sum_j weights[j] h(|x_i - y_j|^2) for every row i of `from`.
template <class Kernel>
Vector row_means(const Matrix& from, const PointColumns& to, const Vector& weights, const Kernel& h) {
  Vector means(from.rows());
  core::parallel_chunks(from.rows(), 16, [&](Index first, Index last) {
    for (Index i = first; i < last; ++i) means[i] = weighted_sum(from.row(i), to, weights, 0, h);
  });
  return means;
}

/// One cloud's part in a U-statistic.
struct CloudPart {
  double within = 0;    ///< mean over pairs of two different cells
  double variance = 0;  ///< what the cloud's cells add to that of the statistic
};

/// @param own, other means of h from every cell to its own cloud, itself among them, and to the other one
CloudPart cloud_part(const Vector& weights, const Vector& own, const Vector& other, double at_zero) {
  const double squares = weights.squaredNorm();
  const Vector others = (own - at_zero * weights).array() / (1 - weights.array());
  const Vector influence = 2 * (others - other);
  const double mean = weights.dot(influence);
  return {(weights.dot(own) - at_zero * squares) / (1 - squares),
          (weights.array() * (influence.array() - mean)).square().sum() / (1 - squares)};
}

/// @param h the kernel or minus the kernel; `sign` says which
template <class Kernel>
PopulationDistance population_distance(const Cloud& a, const Cloud& b, double at_zero, double sign, const Kernel& h) {
  check_same_dims(a.points, b.points);
  const Vector wa = normalized_weights(a.points, a.weights);
  const Vector wb = normalized_weights(b.points, b.weights);
  const PointColumns to_a(a.points);
  const PointColumns to_b(b.points);
  const Vector a_to_b = row_means(a.points, to_b, wb, h);
  const CloudPart of_a = cloud_part(wa, row_means(a.points, to_a, wa, h), a_to_b, at_zero);
  const CloudPart of_b = cloud_part(wb, row_means(b.points, to_b, wb, h), row_means(b.points, to_a, wa, h), at_zero);
  return {sign * (of_a.within + of_b.within - 2 * wa.dot(a_to_b)), std::sqrt(of_a.variance + of_b.variance)};
}

void root(Distances& d) { d = d.sqrt().eval(); }

double transport_cost(const Cloud& a, const Cloud& b, GroundCost cost, core::Reporter& reporter) {
  const ExactTransport found = exact_transport(a.points, a.weights, b.points, b.weights, cost);
  reporter.detail(
      std::string("exact transport, ") + (cost == GroundCost::euclidean ? "distances: " : "squared distances: ") +
      std::to_string(a.points.rows()) + " x " + std::to_string(b.points.rows()) + " points, cost " +
      core::format_number(found.cost) + ", dual bound " + core::format_number(found.dual) + ", relative gap " +
      core::format_short(found.relative_gap()) + " after " + std::to_string(found.pivots) + " pivots");
  return found.cost;
}

}  // namespace

double wasserstein1(const Cloud& a, const Cloud& b, core::Reporter& reporter) {
  return transport_cost(a, b, GroundCost::euclidean, reporter);
}

double wasserstein2(const Cloud& a, const Cloud& b, core::Reporter& reporter) {
  return std::sqrt(transport_cost(a, b, GroundCost::squared_euclidean, reporter));
}

DistanceBounds wasserstein_bounds(const Cloud& a, const Cloud& b, int power) {
  const TransportBounds found = transport_bounds(a.points, a.weights, b.points, b.weights,
                                                 power == 1 ? GroundCost::euclidean : GroundCost::squared_euclidean);
  if (power == 1) return {found.lower, found.upper};
  return {std::sqrt(found.lower), std::sqrt(found.upper)};
}

double mmd(const Cloud& a, const Cloud& b) {
  const PairMeans means = pair_means(a, b, 1, mean_of_kernels);
  return std::max(0.0, means.within_a + means.within_b - 2 * means.between);
}

double mmd_unbiased(const Cloud& a, const Cloud& b, double gamma) {
  if (!(gamma > 0) || !std::isfinite(gamma)) throw UsageError("--mmd-gamma must be positive");
  const PairMeans means = pair_means(a, b, 0, [gamma](Distances& d) { d = (-gamma * d).exp().eval(); });
  const auto of_two = [](const Cloud& cloud) {  // weight of the pairs of two different cells
    const double share = 1 - normalized_weights(cloud.points, cloud.weights).squaredNorm();
    if (!(share > 0)) throw DataError({"", "cells"}, "expected at least two cells with a weight, found one");
    return share;
  };
  return means.within_a / of_two(a) + means.within_b / of_two(b) - 2 * means.between;
}

double energy_distance(const Cloud& a, const Cloud& b) {
  const PairMeans means = pair_means(a, b, 0, root);
  return std::max(0.0, 2 * means.between - means.within_a - means.within_b);
}

PopulationDistance population_mmd(const Cloud& a, const Cloud& b) {
  return population_distance(a, b, 1, 1, mean_of_kernels);
}

PopulationDistance population_energy(const Cloud& a, const Cloud& b) { return population_distance(a, b, 0, -1, root); }

}  // namespace instar::math
