#include "math/population_transport.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/parallel.hpp"
#include "core/rng.hpp"
#include "math/similarity.hpp"
#include "math/transport.hpp"

namespace instar::math {
namespace {

constexpr std::uint32_t kCutStream = 0xc075;
constexpr Index kFewestCells = 8;
constexpr Index kFewestInPart = 4;  // so that its halves are no single cells
constexpr Index kMostCells = 4000;  // of a cut: what its two problems cost grows faster than they
constexpr double kFastestRate = 2;  // nothing here falls faster; a larger one was noise

constexpr double kLeastStretch = 0.05;
constexpr double kLongestStretch = 4;
constexpr double kLeastResponse = 0.05;  // below, samples hardly tell how far apart the populations are

/// An excess, and what it gains as the map is stretched.
struct Excess {
  double value = 0;
  double slope = 0;
};

/// Gradient of the cost in y, times a direction.
double cost_change(const Vector& x, const Vector& y, const Vector& direction, GroundCost cost) {
  const Vector difference = y - x;
  if (cost == GroundCost::squared_euclidean) return 2 * difference.dot(direction);
  const double distance = difference.norm();
  return distance > 0 ? difference.dot(direction) / distance : 0;
}

/// A value for every cell.
template <class Value>
Vector of_cells(const Cloud& cloud, const Value& value) {
  Vector all(cloud.points.rows());
  for (Index i = 0; i < all.size(); ++i) all(i) = value(Vector(cloud.points.row(i).transpose()));
  return all;
}

double weighted_mean(const Vector& weights, const Vector& values) { return weights.dot(values) / weights.sum(); }

/// The excess between two parts, and how it answers to the share of each of their cells (weighted mean 0).
struct PartExcess {
  Excess excess;
  Vector source;
  Vector target;
};

/// The excess between `x` and the image of `before`. By the envelope theorem it changes as the costs do along the plan,
/// less those along the map itself, and with the share of a cell as its dual less its potential.
PartExcess excess_between(const Cloud& x, const Cloud& before, const Similarity& map, GroundCost cost) {
  const Cloud y{map.apply(before.points), before.weights};
  const ExactTransport found = exact_transport(x.points, x.weights, y.points, y.weights, cost);
  const Vector f = of_cells(x, [&](const Vector& point) { return map.source_potential(point, cost); });
  const Vector g = of_cells(y, [&](const Vector& point) { return map.target_potential(point, cost); });
  Excess excess{found.cost - weighted_mean(x.weights, f) - weighted_mean(y.weights, g), 0};
  const auto change = [&](const Matrix& from, Index i, Index j) {
    return cost_change(from.row(i), y.points.row(j), map.stretch_velocity(before.points.row(j)), cost);
  };
  for (const PlanEntry& entry : found.plan) excess.slope += entry.mass * change(x.points, entry.row, entry.col);
  const double total = y.weights.sum();
  for (Index j = 0; j < y.points.rows(); ++j) excess.slope -= y.weights(j) / total * change(before.points, j, j);
  const auto centred = [](const Vector& weights, const Vector& values) {
    return Vector(values.array() - weighted_mean(weights, values));
  };
  return {excess, centred(x.weights, found.row_dual - f), centred(y.weights, found.col_dual - g)};
}

/// Cells in the two parts of a cut, in the proportion of two clouds.
struct Cut {
  Index source = 0;
  Index target = 0;
  bool possible = false;

  Cut(Index cells, Index like_source, Index like_target) {
    const double share =
        static_cast<double>(std::min(cells, kMostCells)) / static_cast<double>(like_source + like_target);
    const auto part = [&](Index like) {
      return std::max(kFewestInPart, static_cast<Index>(share * static_cast<double>(like)));
    };
    source = part(like_source);
    target = part(like_target);
    possible = source + target <= cells;
  }
};

/// What one cut shows.
struct CutExcess {
  PartExcess whole;
  double halves = 0;         ///< mean excess between the parts' halves
  std::vector<Index> order;  ///< cells of the source, then of the target
};

/// Mean of some values of a cell.
class MeanOfCells {
 public:
  explicit MeanOfCells(Index cells) : sum_(Vector::Zero(cells)), count_(Vector::Zero(cells)) {}
  /// @param order the cells that `values` are of, from `first` on
  void add(const Vector& values, const std::vector<Index>& order, Index first) {
    for (Index k = 0; k < values.size(); ++k) {
      const Index cell = order[static_cast<std::size_t>(first + k)];
      sum_(cell) += values(k);
      ++count_(cell);
    }
  }
  /// 0 where there was none.
  Vector value() const { return sum_.array() / count_.array().max(1); }

