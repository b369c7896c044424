#pragma once

#include <functional>
#include <vector>

#include "am/objective.hpp"
#include "core/rng.hpp"
#include "nn/mlp.hpp"

namespace instar::am {

/// What one step minimises, in network units.
struct Objective {
  double lambda = 0;
  double share = 1;  ///< factor of every sample, one over the samples of its interval
};

/// The same piece of every step's batch: some strata of one interval. A shard's random numbers depend on its number and
/// the step alone, and its gradient is its own, so that the sum does not depend on who computed what.
class Shard {
 public:
  /// Fills the samples of one step.
  using Draw = std::function<void(core::Rng& rng, PathSamples& samples)>;

  /// @param rows samples that `draw` fills
  Shard(const nn::MlpShape& shape, const Objective& objective, Index rows, Draw draw);

  /// Draws, and computes the loss and its gradient.
  void run(const float* parameters, core::Rng rng);
  /// Draws, and computes the loss alone.
  void look(const float* parameters, core::Rng rng);

  const LossParts& parts() const { return parts_; }
  const std::vector<float>& gradient() const { return gradient_; }
  Index rows() const { return samples_.weight.size(); }

 private:
  Objective objective_;
  Draw draw_;
  nn::Kernel kernel_;
  PathSamples samples_;
  BatchTerms terms_;
  LossParts parts_;
  std::vector<float> gradient_;  ///< [parameters]
};

/// Shards of at most 128 rows that draw `strata` samples from each interval.
std::vector<Shard> make_shards(const nn::MlpShape& shape, Objective objective,
                               const std::vector<IntervalSampler>& samplers, Index strata, double time_factor);

/// Losses of all shards, in their order.
LossParts total(const std::vector<Shard>& shards);

}  // namespace instar::am
