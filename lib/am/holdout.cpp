#include "am/holdout.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "am/baselines.hpp"
#include "core/error.hpp"
#include "core/time_label.hpp"

namespace instar::am {
namespace {

using core::format_number;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint64_t kFloorSplits = 10;

void exclude(FitOptions& options, double time) {
  if (core::find_time(options.exclude_times, time) < 0) options.exclude_times.push_back(time);
}

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

HoldoutRow scored_row(double time, const std::string& from, const std::string& method, std::uint64_t seed,
                      const math::Cloud& predicted, const math::Cloud& truth, const Scores& scores,
                      std::int64_t bootstrap) {
  HoldoutRow row{time, from, method, seed, predicted.points.rows(), truth.points.rows(), scores, {}};
  if (bootstrap > 0) row.intervals = bootstrap_intervals(predicted, truth, scores, bootstrap, seed);
  return row;
}

void append_floor(const core::Snapshots& scaled, double time, std::uint64_t seed, std::vector<HoldoutRow>& rows) {
  Scores mean{0, 0, 0, 0, kNone};
  Scores deviation = mean;
  std::vector<Scores> found;
  Index left_cells = 0;
  Index right_cells = 0;
  for (std::uint64_t split = 0; split < kFloorSplits; ++split) {
    const auto [left, right] = sampling_floor(scaled, time, seed, split);
    left_cells = left.points.rows();
    right_cells = right.points.rows();
    if (left_cells == 0) return;  // one cell has no halves
    found.push_back(score(left, right, kNone, 1));
  }
  for (const auto value : {&Scores::w1, &Scores::w2, &Scores::mmd, &Scores::energy}) {
    for (const Scores& s : found) mean.*value += s.*value / static_cast<double>(kFloorSplits);
    for (const Scores& s : found) deviation.*value += (s.*value - mean.*value) * (s.*value - mean.*value);
    deviation.*value = std::sqrt(deviation.*value / static_cast<double>(kFloorSplits - 1));
  }
  rows.push_back({time, "truth", "floor", seed, left_cells, right_cells, mean, {}});
  rows.push_back({time, "truth", "floor-sd", seed, left_cells, right_cells, deviation, {}});
}

}  // namespace

double true_mass(const core::Snapshots& snapshots, const FitOptions& options, double time) {
  FitOptions without = options;
  exclude(without, time);
  return relative_mass(snapshots, without, time);
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
    throw UsageError("without time " + format_number(time) + (left.empty() ? " no time is" : " only one time is") +
                     " left, and a fit needs at least two: a held-out evaluation needs three or more");
  if (time < left.front())
    throw UsageError("time " + format_number(time) + " is the first: no earlier cells are there to start from; hold " +
                     "out one of the times between the first and the last (--times interior)");
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

Model fit_without(const core::Snapshots& snapshots, FitOptions options, double time, core::Reporter& reporter) {
  exclude(options, time);
  return train(prepare_fit(snapshots, options, reporter), options, reporter).model;
}

std::vector<HoldoutRow> evaluate_model(const Model& model, const core::Snapshots& snapshots, const FitOptions& options,
                                       double time, const EvaluationOptions& evaluation, core::Reporter& reporter) {
  math::Cloud truth = cells_at(snapshots, time);
  truth.points = model.scaling.apply(truth.points);
  std::vector<HoldoutRow> rows;
  for (const auto& start : evaluation.starts) {
    PredictOptions predict_options;
    predict_options.start = start;
    predict_options.times = {time};
    predict_options.seed = options.seed;
    predict_options.extrapolate = time > model.times.back();
    const Prediction prediction = predict(model, snapshots, predict_options, reporter);
    const math::Cloud cloud{model.scaling.apply(prediction.coordinates), prediction.weight};
    const Scores scores = score(cloud, truth, prediction.totals.front().mass, true_mass(snapshots, options, time));
    rows.push_back(
        scored_row(time, to_string(start), model.method, options.seed, cloud, truth, scores, evaluation.bootstrap));
  }
  return rows;
}

std::vector<HoldoutRow> evaluate_baselines(const core::Snapshots& snapshots, FitOptions options, double time,
                                           std::int64_t bootstrap, std::uint64_t seed) {
  exclude(options, time);
  const Yardstick stick = yardstick(snapshots, options);
  const math::Cloud truth = cells_at(stick.scaled, time);
  BaselineOptions baseline_options;
  baseline_options.excluded = options.exclude_times;
  baseline_options.growth_scale = stick.growth_scale;
  baseline_options.mass = [&](double at) { return relative_mass(snapshots, options, at); };
  std::vector<HoldoutRow> rows;
  for (const auto& baseline : baselines(stick.scaled, baseline_options, time, seed)) {
    const Scores scores = score(baseline.cloud, truth, baseline.mass, true_mass(snapshots, options, time));
    rows.push_back(scored_row(time, baseline.from, baseline.method, seed, baseline.cloud, truth, scores, bootstrap));
  }
  append_floor(stick.scaled, time, seed, rows);
  return rows;
}

double inner_score(const core::Snapshots& snapshots, FitOptions options, double time, const Start& start,
                   core::Reporter& reporter) {
  exclude(options, time);
  const std::vector<double> inner = interior_times(snapshots, options.exclude_times);
  if (inner.empty())
    throw UsageError("without time " + format_number(time) +
                     " no inner time is left to choose settings by: at least four times are needed");
  double sum = 0;
  for (const double held_out : inner) {
    const Model model = fit_without(snapshots, options, held_out, reporter);
    PredictOptions predict_options;
    predict_options.start = start;
    predict_options.times = {held_out};
    predict_options.seed = options.seed;
    const Prediction prediction = predict(model, snapshots, predict_options, reporter);
    math::Cloud truth = cells_at(snapshots, held_out);
    truth.points = model.scaling.apply(truth.points);
    sum += math::wasserstein1({model.scaling.apply(prediction.coordinates), prediction.weight}, truth);
  }
  return sum / static_cast<double>(inner.size());
}

}  // namespace instar::am