 private:
  Vector sum_;
  Vector count_;
};

std::vector<CutExcess> excess_in_cuts(const Cloud& cloud, const Cut& cut, const Similarity& map, GroundCost cost,
                                      std::int64_t resamples, std::uint64_t seed) {
  std::vector<CutExcess> cuts(static_cast<std::size_t>(resamples));
  core::parallel_for(resamples, [&](Index r) {
    core::Rng rng(seed, kCutStream, static_cast<std::uint64_t>(r));
    CutExcess& found = cuts[static_cast<std::size_t>(r)];
    found.order = core::random_order(cloud.points.rows(), rng);
    found.order.resize(static_cast<std::size_t>(cut.source + cut.target));
    const auto between = [&](Index source, Index sources, Index target, Index targets) {
      return excess_between(part_of(cloud, found.order, source, sources),
                            part_of(cloud, found.order, cut.source + target, targets), map, cost);
    };
    found.whole = between(0, cut.source, 0, cut.target);
    const Index sources = cut.source / 2;
    const Index targets = cut.target / 2;
    found.halves =
        (between(0, sources, 0, targets).excess.value + between(sources, sources, targets, targets).excess.value) / 2;
  });
  return cuts;
}

/// The mean excess at the sizes of two clouds, and how it answers to the share of each cell of the one that was cut.
struct CloudExcess {
  Excess excess;
  Vector influence;
};

/// @param other cells of the cloud that T leads to
std::optional<CloudExcess> excess_from_cuts(const Cloud& cloud, Index other, const Similarity& map, GroundCost cost,
                                            std::int64_t resamples, std::uint64_t seed) {
  const Index cells = cloud.points.rows();
  const Cut cut(cells, cells, other);
  if (!cut.possible) return std::nullopt;
  Excess mean;
  double at_half = 0;
  MeanOfCells as_source(cells);
  MeanOfCells as_target(cells);
  for (const CutExcess& found : excess_in_cuts(cloud, cut, map, cost, resamples, seed)) {
    mean.value += found.whole.excess.value / static_cast<double>(resamples);
    mean.slope += found.whole.excess.slope / static_cast<double>(resamples);
    at_half += found.halves / static_cast<double>(resamples);
    as_source.add(found.whole.source, found.order, 0);
    as_target.add(found.whole.target, found.order, cut.source);
  }
  const double rate = mean.value > 0 && at_half > mean.value ? std::log2(at_half / mean.value) : 0;
  // The smaller cloud decides how large the excess is.
  const double share = other < cells ? static_cast<double>(cut.target) / static_cast<double>(other)
                                     : static_cast<double>(cut.source) / static_cast<double>(cells);
  const double carried = std::pow(share, std::min(rate, kFastestRate));
  // A cell is in a part as often as the part is of the cloud, and counts there as much more.
  return CloudExcess{{carried * mean.value, carried * mean.slope}, carried * (as_source.value() + as_target.value())};
}

/// Both clouds with what is known of the map between them.
struct Known {
  double distance = 0;  ///< mean way of the map
  Excess excess;
  Vector of_a;  ///< how the excess answers to the share of each cell
  Vector of_b;
};

Known known_excess(const Cloud& a, const Cloud& b, const Similarity& map, GroundCost cost, std::int64_t resamples,
                   std::uint64_t seed) {
  const auto forth = excess_from_cuts(a, b.points.rows(), map, cost, resamples, seed);
  const auto back = excess_from_cuts(b, a.points.rows(), map.inverse(), cost, resamples, seed);
  const auto cells = static_cast<double>((forth ? a.points.rows() : 0) + (back ? b.points.rows() : 0));
  Known known{0, {}, Vector::Zero(a.points.rows()), Vector::Zero(b.points.rows())};
  const auto add = [&](const Cloud& cloud, const Similarity& way, const std::optional<CloudExcess>& found,
                       Vector& influence) {
    if (!found) return;
    const double share = static_cast<double>(cloud.points.rows()) / cells;
    known.distance += share * way.mean_distance(cloud);
    known.excess.value += share * found->excess.value;
    known.excess.slope += share * found->excess.slope;
    influence = share * found->influence;
  };
  add(a, map, forth, known.of_a);
  add(b, map.inverse(), back, known.of_b);
  return known;
}

/// Newton's step to the distance that makes up `cost` together with its excess, and how that answers to `cost`.
struct Step {
  double value;
  double response;  ///< d cost / d value

  Step(const Known& known, double cost) {
    // The way grows with its stretch as good as linearly.
    const double slope = known.distance > 0 ? known.excess.slope / known.distance : 0;
    response = std::max(kLeastResponse, 1 + slope);
    value = known.distance + (cost - known.excess.value - known.distance) / response;
  }
};

/// Variance of the weighted mean of F.
double mean_variance(const Vector& weights, const Vector& influence) {
  const double mean = weighted_mean(weights, influence);
  return (weights.array() / weights.sum() * (influence.array() - mean)).square().sum();
}

}  // namespace

Cloud part_of(const Cloud& cloud, const std::vector<Index>& order, Index first, Index count) {
  Cloud part{Matrix(count, cloud.points.cols()), Vector(count)};
  for (Index k = 0; k < count; ++k) {
    const Index row = order[static_cast<std::size_t>(first + k)];
    part.points.row(k) = cloud.points.row(row);
    part.weights(k) = cloud.weights(row);
  }
  return part;
}

std::optional<PopulationCost> population_cost(const Cloud& a, const Cloud& b, GroundCost cost, std::int64_t resamples,
                                              std::uint64_t seed) {
  if (std::min(a.points.rows(), b.points.rows()) < kFewestCells) return std::nullopt;
  const Spread from = spread_of(a);
  const Spread to = spread_of(b);
  if (!(from.variance > 0) || !(to.variance > 0)) return std::nullopt;
  const Similarity map{from.mean, to.mean, std::sqrt(to.variance / from.variance)};
  const ExactTransport found = exact_transport(a.points, a.weights, b.points, b.weights, cost);
  const auto error = [&](const Known& known) {
    return std::sqrt(mean_variance(a.weights, found.row_dual - known.of_a) +
                     mean_variance(b.weights, found.col_dual - known.of_b));
  };

  const Known known = known_excess(a, b, map, cost, resamples, seed);
  if (cost == GroundCost::squared_euclidean) return PopulationCost{found.cost - known.excess.value, error(known)};
  const Step first(known, found.cost);
  const double stretch =
      known.distance > 0 ? std::clamp(first.value / known.distance, kLeastStretch, kLongestStretch) : 0;
  const Known stretched = known_excess(a, b, map.stretched(stretch), cost, resamples, seed);
  const Step second(stretched, found.cost);
  return PopulationCost{second.value, error(stretched) / second.response};
}

}  // namespace instar::math
