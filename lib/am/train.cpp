#include <cmath>
#include <memory>

#include "am/fit.hpp"
#include "am/objective.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/time_label.hpp"
#include "nn/adam.hpp"

namespace instar::am {
namespace {

constexpr std::uint32_t kSampleStream = 0x5a3;
/// Rows in a shard of the batch, the unit of work of a step: small enough for the cache, large enough for the products.
constexpr Index kShardRows = 128;

/// The same piece of every step's batch: some strata of one interval. A shard's random numbers depend on its number and
/// the step alone, and its gradient is its own, so that the sum does not depend on who computed what.
struct Shard {
  const IntervalSampler* sampler;
  Index first_stratum;
  Index rows;
  nn::Kernel kernel;
  PathSamples samples;
  BatchTerms terms;
  std::vector<float> parameter_gradient;
  double loss = 0;
};

Shard make_shard(const nn::MlpShape& shape, const IntervalSampler& sampler, Index first_stratum, Index rows) {
  const Index d = shape.dims;
  return {&sampler,
          first_stratum,
          rows,
          nn::Kernel(shape, rows),
          {MatrixF(rows, d + 1), MatrixF(rows, d), VectorF(rows), VectorF(rows)},
          {VectorF(rows), MatrixF(rows, d + 1), MatrixF(rows, d + 1), VectorF(rows)},
          std::vector<float>(static_cast<std::size_t>(shape.parameters())),
          0};
}

void run_shard(Shard& shard, const float* parameters, double lambda, double time_factor, Index strata, core::Rng rng) {
  shard.sampler->draw(rng, shard.first_stratum, strata, time_factor, 0, shard.rows, shard.samples);
  const Index inputs = shard.samples.inputs.cols();
  shard.kernel.forward(parameters, {{shard.samples.inputs.data(), shard.rows, inputs},
                                    {shard.terms.value.data(), shard.rows},
                                    {shard.terms.gradient.data(), shard.rows, inputs}});
  shard.loss = conditional_objective(shard.samples, lambda, 1 / static_cast<double>(strata), shard.terms);
  std::fill(shard.parameter_gradient.begin(), shard.parameter_gradient.end(), 0.0F);
  shard.kernel.backward(parameters, shard.terms.direction, shard.terms.source, shard.parameter_gradient.data());
}

}  // namespace

FitResult train(FitProblem problem, const FitOptions& options, core::Reporter& reporter) {
  Model& model = problem.model;
  std::vector<IntervalSampler> samplers;
  samplers.reserve(problem.intervals.size());
  for (auto& interval : problem.intervals) samplers.emplace_back(std::move(interval));
  std::vector<Shard> shards;
  for (const auto& sampler : samplers)
    for (Index first = 0; first < options.batch; first += kShardRows)
      shards.push_back(make_shard(model.shape, sampler, first, std::min(kShardRows, options.batch - first)));
  std::vector<const float*> gradients;
  for (const auto& shard : shards) gradients.push_back(shard.parameter_gradient.data());

  nn::Adam adam(nn::initial_parameters(model.shape, options.seed));
  nn::AdamOptions adam_options;
  adam_options.ema = options.ema;
  adam_options.clip = options.clip;
  const double lambda = model.lambda();
  const double time_factor = model.time_scale * model.time_unit / (model.times.back() - model.times.front());
  const auto shard_count = static_cast<Index>(shards.size());

  double late_loss = 0;
  const std::int64_t late_steps = std::max<std::int64_t>(1, options.steps / 10);
  for (std::int64_t step = 0; step < options.steps; ++step) {
    core::parallel_for(shard_count, [&](Index s) {
      const auto substream =
          static_cast<std::uint64_t>(step) * static_cast<std::uint64_t>(shard_count) + static_cast<std::uint64_t>(s);
      run_shard(shards[static_cast<std::size_t>(s)], adam.parameters.data(), lambda, time_factor, options.batch,
                core::Rng(options.seed, kSampleStream, substream));
    });
    double loss = 0;
    for (const auto& shard : shards) loss += shard.loss;
    const double norm =
        nn::adam_step(adam, gradients, nn::cosine_schedule(step, options.steps, options.learning_rate), adam_options);
    if (!std::isfinite(loss) || !std::isfinite(norm))
      throw NumericError("training",
                         std::string(std::isfinite(loss) ? "gradient" : "loss") + " is no longer finite at step " +
                             std::to_string(step),
                         "lower --learning-rate or set --clip 1");
    if (step >= options.steps - late_steps) late_loss += loss / static_cast<double>(late_steps);
    reporter.progress("training", static_cast<double>(step + 1), static_cast<double>(options.steps),
                      "loss " + core::format_short(loss));
  }
  model.parameters = options.ema > 0 ? std::move(adam.average) : std::move(adam.parameters);
  return {std::move(model), late_loss};
}

}  // namespace instar::am
