#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "am/predict.hpp"
#include "shared/fit_flags.hpp"

namespace instar::tools {

/// A flag of the fit and the values among which one is chosen: `growth-scale=1,2,4`.
struct TuneRequest {
  std::string flag;  ///< long name without dashes
  std::vector<std::string> values;
};

/// @throws UsageError where it is not NAME=V1,V2,..., a flag comes twice, or NAME changes the units in which scores are
/// compared
std::vector<TuneRequest> parse_tune(const std::vector<std::string>& texts);

/// The flags with one of them set, as if it had been typed. @throws UsageError
FitFlags with_flag(const FitFlags& flags, const std::string& name, const std::string& value);

/// What was chosen for one held-out time.
struct Tuned {
  am::FitOptions options;
  std::string setting;  ///< `steps=1000;growth-scale=2`; empty where nothing is tuned
};

/// Chooses settings of the fit for one start of the prediction by inner held-out times, flag after flag in the order
/// given: each takes the value with the least mean W1 from that start (over inner times), of equal ones the first, and
/// keeps it while the next is chosen. Starts are tuned apart because they want different things: what runs far forwards
/// another smoothness than what meets in the middle. For a held-out time t an inner time u is predicted by a fit
/// without t and u, so nothing of t is looked at. The fit without t and u serves the choice for u as well, so models
/// are kept and made once.
class Tuner {
 public:
  /// All of these must outlive it. @throws UsageError for a value that its flag does not take
  Tuner(const FitFlags& flags, std::vector<TuneRequest> requests, const Embedding& embedding,
        const cli::Context& context);
  bool wanted() const { return !requests_.empty(); }
  /// Goes on from `setting`, what an earlier run chose of the first flags (or nothing). `keep` gets what is chosen so
  /// far after each flag. @throws DataError where no inner time is left
  Tuned choose(const core::Snapshots& snapshots, double time, const am::Start& start, std::string setting,
               const std::function<void(const std::string& setting)>& keep);
  /// The coordinates are others now: models made so far are of no use.
  void forget() { models_.clear(); }

 private:
  /// A setting by its text.
  Tuned from_text(const std::string& setting) const;
  /// Mean W1 of each of the options on the inner times.
  std::vector<double> inner_scores(const core::Snapshots& snapshots, double time, const am::Start& start,
                                   const std::vector<am::FitOptions>& candidates);
  void fit_missing(const core::Snapshots& snapshots, const std::vector<am::FitOptions>& wanted);
  const am::Model& model(const am::FitOptions& options) const;

  const FitFlags& flags_;
  std::vector<TuneRequest> requests_;
  const Embedding& embedding_;
  const cli::Context& context_;
  std::vector<std::pair<am::FitOptions, am::Model>> models_;
};

}  // namespace instar::tools
