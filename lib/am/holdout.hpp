#pragma once

#include <optional>
#include <string>
#include <vector>

#include "am/bootstrap.hpp"
#include "am/fit.hpp"
#include "am/predict.hpp"
#include "math/metrics.hpp"

namespace instar::am {

/// One line of a held-out evaluation.
struct HoldoutRow {
  double time = 0;
  std::string from;
  std::string method;
  std::uint64_t seed = 0;
  Index n_pred = 0;
  Index n_true = 0;
  Scores scores;
  std::optional<ScoreIntervals> intervals;
};

/// How a prediction is scored.
struct EvaluationOptions {
  std::vector<Start> starts;
  std::int64_t bootstrap = 0;  ///< resamples behind each interval; 0: no intervals
  DistanceOptions distances = {};
};

/// Relative mass at `time` under the options' mass rule, first training time = 1.
double true_mass(const core::Snapshots& snapshots, const FitOptions& options, double time);

/// Times with commas between, for messages: the first twelve, and how many more.
std::string list_of_times(const std::vector<double>& times);
/// Times that a fit uses under these options, ascending.
std::vector<double> training_times(const core::Snapshots& snapshots, const std::vector<double>& excluded);

/// Times that have neighbours on both sides.
std::vector<double> interior_times(const core::Snapshots& snapshots, const std::vector<double>& excluded);

/// The starts from which `time` can be predicted by a fit that has not seen it. The last time is extrapolated, from
/// `previous` and `first` alone, and a warning says so. @throws DataError where a fit would be left with fewer than
/// two times; UsageError where nothing lies before `time`
std::vector<Start> possible_starts(const core::Snapshots& snapshots, const std::vector<double>& excluded, double time,
                                   const std::vector<Start>& wanted, core::Reporter& reporter);

/// The options with one more excluded time; the excluded times ascend, whatever the order in which they came.
FitOptions without(FitOptions options, double time);

/// Predicts the cells at `time` from each start and scores them in the model's scaled units.
std::vector<HoldoutRow> evaluate_model(const Model& model, const core::Snapshots& snapshots, const FitOptions& options,
                                       double time, const EvaluationOptions& evaluation,
                                       core::Reporter& reporter = core::silent());

/// Scores every baseline and the sampling floor (mean and standard deviation over ten splits, method `floor` and
/// `floor-sd`) in the scaled units that a fit without `time` would have. The starts of `evaluation` are not looked at.
std::vector<HoldoutRow> evaluate_baselines(const core::Snapshots& snapshots, FitOptions options, double time,
                                           const EvaluationOptions& evaluation, std::uint64_t seed);

/// Inner times of the course without `time`, each of which can be held out beside it: what settings are chosen by, for
/// `time` is not looked at. Of them those whose gap, from neighbour to neighbour without them, is most nearly as long
/// as that of `time`, to a quarter: a longer gap is another problem, and wants other settings. All of them where `time`
/// is the last. Ascending. @throws DataError where there is none
std::vector<double> inner_times(const core::Snapshots& snapshots, const FitOptions& options, double time);

/// Mean over the starts of the W1 between the cells at `time` and their prediction, in the model's scaled units.
double predicted_w1(const Model& model, const core::Snapshots& snapshots, double time, const std::vector<Start>& starts,
                    std::uint64_t seed);

}  // namespace instar::am
