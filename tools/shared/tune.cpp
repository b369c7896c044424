#include "shared/tune.hpp"

#include <algorithm>
#include <mutex>
#include <stdexcept>

#include "am/fit_series.hpp"
#include "am/holdout.hpp"
#include "core/error.hpp"
#include "core/format.hpp"
#include "core/parallel.hpp"

namespace instar::tools {
namespace {

/// Flags that choose cells, coordinates or their units: scores under two values would not measure the same.
const std::vector<std::string> kNotTuned = {
    "time-key", "basis", "dims", "scale", "scale-with-all", "exclude-times", "drop-missing-times"};

std::vector<std::string> cut(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

TuneRequest parse_one(const std::string& text) {
  const auto equals = text.find('=');
  TuneRequest request;
  request.flag = text.substr(0, equals);
  if (request.flag.starts_with("--")) request.flag.erase(0, 2);
  if (equals == std::string::npos || request.flag.empty())
    throw UsageError("--tune: expected NAME=V1,V2,..., for instance growth-scale=1,2,4, found '" + text + "'");
  request.values = cut(text.substr(equals + 1), ',');
  if (std::find(kNotTuned.begin(), kNotTuned.end(), request.flag) != kNotTuned.end())
    throw UsageError("--tune: --" + request.flag + " changes what is compared, so scores cannot choose it");
  return request;
}

}  // namespace

std::vector<TuneRequest> parse_tune(const std::vector<std::string>& texts) {
  std::vector<TuneRequest> requests;
  for (const auto& text : texts) {
    TuneRequest request = parse_one(text);
    for (const auto& other : requests)
      if (other.flag == request.flag)
        throw UsageError("--tune: --" + request.flag + " comes twice; give all its values in one list");
    requests.push_back(std::move(request));
  }
  return requests;
}

FitFlags with_flag(const FitFlags& flags, const std::string& name, const std::string& value) {
  FitFlags changed = flags;
  cli::Command command("instar-holdout");  // its variables hold the values so far, which are its defaults
  changed.add_to(command);
  try {
    command.assign("--" + name, value);
  } catch (const UsageError& error) {
    throw UsageError(std::string("--tune: ") + error.what());
  }
  return changed;
}

Tuner::Tuner(const FitFlags& flags, std::vector<TuneRequest> requests, const Embedding& embedding,
             const cli::Context& context)
    : flags_(flags), requests_(std::move(requests)), embedding_(embedding), context_(context) {
  for (const auto& request : requests_)  // a slip in the last list should not show after hours
    for (const auto& value : request.values) with_flag(flags_, request.flag, value).resolve(embedding_, context_);
}

Tuned Tuner::from_text(const std::string& setting) const {
  FitFlags flags = flags_;
  if (!setting.empty())
    for (const auto& part : cut(setting, ';'))
      flags = with_flag(flags, part.substr(0, part.find('=')), part.substr(part.find('=') + 1));
  return {flags.resolve(embedding_, context_), setting};
}

Tuned Tuner::choose(const core::Snapshots& snapshots, double time, const am::Start& start, std::string setting,
                    const std::function<void(const std::string& setting)>& keep) {
  const std::size_t chosen = setting.empty() ? 0 : cut(setting, ';').size();
  for (std::size_t i = chosen; i < requests_.size(); ++i) {
    const TuneRequest& request = requests_[i];
    const std::string before = setting.empty() ? "" : setting + ";";
    std::vector<am::FitOptions> candidates;
    for (const auto& value : request.values)
      candidates.push_back(from_text(before + request.flag + "=" + value).options);
    const auto scores = inner_scores(snapshots, time, start, candidates);
    std::string line;
    for (std::size_t k = 0; k < scores.size(); ++k)
      line += (k == 0 ? "" : ", ") + request.values[k] + " " + core::format_short(scores[k]);
    const auto best = static_cast<std::size_t>(std::min_element(scores.begin(), scores.end()) - scores.begin());
    setting = before + request.flag + "=" + request.values[best];
    const std::string inner = am::list_of_times(am::inner_times(snapshots, candidates.front(), time));
    context_.reporter.info("time " + core::format_number(time) + " from " + am::to_string(start) +
                           ": W1 at inner times (" + inner + ") by " + request.flag + ": " + line + "; " +
                           request.values[best] + " is taken");
    keep(setting);
  }
  return from_text(setting);
}

std::vector<double> Tuner::inner_scores(const core::Snapshots& snapshots, double time, const am::Start& start,
                                        const std::vector<am::FitOptions>& candidates) {
  const auto inner = am::inner_times(snapshots, candidates.front(), time);
  std::vector<double> scores(candidates.size(), 0);
  for (const double held_out : inner) {
    std::vector<am::FitOptions> fits;
    for (const auto& options : candidates) fits.push_back(am::without(am::without(options, time), held_out));
    fit_missing(snapshots, fits);
    std::vector<double> found(candidates.size());
    core::parallel_for(static_cast<Index>(candidates.size()), [&](Index task) {
      const auto k = static_cast<std::size_t>(task);
      found[k] = am::predicted_w1(model(fits[k]), snapshots, held_out, {start}, fits[k].seed);
    });
    for (std::size_t k = 0; k < found.size(); ++k) scores[k] += found[k] / static_cast<double>(inner.size());
  }
  return scores;
}

void Tuner::fit_missing(const core::Snapshots& snapshots, const std::vector<am::FitOptions>& wanted) {
  std::vector<am::FitOptions> missing;
  for (const auto& options : wanted) {
    const bool there = std::any_of(models_.begin(), models_.end(), [&](const auto& m) { return m.first == options; });
    if (!there && std::find(missing.begin(), missing.end(), options) == missing.end()) missing.push_back(options);
  }
  std::mutex mutex;
  am::SeriesHooks hooks;
  hooks.finished = [&](Index k, am::Model model) {
    const std::lock_guard lock(mutex);
    models_.emplace_back(missing[static_cast<std::size_t>(k)], std::move(model));
  };
  am::fit_series(snapshots, missing, hooks, context_.reporter);
}

const am::Model& Tuner::model(const am::FitOptions& options) const {
  for (const auto& [fitted, model] : models_)
    if (fitted == options) return model;
  throw std::logic_error("a setting was not fitted");
}

}  // namespace instar::tools
