#pragma once

#include <limits>
#include <vector>

#include "am/fit.hpp"
#include "nn/adam.hpp"

namespace instar::am {

/// Where training stands between two steps. Random numbers depend on the step alone, so this is all there is.
struct TrainState {
  std::int64_t step = 0;        ///< steps done of the network in work
  std::int64_t total = 0;       ///< steps done of all networks of the ensemble
  std::vector<float> finished;  ///< parameters of the networks before it
  double finished_loss = 0;     ///< sum of their losses
  nn::Adam adam;
  double late_loss = 0;  ///< sum over the last tenth of the steps so far, each over their number
  // Of early_stop:
  double best_loss = std::numeric_limits<double>::infinity();
  std::int64_t looks_since_best = 0;
  std::vector<float> best;  ///< parameters with best_loss

  explicit TrainState(std::vector<float> initial) : adam(std::move(initial)) {}
};

/// What makes two fits the same: every option that changes the result, and a digest of what is trained on.
core::Facts fit_identity(const FitProblem& problem, const FitOptions& options);

core::Record to_record(const TrainState& state, const core::Facts& identity);

/// @throws DataError for what is not a checkpoint, is damaged, or belongs to a fit with another identity (says which
/// option differs, and how)
TrainState train_state_from(const core::Record& record, const core::Facts& identity, Index parameters);

/// Steps done at a checkpoint. @throws DataError for what is not a checkpoint
std::int64_t checkpoint_steps(const core::Record& record);

}  // namespace instar::am
