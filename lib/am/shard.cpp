#include "am/shard.hpp"

#include <algorithm>

namespace instar::am {
namespace {

/// Rows in a shard of the batch, the unit of work of a step: small enough for the cache, large enough for the products.
constexpr Index kShardRows = 128;

}  // namespace

Shard::Shard(const nn::MlpShape& shape, const Objective& objective, Index rows, Draw draw)
    : objective_(objective),
      draw_(std::move(draw)),
      kernel_(shape, rows),
      samples_(rows, shape.dims),
      terms_(rows, shape.dims),
      gradient_(static_cast<std::size_t>(shape.parameters())) {}

void Shard::look(const float* parameters, core::Rng rng) {
  draw_(rng, samples_);
  const Index n = samples_.inputs.rows();
  const Index inputs = samples_.inputs.cols();
  kernel_.forward(parameters,
                  {{samples_.inputs.data(), n, inputs}, {terms_.value.data(), n}, {terms_.gradient.data(), n, inputs}});
  parts_ = conditional_objective(samples_, objective_.lambda, objective_.share, terms_);
}

void Shard::run(const float* parameters, core::Rng rng) {
  look(parameters, rng);
  std::fill(gradient_.begin(), gradient_.end(), 0.0F);
  kernel_.backward(parameters, terms_.direction, terms_.source, gradient_.data());
}

std::vector<Shard> make_shards(const nn::MlpShape& shape, Objective objective,
                               const std::vector<IntervalSampler>& samplers, Index strata, double time_factor) {
  objective.share = 1 / static_cast<double>(strata);
  std::vector<Shard> shards;
  for (const auto& sampler : samplers) {
    for (Index first = 0; first < strata; first += kShardRows) {
      const Index rows = std::min(kShardRows, strata - first);
      const auto draw = [&sampler, first, strata, time_factor, rows](core::Rng& rng, PathSamples& samples) {
        sampler.draw(rng, first, strata, time_factor, 0, rows, samples);
      };
      shards.emplace_back(shape, objective, rows, draw);
    }
  }
  return shards;
}

LossParts total(const std::vector<Shard>& shards) {
  LossParts sum;
  for (const auto& shard : shards) sum += shard.parts();
  return sum;
}

}  // namespace instar::am
