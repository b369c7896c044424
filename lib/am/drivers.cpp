#include "am/drivers.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "core/error.hpp"
#include "core/format.hpp"
#include "core/parallel.hpp"
#include "core/rng.hpp"
#include "math/significance.hpp"

namespace instar::am {
namespace {

constexpr std::uint32_t kChangeStream = 0xd21e, kGrowthStream = 0xd21f;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// Cells whose values may be exchanged, and a number for each; 0 for all other cells. The numbers sum to 0 in each
/// group, so that a gene's own mean drops out of its sum with them.
struct Score {
  std::vector<std::vector<Index>> groups;
  Vector values;  ///< [cells]
};

Index count(const Score& score) {
  Index cells = 0;
  for (const auto& group : score.groups) cells += static_cast<Index>(group.size());
  return cells;
}

std::vector<Index> known_cells(const Matrix& coordinates) {
  std::vector<Index> known;
  for (Index i = 0; i < coordinates.rows(); ++i)
    if (coordinates.row(i).allFinite()) known.push_back(i);
  return known;
}

Score change_score(const DriverCells& cells) {
  Score score{{known_cells(cells.coordinates)}, Vector::Zero(cells.coordinates.rows())};
  const auto& known = score.groups.front();
  if (known.size() < 3)
    throw DataError({}, "expected at least 3 cells with coordinates, found " + std::to_string(known.size()));
  const auto n = static_cast<Index>(known.size());
  Matrix centred(n, cells.coordinates.cols());
  for (Index i = 0; i < n; ++i) centred.row(i) = cells.coordinates.row(known[static_cast<std::size_t>(i)]);
  const Eigen::RowVectorXd mean = centred.colwise().mean();
  centred.rowwise() -= mean;
  const Eigen::MatrixXd moments = centred.transpose() * centred;
  const Vector slopes = moments.completeOrthogonalDecomposition().solve(cells.displacement);
  const Vector z = centred * slopes;
  for (Index i = 0; i < n; ++i) score.values(known[static_cast<std::size_t>(i)]) = z(i);
  return score;
}

Score growth_score(const DriverCells& cells) {
  std::map<double, std::vector<Index>> times;
  for (std::size_t i = 0; i < cells.growth.size(); ++i)
    if (std::isfinite(cells.growth[i]) && std::isfinite(cells.cell_times[i]))
      times[cells.cell_times[i]].push_back(static_cast<Index>(i));
  Score score{{}, Vector::Zero(cells.coordinates.rows())};
  for (auto& [time, group] : times) {
    double mean = 0;
    for (const Index i : group) mean += cells.growth[static_cast<std::size_t>(i)] / static_cast<double>(group.size());
    for (const Index i : group) score.values(i) = cells.growth[static_cast<std::size_t>(i)] - mean;
    score.groups.push_back(std::move(group));
  }
  return score;
}

/// Sums and sums of squares of every gene in each group, [genes, groups].
struct GroupSums {
  Matrix sum, squares;
  std::vector<double> cells;
};

GroupSums group_sums(core::RowBlocks& expression, const Score& score) {
  const auto groups = static_cast<Index>(score.groups.size());
  GroupSums sums{Matrix::Zero(expression.cols(), groups), Matrix::Zero(expression.cols(), groups), {}};
  std::vector<Index> group_of(static_cast<std::size_t>(expression.rows()), -1);
  for (Index k = 0; k < groups; ++k) {
    const auto& group = score.groups[static_cast<std::size_t>(k)];
    sums.cells.push_back(static_cast<double>(group.size()));
    for (const Index i : group) group_of[static_cast<std::size_t>(i)] = k;
  }
  core::RowBlock block;
  expression.rewind();
  while (expression.next(block))
    for (Index r = 0; r < block.rows(); ++r) {
      const Index k = group_of[static_cast<std::size_t>(block.first_row + r)];
      if (k < 0) continue;
      for (auto e = block.indptr[static_cast<std::size_t>(r)]; e < block.indptr[static_cast<std::size_t>(r) + 1]; ++e) {
        const double value = block.values[static_cast<std::size_t>(e)];
        sums.sum(block.indices[static_cast<std::size_t>(e)], k) += value;
        sums.squares(block.indices[static_cast<std::size_t>(e)], k) += value * value;
      }
    }
  return sums;
}

/// Sum of squared deviations from the groups' means, [genes]; 0 where a gene is the same in all cells of each group.
Vector deviations(const GroupSums& sums) {
  Vector result = Vector::Zero(sums.sum.rows());
  for (Index g = 0; g < result.size(); ++g)
    for (Index k = 0; k < sums.sum.cols(); ++k) {
      const double squares = sums.squares(g, k);
      const double rest = squares - sums.sum(g, k) * sums.sum(g, k) / sums.cells[static_cast<std::size_t>(k)];
      // What is left of a constant after subtracting it from itself: a few roundings of its square.
      if (rest > 1e-12 * squares) result(g) += rest;
    }
  return result;
}

/// The numbers of a score, each cell's given to another of its group.
Vector shuffled(const Score& score, std::uint64_t seed, std::uint32_t stream, std::int64_t permutation) {
  core::Rng rng(seed, stream, static_cast<std::uint64_t>(permutation));
  Vector result = Vector::Zero(score.values.size());
  for (const auto& group : score.groups) {
    std::vector<Index> from = group;
    for (std::size_t i = from.size(); i > 1; --i)
      std::swap(from[i - 1], from[static_cast<std::size_t>(rng.below(static_cast<std::int64_t>(i)))]);
    for (std::size_t i = 0; i < group.size(); ++i) result(group[i]) = score.values(from[i]);
  }
  return result;
}

/// expression^T numbers, [genes, columns]: each sum in the cells' order.
Matrix sums_with(core::RowBlocks& expression, const Matrix& numbers) {
  constexpr Index kColumns = 32;  // a task's part of a gene's row of sums: four cache lines of doubles
  Matrix sums = Matrix::Zero(expression.cols(), numbers.cols());
  core::RowBlock block;
  expression.rewind();
  while (expression.next(block))
    core::parallel_chunks(numbers.cols(), kColumns, [&](Index begin, Index end) {
      const Index width = end - begin;
      for (Index r = 0; r < block.rows(); ++r) {
        const auto row = numbers.row(block.first_row + r).segment(begin, width);
        for (auto e = block.indptr[static_cast<std::size_t>(r)]; e < block.indptr[static_cast<std::size_t>(r) + 1]; ++e)
          sums.row(block.indices[static_cast<std::size_t>(e)]).segment(begin, width) +=
              block.values[static_cast<std::size_t>(e)] * row;
      }
    });
  return sums;
}

struct Tested {
  Vector sum;  ///< [genes] of expression times score
  Vector p;    ///< [genes]
};

/// A gene's sum with the score, and how often one with a shuffled score is as large.
Tested test(core::RowBlocks& expression, const Score& score, const DriverOptions& options, std::uint32_t stream) {
  const Index cells = expression.rows(), genes = expression.cols();
  Tested result{sums_with(expression, score.values).col(0), Vector::Constant(genes, kNone)};
  if (options.permutations == 0) return result;
  const auto per_column = static_cast<std::int64_t>(sizeof(double)) * (cells + genes);
  const std::int64_t at_once = std::max<std::int64_t>(1, options.memory / std::max<std::int64_t>(1, per_column));
  Vector as_large = Vector::Zero(genes);
  for (std::int64_t first = 0; first < options.permutations; first += at_once) {
    const std::int64_t columns = std::min(at_once, options.permutations - first);
    Matrix numbers(cells, columns);
    core::parallel_for(columns, [&](Index k) { numbers.col(k) = shuffled(score, options.seed, stream, first + k); });
    const Matrix sums = sums_with(expression, numbers);
    // Sums of the same numbers in another order differ by roundings; they are ties.
    for (Index g = 0; g < genes; ++g)
      as_large(g) += static_cast<double>((sums.row(g).array().abs() >= std::abs(result.sum(g)) * (1 - 1e-10)).count());
  }
  result.p = (as_large.array() + 1) / static_cast<double>(options.permutations + 1);
  return result;
}

Vector none_where_constant(const Vector& values, const Vector& spread) {
  return (spread.array() > 0).select(values.array(), kNone);
}

}  // namespace

MeanVelocities mean_velocities(const std::vector<double>& times, const std::vector<std::vector<Index>>& cells,
                               const MatrixView& velocity, const Vector& weights) {
  MeanVelocities mean{{}, Matrix(static_cast<Index>(times.size()), velocity.cols())};
  for (std::size_t k = 0; k < times.size(); ++k) {
    Eigen::RowVectorXd sum = Eigen::RowVectorXd::Zero(velocity.cols());
    double total = 0;
    for (const Index i : cells[k]) {
      if (!velocity.row(i).allFinite()) continue;
      const double weight = weights.size() > 0 ? weights(i) : 1;
      sum += weight * velocity.row(i);
      total += weight;
    }
    if (!(total > 0)) continue;
    mean.velocity.row(static_cast<Index>(mean.times.size())) = sum / total;
    mean.times.push_back(times[k]);
  }
  mean.velocity.conservativeResize(static_cast<Index>(mean.times.size()), Eigen::NoChange);
  return mean;
}

Vector displacement(const MeanVelocities& mean, double from, double to) {
  if (!(from < to))
    throw UsageError("the interval from " + core::format_number(from) + " to " + core::format_number(to) + " is empty");
  if (mean.times.empty()) throw DataError({}, "expected cells with a velocity, found none");
  const auto velocity_at = [&](double time) -> Vector {
    const auto above = std::upper_bound(mean.times.begin(), mean.times.end(), time) - mean.times.begin();
    const Index last = mean.velocity.rows() - 1;
    if (above == 0 || above > last) return mean.velocity.row(above == 0 ? 0 : last);
    const double low = mean.times[static_cast<std::size_t>(above) - 1],
                 high = mean.times[static_cast<std::size_t>(above)];
    const double share = (time - low) / (high - low);
    return (1 - share) * mean.velocity.row(above - 1) + share * mean.velocity.row(above);
  };
  std::vector<double> knots{from};
  for (const double time : mean.times)
    if (time > from && time < to) knots.push_back(time);
  knots.push_back(to);
  Vector result = Vector::Zero(mean.velocity.cols());
  for (std::size_t k = 1; k < knots.size(); ++k)
    result += (knots[k] - knots[k - 1]) / 2 * (velocity_at(knots[k - 1]) + velocity_at(knots[k]));
  return result;
}

void DriverOptions::validate() const {
  if (permutations < 0) throw UsageError("--permutations: expected 0 or more, got " + std::to_string(permutations));
}

Drivers find_drivers(core::RowBlocks& expression, const DriverCells& cells, const DriverOptions& options) {
  options.validate();
  const Index genes = expression.cols();
  const Vector none = Vector::Constant(genes, kNone);
  Drivers drivers{none, none, none, none, none, none, none, none, 0, 0};

  const Score by_change = change_score(cells);
  drivers.cells = count(by_change);
  const GroupSums sums = group_sums(expression, by_change);
  const Vector spread = deviations(sums);
  drivers.mean = sums.sum.col(0) / sums.cells.front();
  const Tested change = test(expression, by_change, options, kChangeStream);
  drivers.change = (spread.array() > 0).select(change.sum.array(), 0.0);
  drivers.effect = none_where_constant(
      change.sum.array() / (spread.array() / static_cast<double>(drivers.cells - 1)).sqrt(), spread);
  drivers.change_p = none_where_constant(change.p, spread);
  drivers.change_q = math::false_discovery_rates(drivers.change_p);

  const Score by_growth = growth_score(cells);
  drivers.growth_cells = count(by_growth);
  const double length = by_growth.values.norm();
  if (drivers.growth_cells < 3 || !(length > 0)) return drivers;
  const Vector within = deviations(group_sums(expression, by_growth));
  const Tested growth = test(expression, by_growth, options, kGrowthStream);
  drivers.growth = none_where_constant(growth.sum.array() / (length * within.array().sqrt()), within);
  drivers.growth_p = none_where_constant(growth.p, within);
  drivers.growth_q = math::false_discovery_rates(drivers.growth_p);
  return drivers;
}

}  // namespace instar::am
