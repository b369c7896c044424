#include <algorithm>
#include <cmath>
#include <limits>

#include "am/fit.hpp"
#include "core/error.hpp"
#include "core/rng.hpp"
#include "core/time_label.hpp"

namespace instar::am {
namespace {

using core::format_number;

constexpr std::uint32_t kSplitStream = 0x5a5;
/// Mixtures of fewer times than this are no course.
constexpr std::size_t kFewestSlices = 10;
constexpr std::int64_t kPairsPerCell = 100;  // about what a thinned coupling keeps

/// The part of the snapshots that is fitted.
struct Training {
  std::vector<double> times;
  std::vector<std::vector<Index>> cells;
  std::vector<double> masses;
  std::vector<Index> rows;  ///< all cells of the training times, ascending
};

std::vector<bool> excluded_times(const core::Snapshots& snapshots, const std::vector<double>& exclude) {
  std::vector<bool> excluded(snapshots.times.size(), false);
  for (double time : exclude) {
    const Index at = core::find_time(snapshots.times, time);
    if (at < 0) {
      std::string list;
      for (double t : snapshots.times) list += (list.empty() ? "" : ", ") + format_number(t);
      throw UsageError("--exclude-times: there are no cells at time " + format_number(time) + "; the times are " +
                       list);
    }
    excluded[static_cast<std::size_t>(at)] = true;
  }
  return excluded;
}

double mass_of(const core::Snapshots& snapshots, const FitOptions& options, std::size_t k) {
  double mass = 1;
  if (options.mass == "cells") {
    mass = static_cast<double>(snapshots.cells[k].size());
  } else if (!options.given_masses.empty()) {
    mass = options.given_masses[k];
  }
  if (!(mass > 0) || !std::isfinite(mass))
    throw DataError({"", options.mass}, "expected a positive mass for time " + format_number(snapshots.times[k]) +
                                            ", found " + format_number(mass));
  return mass;
}

Training select_training(const core::Snapshots& snapshots, const FitOptions& options) {
  const auto excluded = excluded_times(snapshots, options.exclude_times);
  Training training;
  for (std::size_t k = 0; k < snapshots.times.size(); ++k) {
    if (excluded[k]) continue;
    if (snapshots.cells[k].size() < 2)
      throw DataError({"", "time " + format_number(snapshots.times[k])}, "expected at least two cells, found one",
                      "leave this time out (--exclude-times " + format_number(snapshots.times[k]) + ")");
    training.times.push_back(snapshots.times[k]);
    training.cells.push_back(snapshots.cells[k]);
    training.rows.insert(training.rows.end(), snapshots.cells[k].begin(), snapshots.cells[k].end());
    training.masses.push_back(mass_of(snapshots, options, k));
  }
  if (training.times.size() < 2)
    throw DataError({"", "times"}, "expected at least two times to fit, found " + std::to_string(training.times.size()),
                    "name another time column (-t), or exclude fewer times");
  const double first = training.masses.front();
  for (double& mass : training.masses) mass /= first;
  std::sort(training.rows.begin(), training.rows.end());
  return training;
}

/// Moves a tenth of each time's cells (at least two) out of `training`. @returns them, time by time
std::vector<std::vector<Index>> keep_back(Training& training, std::uint64_t seed) {
  std::vector<std::vector<Index>> kept;
  training.rows.clear();
  for (std::size_t k = 0; k < training.times.size(); ++k) {
    auto& cells = training.cells[k];
    const std::size_t count = std::max<std::size_t>(2, cells.size() / 10);
    if (cells.size() < count + 2)
      throw DataError({"", "time " + format_number(training.times[k])},
                      "expected at least four cells to keep some back, found " + std::to_string(cells.size()),
                      "leave --early-stop out");
    core::Rng rng(seed, kSplitStream, k);
    for (std::size_t i = 0; i < count; ++i)
      std::swap(cells[i], cells[i + static_cast<std::size_t>(rng.below(static_cast<std::int64_t>(cells.size() - i)))]);
    const auto end = cells.begin() + static_cast<std::ptrdiff_t>(count);
    kept.emplace_back(cells.begin(), end);
    cells.erase(cells.begin(), end);
    std::sort(kept.back().begin(), kept.back().end());
    std::sort(cells.begin(), cells.end());
    training.rows.insert(training.rows.end(), cells.begin(), cells.end());
  }
  std::sort(training.rows.begin(), training.rows.end());
  return kept;
}

void check_finite(const core::Snapshots& snapshots, const std::vector<Index>& rows) {
  for (Index row : rows)
    for (Index j = 0; j < snapshots.dims(); ++j)
      if (!std::isfinite(snapshots.coordinates(row, j)))
        throw DataError({"", "cell " + std::to_string(row)},
                        "expected a finite coordinate in dimension " + std::to_string(j + 1) + ", found " +
                            format_number(snapshots.coordinates(row, j)),
                        "remove such cells, or choose another --basis");
}

/// Sum over dimensions of the variance (ddof = 0) of some rows, and their mean.
/// @param row_of [1, dims] of a row's number; a row at a time, for the points may be as large as the memory bears
template <class RowOf>
std::pair<Vector, double> mean_and_total_variance(Index dims, const std::vector<Index>& rows, const RowOf& row_of) {
  Vector mean = Vector::Zero(dims);
  for (Index row : rows) mean += row_of(row).transpose();
  mean /= static_cast<double>(rows.size());
  double squares = 0;
  for (Index row : rows) squares += (row_of(row).transpose() - mean).squaredNorm();
  return {mean, squares / static_cast<double>(rows.size())};
}

double auto_growth_scale(double total_variance) { return kAutoGrowthFraction * std::sqrt(2 * total_variance); }

/// Some rows of the coordinates in network units, without a copy of either in between.
Matrix network_rows(const core::Snapshots& snapshots, const Model& model, const std::vector<Index>& rows) {
  Matrix result(static_cast<Index>(rows.size()), snapshots.dims());
  for (std::size_t i = 0; i < rows.size(); ++i)
    result.row(static_cast<Index>(i)) = model.to_network(snapshots.coordinates.row(rows[i]));
  return result;
}

Coupling couple(const Interval& interval, const FitOptions& options, core::Reporter& reporter) {
  CouplingOptions coupling;
  coupling.growth_scale = interval.growth_scale;
  coupling.blur = options.coupling_blur;
  // The Schroedinger bridge's: cost |x-y|^2/2 with entropy sigma^2 Dt, written for the cost |x-y|^2.
  coupling.entropy = 2 * interval.sigma * interval.sigma * (interval.end - interval.begin);
  const auto masses = [](Index count, double total) {
    return Vector::Constant(count, total / static_cast<double>(count)).eval();
  };
  const Vector a = masses(interval.source.rows(), interval.source_mass);
  const Vector b = masses(interval.target.rows(), interval.target_mass);
  return interval.path == PathKind::wfr
             ? unbalanced_coupling(interval.source, a, interval.target, b, coupling, reporter)
             : balanced_coupling(interval.source, a, interval.target, b, coupling, reporter);
}

std::string describe(const Coupling& coupling, double begin, double end) {
  return "coupling " + format_number(begin) + " to " + format_number(end) + ": " +
         std::to_string(coupling.pairs.size()) + " pairs, blur " + core::format_short(coupling.blur) + " (mean cost " +
         core::format_short(coupling.mean_cost) + "), relative gap " + core::format_short(coupling.relative_gap) +
         " after " + std::to_string(coupling.iterations) + " iterations";
}

/// Some of the cells of each time.
std::vector<Slice> make_slices(const core::Snapshots& snapshots, const Model& model, const Training& training,
                               const std::vector<std::vector<Index>>& cells) {
  std::vector<Slice> slices;
  for (std::size_t k = 0; k < training.times.size(); ++k)
    slices.push_back({(training.times[k] - training.times.front()) / model.time_unit, training.masses[k],
                      network_rows(snapshots, model, cells[k])});
  return slices;
}

/// The path through some of the cells of each time.
std::vector<Interval> make_intervals(const core::Snapshots& snapshots, const Model& model, const Training& training,
                                     const std::vector<std::vector<Index>>& cells, const FitOptions& options,
                                     core::Reporter& reporter) {
  std::vector<Interval> intervals;
  for (std::size_t k = 0; k + 1 < training.times.size(); ++k) {
    Interval interval;
    interval.begin = (training.times[k] - training.times.front()) / model.time_unit;
    interval.end = (training.times[k + 1] - training.times.front()) / model.time_unit;
    interval.source = network_rows(snapshots, model, cells[k]);
    interval.target = network_rows(snapshots, model, cells[k + 1]);
    interval.source_mass = training.masses[k];
    interval.target_mass = training.masses[k + 1];
    interval.path = options.resolved_path();
    interval.growth_scale = model.growth_scale / model.network_length;
    interval.sigma = model.network_sigma();
    reporter.progress("coupling", static_cast<double>(k), static_cast<double>(training.times.size() - 1));
    if (interval.path != PathKind::linear) {
      interval.coupling = couple(interval, options, reporter);
      reporter.detail(describe(interval.coupling, training.times[k], training.times[k + 1]));
    }
    intervals.push_back(std::move(interval));
  }
  return intervals;
}

/// Everything of the model that is known before training: scaling, growth scale, units. Leaves the rows of
/// `training` as they are.
Model untrained_model(const core::Snapshots& snapshots, const Training& training, const FitOptions& options) {
  Model model;
  model.method = options.method;
  model.path = to_string(options.resolved_path());
  model.times = training.times;
  model.masses = training.masses;
  model.mass = options.mass;
  model.excluded = options.exclude_times;

  std::vector<Index> scaling_rows = training.rows;
  if (options.scale_with_all) {
    scaling_rows.clear();
    for (const auto& cells : snapshots.cells) scaling_rows.insert(scaling_rows.end(), cells.begin(), cells.end());
    std::sort(scaling_rows.begin(), scaling_rows.end());
    check_finite(snapshots, scaling_rows);
  }
  model.scaling = fit_scaling(snapshots.coordinates, scaling_rows, options.scale);
  const auto [center, variance] = mean_and_total_variance(
      snapshots.dims(), training.rows,
      [&](Index row) -> Eigen::RowVectorXd { return model.scaling.apply(snapshots.coordinates.row(row)); });
  if (!(variance > 0)) throw DataError({"", "coordinates"}, "expected cells that differ, found all at one place");
  model.network_center = center;
  model.network_length = std::sqrt(variance / static_cast<double>(snapshots.dims()));
  if (!options.has_growth()) {
    model.growth_scale = std::numeric_limits<double>::infinity();
    model.growth_scale_rule = "no growth in " + options.method;
  } else {
    model.growth_scale = options.growth_scale ? *options.growth_scale : auto_growth_scale(variance);
    model.growth_scale_rule = options.growth_scale ? "given" : "auto";
  }
  model.time_unit = (model.times.back() - model.times.front()) / static_cast<double>(model.times.size() - 1);
  model.sigma = options.sigma;
  model.shape.dims = snapshots.dims();
  set_network(model, options);
  return model;
}

}  // namespace

double auto_growth_scale(const Matrix& scaled, const std::vector<Index>& rows) {
  return auto_growth_scale(
      mean_and_total_variance(scaled.cols(), rows, [&](Index row) { return scaled.row(row); }).second);
}

void set_network(Model& model, const FitOptions& options) {
  model.time_scale = options.time_scale;
  model.shape = {model.shape.dims, options.width, options.depth};
}

FitPlan plan_fit(const core::Snapshots& snapshots, const FitOptions& options) {
  options.validate();
  const Training training = select_training(snapshots, options);
  check_finite(snapshots, training.rows);
  const Model model = untrained_model(snapshots, training, options);
  FitPlan plan;
  plan.times = training.times;
  plan.growth_scale = model.growth_scale;
  plan.growth_scale_rule = model.growth_scale_rule;
  const std::int64_t network = nn::MlpShape{snapshots.dims(), options.width, options.depth}.parameters();
  plan.parameters = options.ensemble * network;
  const auto intervals = static_cast<std::int64_t>(training.times.size()) - 1;
  const bool at_snapshots = options.resolved_path() == PathKind::snapshots;
  plan.rows_per_step = options.batch * (at_snapshots ? 1 : intervals) + (options.uses_action() ? 2 * options.batch : 0);
  std::int64_t kernel = 0;  // the dense single-precision kernel of the largest coupling
  std::int64_t pairs = 0;
  for (std::size_t k = 0; k + 1 < training.cells.size(); ++k) {
    const auto n = static_cast<std::int64_t>(training.cells[k].size());
    const auto m = static_cast<std::int64_t>(training.cells[k + 1].size());
    // Beyond what is solved in one piece: the kernel of a sample, sums by blocks, sampled pairs.
    const bool whole = n * m <= CouplingOptions{}.pairs_at_once;
    kernel = std::max(kernel, whole ? n * m * std::int64_t{sizeof(float)} : 100'000'000 + 4'000 * (n + m));
    pairs += std::min(n * m, kPairsPerCell * (n + m));
  }
  if (options.resolved_path() == PathKind::linear || at_snapshots) kernel = pairs = 0;
  // Coordinates three times (file, scaled, network units); a pair with its place in the sampler; a row of a step with
  // its activations, tangents and their adjoints; a gradient per shard and the optimiser's five vectors.
  const std::int64_t data = snapshots.coordinates.size() * 3 * std::int64_t{sizeof(double)};
  const std::int64_t looks =
      1 + (options.time_smoothness > 0 ? 1 : 0) + (options.uses_action() && options.sigma > 0 ? 1 : 0);
  const std::int64_t rows =
      looks * plan.rows_per_step * options.width * (options.depth + 1) * 6 * std::int64_t{sizeof(float)};
  const std::int64_t vectors =
      network * (plan.rows_per_step / 128 + intervals + 5 + options.ensemble) * std::int64_t{sizeof(float)};
  plan.memory_bytes = data + kernel + pairs * 36 + rows + vectors + 30'000'000;
  return plan;
}

FitProblem prepare_fit(const core::Snapshots& snapshots, const FitOptions& options, core::Reporter& reporter) {
  options.validate();
  Training training = select_training(snapshots, options);
  check_finite(snapshots, training.rows);
  std::vector<std::int64_t> numbers;
  for (const auto& cells : training.cells) numbers.push_back(static_cast<std::int64_t>(cells.size()));
  std::vector<std::vector<Index>> kept_back;
  if (options.early_stop) kept_back = keep_back(training, options.seed);

  FitProblem problem;
  problem.model = untrained_model(snapshots, training, options);
  Model& model = problem.model;
  model.cells = std::move(numbers);
  model.snapshot_means.resize(static_cast<Index>(training.times.size()), snapshots.dims());
  for (std::size_t k = 0; k < training.times.size(); ++k)
    model.snapshot_means.row(static_cast<Index>(k)) =
        network_rows(snapshots, model, training.cells[k]).colwise().mean();

  if (options.resolved_path() == PathKind::snapshots) {
    if (training.times.size() < kFewestSlices)
      throw DataError({"", "times"},
                      "expected at least " + std::to_string(kFewestSlices) +
                          " times for --path snapshots, which integrates over them, found " +
                          std::to_string(training.times.size()),
                      "use another --path, which says what is between them");
    problem.slices = make_slices(snapshots, model, training, training.cells);
    if (options.early_stop) problem.validation_slices = make_slices(snapshots, model, training, kept_back);
    return problem;
  }
  problem.intervals = make_intervals(snapshots, model, training, training.cells, options, reporter);
  if (options.early_stop)
    problem.validation = make_intervals(snapshots, model, training, kept_back, options, core::silent());
  return problem;
}

}  // namespace instar::am
