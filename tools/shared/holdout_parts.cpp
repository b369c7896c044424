#include "shared/holdout_parts.hpp"

#include <algorithm>

#include "am/holdout.hpp"
#include "core/error.hpp"
#include "core/snapshots.hpp"
#include "core/time_label.hpp"

namespace instar::tools {
namespace {

std::vector<HoldoutPart> shard_of(const std::vector<HoldoutPart>& parts, const std::string& shard) {
  const auto slash = shard.find('/');
  const std::uint64_t index = whole_number("--shard", shard.substr(0, slash));
  const std::uint64_t shards = slash == std::string::npos ? 0 : whole_number("--shard", shard.substr(slash + 1));
  if (index < 1 || index > shards) throw UsageError("--shard: expected I/N with I from 1 to N, found '" + shard + "'");
  std::vector<HoldoutPart> mine;
  for (std::size_t k = index - 1; k < parts.size(); k += shards) mine.push_back(parts[k]);
  return mine;
}

}  // namespace

std::string HoldoutPart::name() const {
  return "time " + core::format_number(time) +
         (seed ? ", seed " + std::to_string(*seed) : ", baselines of seed " + std::to_string(baseline_seed));
}

std::uint64_t whole_number(const std::string& flag, const std::string& word) {
  if (word.empty() || word.find_first_not_of("0123456789") != std::string::npos || word.size() > 18)
    throw UsageError(flag + ": expected whole numbers, found '" + word + "'");
  return std::stoull(word);
}

std::vector<HoldoutPart> holdout_parts(const PartsRequest& request, const core::Snapshots& snapshots,
                                       const std::vector<double>& excluded) {
  const std::vector<double> times =
      request.times == "interior"
          ? am::interior_times(snapshots, excluded)
          : core::times_in_unit("--times", core::parse_time_list(request.times), request.unit, request.place);
  if (times.empty()) {
    const std::vector<double> left = am::training_times(snapshots, excluded);
    throw DataError({"", "times"},
                    "no time has neighbours on both sides, so none can be held out: at least three times are needed, "
                    "found " +
                        std::to_string(left.size()) + (left.empty() ? "" : " (" + am::list_of_times(left) + ")"));
  }
  // What is named twice is one: the same fit would count twice in the means.
  std::vector<std::uint64_t> seeds;
  for (const auto& word : request.seeds) {
    const std::uint64_t seed = whole_number("--seeds", word);
    if (std::find(seeds.begin(), seeds.end(), seed) == seeds.end()) seeds.push_back(seed);
  }
  std::vector<double> once;
  for (const double time : times)
    if (core::find_time(once, time) < 0) once.push_back(time);
  std::vector<HoldoutPart> parts;
  const std::uint64_t first_seed = seeds.front();
  for (const double time : once) {
    if (request.fits)
      for (const std::uint64_t seed : seeds) parts.push_back({time, seed, first_seed});
    if (request.baselines) parts.push_back({time, std::nullopt, first_seed});
  }
  return request.shard.empty() ? parts : shard_of(parts, request.shard);
}

}  // namespace instar::tools
