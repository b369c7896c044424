#include "am/holdout.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "am/baselines.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/time_label.hpp"

namespace instar::am {
namespace {

using core::format_number;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint64_t kFloorSplits = 10;
/// Gaps whose ratio is below this are as good as equally long: times of sampling are not sharper.
constexpr double kAlikeGaps = 1.25;

/// Scaled coordinates and the growth scale in them, as a fit under these options would choose them.
struct Yardstick {
  core::Snapshots scaled;
  double growth_scale = 0;
};

Yardstick yardstick(const core::Snapshots& snapshots, const FitOptions& options) {
  std::vector<Index> training;
  std::vector<Index> all;
  for (std::size_t k = 0; k < snapshots.times.size(); ++k) {
    const auto& cells = snapshots.cells[k];
    all.insert(all.end(), cells.begin(), cells.end());
    if (core::find_time(options.exclude_times, snapshots.times[k]) < 0)
      training.insert(training.end(), cells.begin(), cells.end());
  }
  std::sort(all.begin(), all.end());
  std::sort(training.begin(), training.end());
  const Scaling scaling = fit_scaling(snapshots.coordinates, options.scale_with_all ? all : training, options.scale);
  Yardstick stick{snapshots, std::numeric_limits<double>::infinity()};
  stick.scaled.coordinates = scaling.apply(snapshots.coordinates);
  if (options.method == "uam" || options.method == "ueam")
    stick.growth_scale =
        options.growth_scale ? *options.growth_scale : auto_growth_scale(stick.scaled.coordinates, training);
  return stick;
}

/// Mass at `time`, which may be excluded, relative to the first time that is not.
double relative_mass(const core::Snapshots& snapshots, const FitOptions& options, double time) {
  const auto mass = [&](std::size_t k) {
    if (options.mass == "cells") return static_cast<double>(snapshots.cells[k].size());
    return options.given_masses.empty() ? 1.0 : options.given_masses[k];
  };
  const Index at = core::find_time(snapshots.times, time);
  if (at < 0) throw UsageError("there are no cells at time " + format_number(time));
  std::size_t first = 0;
  while (first + 1 < snapshots.times.size() && core::find_time(options.exclude_times, snapshots.times[first]) >= 0)
    ++first;
  return mass(static_cast<std::size_t>(at)) / mass(first);
}

/// From the last of the times before `time` to the first after it; infinite where there is none on a side.
double gap_around(const std::vector<double>& times, double time) {
  double before = -std::numeric_limits<double>::infinity();
  double after = std::numeric_limits<double>::infinity();
  for (const double at : times) {
    if (at < time) before = std::max(before, at);
    if (at > time) after = std::min(after, at);
  }
  return after - before;
}

/// Two clouds to be compared, and the row that is to hold how far apart they are.
struct Comparison {
  HoldoutRow row;
  math::Cloud predicted;
  math::Cloud truth;
  double predicted_mass = kUnknown;
  double true_mass = 1;
};

/// All distances of all comparisons, each a task of its own: one distance keeps one thread busy.
std::vector<HoldoutRow> scored(const std::vector<Comparison>& comparisons, const DistanceOptions& distances,
                               std::int64_t bootstrap) {
  std::vector<HoldoutRow> rows;
  for (const Comparison& c : comparisons) {
    rows.push_back(c.row);
    rows.back().n_pred = c.predicted.points.rows();
    rows.back().n_true = c.truth.points.rows();
    rows.back().scores.mass_error = std::abs(c.predicted_mass - c.true_mass) / c.true_mass;
    if (!distances.exact) rows.back().scores.w1 = rows.back().scores.w2 = kUnknown;
  }
  const std::vector<Measure> all = measures(distances);
  const auto count = comparisons.size();
  core::parallel_for(static_cast<Index>(count * all.size()), [&](Index task) {
    const auto k = static_cast<std::size_t>(task) % count;  // the long ones first
    all[static_cast<std::size_t>(task) / count].take(comparisons[k].predicted, comparisons[k].truth, rows[k].scores);
  });
  if (bootstrap == 0) return rows;
  for (std::size_t k = 0; k < rows.size(); ++k)
    rows[k].intervals = bootstrap_intervals(comparisons[k].predicted, comparisons[k].truth, bootstrap, rows[k].seed);
  return rows;
}

void append_floor(const core::Snapshots& scaled, double time, std::uint64_t seed, const DistanceOptions& distances,
                  std::vector<HoldoutRow>& rows) {
  std::vector<Comparison> splits;
  for (std::uint64_t split = 0; split < kFloorSplits; ++split) {
    auto [left, right] = sampling_floor(scaled, time, seed, split);
    if (left.points.rows() == 0) return;  // one cell has no halves
    splits.push_back({{time, "truth", "floor", seed, 0, 0, {}, {}}, std::move(left), std::move(right), kUnknown, 1});
  }
  const std::vector<HoldoutRow> found = scored(splits, distances, 0);
  HoldoutRow mean = found.front();
  HoldoutRow deviation = mean;
  deviation.method = "floor-sd";
  for (const Measure& measure : measures(distances))
    for (const auto value : measure.values) {
      double sum = 0;
      double squares = 0;
      for (const auto& row : found) sum += row.scores.*value / static_cast<double>(kFloorSplits);
      for (const auto& row : found) squares += (row.scores.*value - sum) * (row.scores.*value - sum);
      mean.scores.*value = sum;
      deviation.scores.*value = std::sqrt(squares / static_cast<double>(kFloorSplits - 1));
    }
  rows.push_back(mean);
  rows.push_back(deviation);
}

Prediction predict_time(const Model& model, const core::Snapshots& snapshots, double time, const Start& start,
                        std::uint64_t seed, core::Reporter& reporter) {
  PredictOptions options;
  options.start = start;
  options.times = {time};
  options.seed = seed;
  options.extrapolate = time > model.times.back();
  return predict(model, snapshots, options, reporter);
}

}  // namespace

FitOptions without(FitOptions options, double time) {
  if (core::find_time(options.exclude_times, time) < 0) options.exclude_times.push_back(time);
  std::sort(options.exclude_times.begin(), options.exclude_times.end());
  return options;
}

double true_mass(const core::Snapshots& snapshots, const FitOptions& options, double time) {
  return relative_mass(snapshots, without(options, time), time);
}

std::string list_of_times(const std::vector<double>& times) {
  constexpr std::size_t kSaid = 12;
  std::string list;
  for (std::size_t k = 0; k < std::min(times.size(), kSaid); ++k)
    list += (k == 0 ? "" : ", ") + format_number(times[k]);
  return times.size() > kSaid ? list + " and " + std::to_string(times.size() - kSaid) + " more" : list;
}

std::vector<double> training_times(const core::Snapshots& snapshots, const std::vector<double>& excluded) {
  std::vector<double> used;
  for (double time : snapshots.times)
    if (core::find_time(excluded, time) < 0) used.push_back(time);
  return used;
}

std::vector<double> interior_times(const core::Snapshots& snapshots, const std::vector<double>& excluded) {
  const std::vector<double> used = training_times(snapshots, excluded);
  if (used.size() < 3) return {};
  return {used.begin() + 1, used.end() - 1};
}

std::vector<Start> possible_starts(const core::Snapshots& snapshots, const std::vector<double>& excluded, double time,
                                   const std::vector<Start>& wanted, core::Reporter& reporter) {
  std::vector<double> without(excluded);
  without.push_back(time);
  const std::vector<double> left = training_times(snapshots, without);
  if (left.size() < 2)
    throw DataError({"", "times"},
                    "without time " + format_number(time) +
                        (left.empty() ? " no time is" : " only time " + format_number(left.front()) + " is") +
                        " left, and a fit needs at least two: a held-out evaluation needs three or more");
  if (time < left.front())
    throw UsageError("time " + format_number(time) + " is the first: no earlier cells are there to start from; hold " +
                     "out a time between the first and the last (--times interior): " +
                     list_of_times({left.begin(), left.end() - 1}));
  if (time < left.back()) return wanted;
  reporter.warning("time " + format_number(time) + " is the last: it is extrapolated beyond what is fitted, from " +
                   format_number(left.back()) + ", and no prediction can start between");
  std::vector<Start> possible;
  for (const Start& start : wanted)
    if (start.kind != Start::Kind::between) possible.push_back(start);
  if (possible.empty())
    throw UsageError("time " + format_number(time) + " is the last, so nothing can start between; use --from previous");
  return possible;
}

std::vector<HoldoutRow> evaluate_model(const Model& model, const core::Snapshots& snapshots, const FitOptions& options,
                                       double time, const EvaluationOptions& evaluation, core::Reporter& reporter) {
  math::Cloud truth = cells_at(snapshots, time);
  truth.points = model.scaling.apply(truth.points);
  const double mass = true_mass(snapshots, options, time);
  std::vector<Comparison> comparisons;
  for (const auto& start : evaluation.starts) {
    const Prediction prediction = predict_time(model, snapshots, time, start, options.seed, reporter);
    comparisons.push_back({{time, to_string(start), model.method, options.seed, 0, 0, {}, {}},
                           {model.scaling.apply(prediction.coordinates), prediction.weight},
                           truth,
                           prediction.totals.front().mass,
                           mass});
  }
  return scored(comparisons, evaluation.distances, evaluation.bootstrap);
}

std::vector<HoldoutRow> evaluate_baselines(const core::Snapshots& snapshots, FitOptions options, double time,
                                           const EvaluationOptions& evaluation, std::uint64_t seed) {
  options = without(std::move(options), time);
  if (training_times(snapshots, options.exclude_times).empty())
    throw DataError({"", "times"},
                    "without time " + format_number(time) + " no time is left, and baselines need at least one");
  const Yardstick stick = yardstick(snapshots, options);
  const math::Cloud truth = cells_at(stick.scaled, time);
  BaselineOptions baseline_options;
  baseline_options.excluded = options.exclude_times;
  baseline_options.growth_scale = stick.growth_scale;
  baseline_options.mass = [&](double at) { return relative_mass(snapshots, options, at); };
  const double mass = relative_mass(snapshots, options, time);
  std::vector<Comparison> comparisons;
  for (auto& baseline : baselines(stick.scaled, baseline_options, time, seed))
    comparisons.push_back({{time, baseline.from, baseline.method, seed, 0, 0, {}, {}},
                           std::move(baseline.cloud),
                           truth,
                           baseline.mass,
                           mass});
  std::vector<HoldoutRow> rows = scored(comparisons, evaluation.distances, evaluation.bootstrap);
  append_floor(stick.scaled, time, seed, evaluation.distances, rows);
  return rows;
}

std::vector<double> inner_times(const core::Snapshots& snapshots, const FitOptions& options, double time) {
  std::vector<double> inner = interior_times(snapshots, without(options, time).exclude_times);
  if (inner.empty())
    throw DataError({"", "times"}, "without time " + format_number(time) +
                                       " no inner time is left to choose settings by: at least four times are needed");
  const double gap = gap_around(training_times(snapshots, options.exclude_times), time);
  if (!std::isfinite(gap)) return inner;
  const auto left = training_times(snapshots, without(options, time).exclude_times);
  const auto unlikeness = [&](double at) { return std::abs(std::log(gap_around(left, at) / gap)); };
  double least = std::numeric_limits<double>::infinity();
  for (const double at : inner) least = std::min(least, unlikeness(at));
  std::erase_if(inner, [&](double at) { return unlikeness(at) > least + std::log(kAlikeGaps); });
  return inner;
}

double predicted_w1(const Model& model, const core::Snapshots& snapshots, double time, const std::vector<Start>& starts,
                    std::uint64_t seed) {
  math::Cloud truth = cells_at(snapshots, time);
  truth.points = model.scaling.apply(truth.points);
  double sum = 0;
  for (const Start& start : starts) {
    const Prediction prediction = predict_time(model, snapshots, time, start, seed, core::silent());
    sum += math::wasserstein1({model.scaling.apply(prediction.coordinates), prediction.weight}, truth);
  }
  return sum / static_cast<double>(starts.size());
}

}  // namespace instar::am
