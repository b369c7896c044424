#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/snapshots.hpp"

namespace instar::tools {

/// What instar-holdout does and keeps as one piece: the fit of a time and seed, or the baselines of a time.
struct HoldoutPart {
  double time = 0;
  std::optional<std::uint64_t> seed;  ///< absent: baselines
  std::uint64_t baseline_seed = 0;    ///< of their random numbers: the first of the seeds

  std::string name() const;
};

struct PartsRequest {
  std::string times;               ///< a list, or interior
  std::string unit;                ///< of the time column; empty: none
  std::string place;               ///< of the time column, for messages
  std::vector<std::string> seeds;  ///< whole numbers
  std::string shard;               ///< I/N; empty: all
  bool fits = true;
  bool baselines = false;
};

/// @throws UsageError naming the flag
std::uint64_t whole_number(const std::string& flag, const std::string& word);

/// The parts in order: by time as given, fits before baselines; of a shard every N-th.
/// @throws UsageError for times that are not there, seeds and shards that make no sense; DataError where
/// there is nothing to hold out
std::vector<HoldoutPart> holdout_parts(const PartsRequest& request, const core::Snapshots& snapshots,
                                       const std::vector<double>& excluded);

}  // namespace instar::tools
