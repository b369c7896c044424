#include "am/holdout.hpp"

#include <cmath>
#include <limits>

#include "am/baselines.hpp"
#include "core/error.hpp"
#include "core/time_label.hpp"

namespace instar::am {
namespace {

core::Snapshots scaled_snapshots(const Model& model, const core::Snapshots& snapshots) {
  core::Snapshots scaled = snapshots;
  scaled.coordinates = model.scaling.apply(snapshots.coordinates);
  return scaled;
}

HoldoutRow row_of(double time, const std::string& from, const std::string& method, std::uint64_t seed,
                  const math::Cloud& predicted, const math::Cloud& truth, const Scores& scores) {
  return {time, from, method, seed, predicted.points.rows(), truth.points.rows(), scores};
}

}  // namespace

Scores score(const math::Cloud& predicted, const math::Cloud& truth, double predicted_mass, double true_mass) {
  return {math::wasserstein1(predicted, truth), math::wasserstein2(predicted, truth), math::mmd(predicted, truth),
          math::energy_distance(predicted, truth), std::abs(predicted_mass - true_mass) / true_mass};
}

double true_mass(const core::Snapshots& snapshots, const FitOptions& options, double time) {
  const auto mass = [&](std::size_t k) {
    if (options.mass == "cells") return static_cast<double>(snapshots.cells[k].size());
    return options.given_masses.empty() ? 1.0 : options.given_masses[k];
  };
  std::size_t first = 0;
  while (first + 1 < snapshots.times.size() && (core::find_time(options.exclude_times, snapshots.times[first]) >= 0 ||
                                                core::find_time({time}, snapshots.times[first]) >= 0))
    ++first;
  const Index at = core::find_time(snapshots.times, time);
  if (at < 0) throw UsageError("there are no cells at time " + core::format_number(time));
  return mass(static_cast<std::size_t>(at)) / mass(first);
}

Model fit_without(const core::Snapshots& snapshots, FitOptions options, double time, core::Reporter& reporter) {
  if (core::find_time(options.exclude_times, time) < 0) options.exclude_times.push_back(time);
  return train(prepare_fit(snapshots, options, reporter), options, reporter).model;
}

std::vector<HoldoutRow> evaluate_model(const Model& model, const core::Snapshots& snapshots, const FitOptions& options,
                                       double time, const std::vector<Start>& starts, core::Reporter& reporter) {
  math::Cloud truth = cells_at(snapshots, time);
  truth.points = model.scaling.apply(truth.points);
  std::vector<HoldoutRow> rows;
  for (const auto& start : starts) {
    PredictOptions predict_options;
    predict_options.start = start;
    predict_options.times = {time};
    predict_options.seed = options.seed;
    const Prediction prediction = predict(model, snapshots, predict_options, reporter);
    const math::Cloud cloud{model.scaling.apply(prediction.coordinates), prediction.weight};
    const Scores scores = score(cloud, truth, prediction.totals.front().mass, true_mass(snapshots, options, time));
    rows.push_back(row_of(time, to_string(start), model.method, options.seed, cloud, truth, scores));
  }
  return rows;
}

std::vector<HoldoutRow> evaluate_baselines(const Model& model, const core::Snapshots& snapshots, double time,
                                           std::uint64_t seed) {
  const core::Snapshots scaled = scaled_snapshots(model, snapshots);
  const math::Cloud truth = cells_at(scaled, time);
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();  // baselines say nothing about mass
  std::vector<HoldoutRow> rows;
  for (const auto& baseline : baselines(scaled, model.excluded, time, seed))
    rows.push_back(row_of(time, baseline.from, baseline.method, seed, baseline.cloud, truth,
                          score(baseline.cloud, truth, kNone, 1)));
  const auto [left, right] = sampling_floor(scaled, time, seed);
  rows.push_back(row_of(time, "truth", "floor", seed, left, right, score(left, right, kNone, 1)));
  return rows;
}

std::vector<double> interior_times(const core::Snapshots& snapshots, const std::vector<double>& excluded) {
  std::vector<double> used;
  for (double time : snapshots.times)
    if (core::find_time(excluded, time) < 0) used.push_back(time);
  if (used.size() < 3) return {};
  return {used.begin() + 1, used.end() - 1};
}

}  // namespace instar::am
