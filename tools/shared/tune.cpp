#include "shared/tune.hpp"

#include <algorithm>
#include <limits>

#include "am/holdout.hpp"
#include "core/error.hpp"
#include "core/format.hpp"

namespace instar::tools {
namespace {

/// Flags that choose cells, coordinates or their units: scores under two values would not measure the same.
const std::vector<std::string> kNotTuned = {
    "time-key", "basis", "dims", "scale", "scale-with-all", "exclude-times", "drop-missing-times"};

}  // namespace

TuneRequest parse_tune(const std::string& text) {
  if (text.empty()) return {};
  const auto equals = text.find('=');
  TuneRequest request;
  request.flag = text.substr(0, equals);
  if (request.flag.starts_with("--")) request.flag.erase(0, 2);
  if (equals == std::string::npos || request.flag.empty())
    throw UsageError("--tune: expected NAME=V1,V2,..., for instance growth-scale=1,2,4, found '" + text + "'");
  for (std::size_t begin = equals + 1; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    request.values.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  if (std::find(kNotTuned.begin(), kNotTuned.end(), request.flag) != kNotTuned.end())
    throw UsageError("--tune: --" + request.flag + " changes what is compared, so scores cannot choose it");
  return request;
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

Tuned choose_options(const FitFlags& flags, const TuneRequest& request, const Embedding& embedding,
                     const core::Snapshots& snapshots, double time, const am::Start& start,
                     const cli::Context& context) {
  if (request.flag.empty()) return {flags.resolve(embedding, context), ""};
  Tuned best;
  double least = std::numeric_limits<double>::infinity();
  for (const auto& value : request.values) {
    const am::FitOptions options = with_flag(flags, request.flag, value).resolve(embedding, context);
    const double w1 = am::inner_score(snapshots, options, time, start, core::silent());
    const std::string setting = request.flag + "=" + value;
    context.reporter.info("time " + core::format_number(time) + " held out: " + setting + " gives W1 " +
                          core::format_short(w1) + " on the inner times");
    if (w1 >= least) continue;
    least = w1;
    best = {options, setting};
  }
  return best;
}

}  // namespace instar::tools
