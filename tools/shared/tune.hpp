#pragma once

#include <string>
#include <vector>

#include "am/predict.hpp"
#include "shared/fit_flags.hpp"

namespace instar::tools {

/// A flag of the fit and the values among which one is chosen: `growth-scale=1,2,4`.
struct TuneRequest {
  std::string flag;  ///< long name without dashes; empty: nothing is tuned
  std::vector<std::string> values;
};

/// @throws UsageError where it is not NAME=V1,V2,..., or NAME changes the units in which scores are compared
TuneRequest parse_tune(const std::string& text);

/// The flags with one of them set, as if it had been typed. @throws UsageError
FitFlags with_flag(const FitFlags& flags, const std::string& name, const std::string& value);

/// What was chosen for one held-out time.
struct Tuned {
  am::FitOptions options;
  std::string setting;  ///< `growth-scale=2`; empty where nothing is tuned
};

/// The value with the least mean W1 over the inner times of the course without `time` (am::inner_score), of equal ones
/// the first. Nothing of `time` is looked at.
Tuned choose_options(const FitFlags& flags, const TuneRequest& request, const Embedding& embedding,
                     const core::Snapshots& snapshots, double time, const am::Start& start,
                     const cli::Context& context);

}  // namespace instar::tools
