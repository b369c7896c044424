#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "am/model.hpp"
#include "core/reporter.hpp"
#include "core/snapshots.hpp"
#include "math/ode.hpp"

namespace instar::am {

/// Where particles start.
struct Start {
  enum class Kind {
    previous,  ///< cells of the latest training time before the target
    first,     ///< cells of the first training time
    between,   ///< previous forwards and next backwards, joined by closeness in time
    at         ///< cells of `time`, forwards or backwards
  } kind = Kind::previous;
  double time = 0;
};

/// previous, first, between or a time. @param unit, place of the time column, see core::times_in_unit()
/// @throws UsageError
Start parse_start(const std::string& word, const std::string& unit = "", const std::string& place = "the column");
std::string to_string(const Start& start);

struct PredictOptions {
  Start start;
  std::vector<double> times;  ///< targets
  std::int64_t cells = 0;     ///< start from this many cells per origin time, drawn without replacement; 0: all
  bool same_cells = false;    ///< follow the same cells through all targets, from the start of the earliest
  bool resample = false;      ///< systematic resampling by weight at every target
  bool extrapolate = false;   ///< allow targets outside the training times
  math::OdeOptions ode;
  std::uint64_t seed = 0;
  void validate() const;  ///< @throws UsageError
};

inline constexpr int kNoiseSteps = 100;

/// Particles at the target times, a row per particle and target; units of the file and of the time column.
struct Prediction {
  std::vector<double> time;          ///< target
  std::vector<std::int64_t> origin;  ///< row of the start cell in the snapshots
  std::vector<double> origin_time;
  Vector weight;       ///< mass relative to the origin cell, 1 at origin_time (between: see join rule in predict())
  Vector growth;       ///< d log w / dt at the particle
  Vector potential;    ///< s at the particle
  Matrix coordinates;  ///< [rows, d]
  Matrix velocity;     ///< [rows, d]
  Vector growth_spread, velocity_spread;  ///< [rows] among the networks of an ensemble (FieldValues); else empty
  struct Total {
    double time = 0;
    double mass = 0;  ///< predicted relative total mass, first training time = 1
    Index first_row = 0;
    Index rows = 0;
  };
  std::vector<Total> totals;  ///< one per target, rows of each together

  Index rows() const { return weight.size(); }
};

/// Warns, once, where the cells of a fitted time are not where they were when the model was fitted: another embedding,
/// or the same one computed again. Tools that take a model and cells call it.
/// @param snapshots coordinates [cells, >= model.dims()] in the file's units
void warn_of_strangers(const Model& model, const core::Snapshots& snapshots, core::Reporter& reporter);

/// Integrates dx = grad s dt + sigma dW, d log w = lambda s dt from the start cells to each target: by the options'
/// solver without noise, by stochastic Heun (kNoiseSteps steps per mean interval) with it, then forwards only.
///
/// `between` joins both clouds: with share = (t_next - t) / (t_next - t_previous), the forward weights are scaled to
/// sum to share of the total and the backward ones to the rest; the total is the two predicted masses averaged with the
/// same shares, expressed in cells of the earlier snapshot; at a fitted time in its own.
/// @param snapshots cells to start from; coordinates with at least model.dims() columns are the caller's to cut
/// @throws UsageError for targets outside the training times without `extrapolate`, or a start without cells;
///   NumericError where the integration breaks down
Prediction predict(const Model& model, const core::Snapshots& snapshots, const PredictOptions& options,
                   core::Reporter& reporter = core::silent());

}  // namespace instar::am
