#pragma once

#include <string>
#include <vector>

#include "am/fit.hpp"
#include "am/predict.hpp"
#include "math/metrics.hpp"

namespace instar::am {

/// How far a predicted snapshot is from the observed one, in scaled units.
struct Scores {
  double w1 = 0;
  double w2 = 0;
  double mmd = 0;
  double energy = 0;
  double mass_error = 0;  ///< |predicted - true| / true relative mass; NaN where nothing was predicted
};

/// @param predicted_mass, true_mass relative total masses (first training time = 1)
Scores score(const math::Cloud& predicted, const math::Cloud& truth, double predicted_mass, double true_mass);

/// One line of a held-out evaluation.
struct HoldoutRow {
  double time = 0;
  std::string from;
  std::string method;
  std::uint64_t seed = 0;
  Index n_pred = 0;
  Index n_true = 0;
  Scores scores;
};

/// Relative mass at `time` under the options' mass rule, first training time = 1.
double true_mass(const core::Snapshots& snapshots, const FitOptions& options, double time);

/// Fits without `time` (which is added to the options' excluded times). The caller predicts and scores with it.
Model fit_without(const core::Snapshots& snapshots, FitOptions options, double time, core::Reporter& reporter);

/// Predicts the cells at `time` from each start and scores them in the model's scaled units.
std::vector<HoldoutRow> evaluate_model(const Model& model, const core::Snapshots& snapshots, const FitOptions& options,
                                       double time, const std::vector<Start>& starts,
                                       core::Reporter& reporter = core::silent());

/// Scores every baseline and the sampling floor in the same scaled units.
std::vector<HoldoutRow> evaluate_baselines(const Model& model, const core::Snapshots& snapshots, double time,
                                           std::uint64_t seed);

/// Times that have neighbours on both sides.
std::vector<double> interior_times(const core::Snapshots& snapshots, const std::vector<double>& excluded);

}  // namespace instar::am
