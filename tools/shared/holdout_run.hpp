#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"
#include "shared/fit_flags.hpp"
#include "shared/holdout_table.hpp"
#include "shared/refit_pca.hpp"

namespace instar::tools {

/// What instar-holdout was asked for, as typed.
struct HoldoutRequest {
  FitFlags fit;
  std::string output;
  std::string times = "interior";
  std::vector<std::string> from = {"previous", "between"};
  std::vector<std::string> seeds;
  bool baselines = false;
  bool baselines_only = false;
  std::int64_t bootstrap = 0;
  std::vector<std::string> distances = {"exact"};
  std::int64_t projections = am::DistanceOptions{}.projections;
  std::vector<std::string> tune;
  std::string model_dir;
  RefitRequest refit;
  bool resume = false;
  std::string shard;
  bool no_seconds = false;
};

/// Fits without each time, predicts and scores it. Finished parts are kept in a journal beside the output (unless that
/// is standard output) and are not done again when the same run is called again; forget_journal() is to be called when
/// the table is written. Interrupted, the process ends at once and says how to go on. Fits of several seeds or settings
/// run side by side. Same rows for any number of threads.
/// @throws UsageError, DataError, NumericError
HoldoutTable evaluate_held_out(const HoldoutRequest& request, cli::Context& context);

/// Removes the journal of a table that is written.
void forget_journal(const std::string& output);

}  // namespace instar::tools
