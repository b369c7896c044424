#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "am/objective.hpp"
#include "core/rng.hpp"
#include "nn/weights.hpp"

namespace instar::am {

/// What one step minimises, in network units.
struct Objective {
  bool action = false;  ///< the action itself; else its conditional form
  double lambda = 0;
  double sigma = 0;        ///< of the noise
  double smoothness = 0;   ///< mu
  double time_factor = 1;  ///< the network's time input over time
  double middle_time = 0;  ///< of the course; smoothness looks from both sides towards it
};

/// What samples are drawn from. Not to be copied or moved: its parts point at each other.
class SampleSources {
 public:
  SampleSources(const SampleSources&) = delete;
  SampleSources& operator=(const SampleSources&) = delete;
  ~SampleSources() = default;
  /// @param slices for the path `snapshots`, instead of intervals
  SampleSources(std::vector<Interval> intervals, std::vector<Slice> slices);
  const std::vector<IntervalSampler>& intervals() const { return intervals_; }
  const std::optional<SnapshotSampler>& snapshots() const { return snapshots_; }
  const End& first() const { return first_; }
  const End& last() const { return last_; }

 private:
  std::vector<IntervalSampler> intervals_;
  std::optional<SnapshotSampler> snapshots_;
  End first_, last_;  ///< of what the samplers hold: the cells may fill most of the memory
};

/// The same piece of every step's batch: some strata of one interval. A shard's random numbers depend on its number and
/// the step alone, and its gradient is its own, so that the sum does not depend on who computed what.
class Shard {
 public:
  enum class Part { interior, boundary };
  /// Fills the samples of one step. `offset` in (0, 1) begins a sequence of times of low discrepancy.
  using Draw = std::function<void(core::Rng& rng, double offset, PathSamples& samples)>;

  /// @param share factor of every sample, one over the samples of its interval; @param rows samples that `draw` fills
  Shard(const nn::MlpShape& shape, const Objective& objective, Part part, double share, Index rows, Draw draw);

  /// Draws, and computes the loss and its gradient.
  void run(const nn::Weights& weights, core::Rng rng, double offset);
  /// Draws, and computes the loss alone.
  void look(const nn::Weights& weights, core::Rng rng, double offset);

  const LossParts& parts() const { return parts_; }
  const std::vector<float>& gradient() const { return gradient_; }
  Index rows() const { return samples_.weight.size(); }

 private:
  void place_neighbours();

  Objective objective_;
  Part part_;
  double share_;
  Draw draw_;
  Index laplacian_row_;   ///< where the network stands beside the samples; 0: nowhere
  Index smoothness_row_;  ///< where it stands before or after them; 0: nowhere
  Index evaluated_;       ///< rows in all
  nn::Kernel kernel_;
  PathSamples samples_;
  MatrixF inputs_;  ///< [evaluated, 1 + d] the samples and their neighbours; empty where there are none
  BatchTerms terms_;
  LossParts parts_;
  std::vector<float> gradient_;  ///< [parameters]
};

/// Shards of at most 128 samples: `strata` samples of each interval (of the whole course for `snapshots`), and as many
/// of either end for the action.
/// @param sources must outlive the shards
std::vector<Shard> make_shards(const nn::MlpShape& shape, const Objective& objective, const SampleSources& sources,
                               Index strata);

/// Losses of all shards, in their order.
LossParts total(const std::vector<Shard>& shards);

}  // namespace instar::am
