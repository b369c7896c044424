#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "am/model.hpp"
#include "am/sampler.hpp"
#include "core/reporter.hpp"
#include "core/row_blocks.hpp"
#include "core/snapshots.hpp"

namespace instar::am {

/// Everything that decides what is fitted. Defaults were chosen once, on the embryoid bodies, EMT and three-gene data
/// together (docs/method.md).
struct FitOptions {
  std::string method = "uam";            ///< am: velocity; uam: and growth; eam: velocity among noise; ueam: all three
  std::optional<PathKind> path;          ///< default: wfr for uam and ueam, ot for am and eam
  std::optional<std::string> estimator;  ///< conditional or action; default: conditional, on snapshots action
  double sigma = 0;                      ///< of the noise, scaled units per root of time; for eam and ueam
  ScaleKind scale = ScaleKind::global;
  bool scale_with_all = false;         ///< centre and scale from all cells, held-out ones too
  std::optional<double> growth_scale;  ///< delta, scaled units; nothing: auto
  std::string mass = "uniform";        ///< uniform, cells, or where `given_masses` came from
  std::vector<double> given_masses;    ///< one per time of the snapshots, where mass is neither uniform nor cells
  std::vector<double> exclude_times;
  std::int64_t steps = 2000;
  std::int64_t batch = 128;  ///< samples per interval and step
  std::int64_t width = 256;
  std::int64_t depth = 3;
  double learning_rate = 2e-3;
  double ema = 0.995;
  double clip = 0;  ///< largest gradient norm; 0: no clipping
  double time_scale = 1;
  double coupling_blur = 0.01;
  std::int64_t coupling_partners = 64;  ///< of a blurred plan about this many pairs a cell are kept; 0: all that matter
  std::int64_t pairs_walked = 20'000'000'000;  ///< n x m; of more than these, blocks are coupled (block_coupling.hpp)
  std::int64_t block_cells = 3000;             ///< a block has the square of this many pairs
  std::uint64_t seed = 0;
  std::int64_t warmup = 0;  ///< steps over which the learning rate rises from zero
  bool early_stop = false;  ///< keep a tenth of the cells back and stop where their loss no longer falls

  double time_smoothness = 0;  ///< mu, units of time squared: penalty on changes of velocity and growth in time
  std::int64_t ensemble = 1;   ///< networks, of seeds seed, seed + 1, ..., whose average predicts

  bool has_growth() const { return method == "uam" || method == "ueam"; }
  bool has_noise() const { return method == "eam" || method == "ueam"; }
  PathKind resolved_path() const { return path.value_or(has_growth() ? PathKind::wfr : PathKind::ot); }
  bool uses_action() const { return estimator ? *estimator == "action" : resolved_path() == PathKind::snapshots; }
  void validate() const;  ///< @throws UsageError
  /// These options with all that only network and training read at its default: fits of the same cells for which it is
  /// equal share what prepare_fit makes (set_network).
  FitOptions problem_part() const;
  bool operator==(const FitOptions&) const = default;
};

/// What training works on: the model without its parameters, and the path between each two neighbouring times.
struct FitProblem {
  Model model;
  std::vector<Interval> intervals;
  std::vector<Slice> slices;             ///< for the path `snapshots`, which has no intervals
  std::vector<Interval> validation;      ///< of the cells kept back by early_stop
  std::vector<Slice> validation_slices;  ///< the same
};

struct FitResult {
  Model model;
  double loss = 0;         ///< mean over the last tenth of the steps; with early_stop the best of the cells kept back
  std::int64_t steps = 0;  ///< done in all
  bool finished = true;    ///< false: stopped by the caller, the model is not to be used
};

/// One step of training.
struct StepReport {
  std::int64_t step = 0;    ///< 0 is the first
  std::int64_t member = 0;  ///< of the ensemble
  double loss = 0;
  double kinetic = 0;        ///< the velocity's part of the loss
  double growth = 0;         ///< the growth's part
  double smoothness = 0;     ///< the penalty's part
  double gradient_norm = 0;  ///< before clipping
  double learning_rate = 0;
  Index samples = 0;                 ///< of the step
  std::optional<double> validation;  ///< loss of the cells kept back, at the steps that look at it
};

/// How a caller takes part in training; each of these may be left out.
struct TrainHooks {
  std::function<void(const StepReport&)> after_step;
  std::function<void(const core::Record&)> save;  ///< stores a checkpoint
  std::int64_t save_every = 0;                    ///< steps between two; 0: only where stopped
  std::function<bool()> stop;                     ///< asked after every step; true: save and return
  const core::Record* resume = nullptr;           ///< a checkpoint to go on from
};

inline constexpr double kAutoGrowthFraction = 0.8;
/// Growth scale that `auto` stands for: kAutoGrowthFraction times the root mean square distance between two cells of
/// the training times, in scaled units. Cells further apart than pi times it never exchange mass.
double auto_growth_scale(const Matrix& scaled, const std::vector<Index>& rows);

/// Scales, chooses delta, and couples neighbouring training times.
/// @param snapshots at least two times with at least two cells each outside `exclude_times`; finite coordinates
/// @throws UsageError for a held-out time that does not exist; DataError for snapshots that cannot be fitted
FitProblem prepare_fit(const core::Snapshots& snapshots, const FitOptions& options,
                       core::Reporter& reporter = core::silent());
/// The same with the coordinates [cells, dims] wherever they are: they are read twice, and those of `snapshots` are not
/// looked at. A fit holds its cells in single precision, so of many cells this takes a third of the memory.
FitProblem prepare_fit(const core::Snapshots& snapshots, core::RowBlocks& coordinates, const FitOptions& options,
                       core::Reporter& reporter = core::silent());

/// Gives a prepared model the network that the options ask for; prepare_fit does so itself.
void set_network(Model& model, const FitOptions& options);

/// What a fit would take, without doing it.
struct FitPlan {
  std::vector<double> times;      ///< training times
  double growth_scale = 0;        ///< delta, scaled units; infinite without growth
  std::string growth_scale_rule;  ///< as in the model
  std::int64_t parameters = 0;
  std::int64_t rows_per_step = 0;
  std::int64_t memory_bytes = 0;  ///< estimate of the largest footprint
};

/// Sizes of the fit that these options would make. @throws as prepare_fit
FitPlan plan_fit(const core::Snapshots& snapshots, const FitOptions& options);
FitPlan plan_fit(const core::Snapshots& snapshots, core::RowBlocks& coordinates, const FitOptions& options);

/// Minimises the objective (method.md, sections 2, 3, 5) over the network's parameters with Adam, network after network
/// of the ensemble; the model gets their moving averages. Same options and data give the same bytes for any number of
/// threads, and whether training was interrupted and resumed or not.
/// @throws NumericError where loss or gradient stop being finite, with the step; DataError where the checkpoint to
///   resume is of other data or options (says which)
FitResult train(FitProblem problem, const FitOptions& options, core::Reporter& reporter = core::silent(),
                const TrainHooks& hooks = {});

}  // namespace instar::am
