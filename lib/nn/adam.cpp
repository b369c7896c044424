#include "nn/adam.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "nn/adam_pass.hpp"

namespace instar::nn {
namespace {

/// Parameters of one task. Fixed, so that the order of every sum is.
constexpr Index kChunk = 4096;

}  // namespace

void AdamOptions::validate() const {
  if (!(beta1 >= 0 && beta1 < 1)) throw UsageError("Adam's beta1 must be in [0, 1)");
  if (!(beta2 >= 0 && beta2 < 1)) throw UsageError("Adam's beta2 must be in [0, 1)");
  if (!(epsilon > 0)) throw UsageError("Adam's epsilon must be positive");
  if (!(ema >= 0 && ema < 1)) throw UsageError("the decay of the averaged parameters must be in [0, 1)");
  if (!(clip >= 0)) throw UsageError("the gradient norm to clip at must not be negative");
}

Adam::Adam(std::vector<float> initial)
    : parameters(std::move(initial)),
      average(parameters),
      first_moment(parameters.size(), 0.0F),
      second_moment(parameters.size(), 0.0F) {}

double adam_step(Adam& state, const std::vector<const float*>& shards, double learning_rate,
                 const AdamOptions& options) {
  const auto count = static_cast<Index>(state.parameters.size());
  std::vector<double> sums(static_cast<std::size_t>((count + kChunk - 1) / kChunk));
  core::parallel_chunks(count, kChunk, [&](Index begin, Index end) {
    sums[static_cast<std::size_t>(begin / kChunk)] = squared_norm(shards, begin, end);
  });
  double squares = 0;
  for (const double sum : sums) squares += sum;
  const double norm = std::sqrt(squares);
  if (!std::isfinite(norm)) return norm;

  const auto step = static_cast<double>(++state.steps);
  const double clip = options.clip > 0 && norm > options.clip ? options.clip / norm : 1;
  const double decay = std::min(options.ema, (1 + step) / (10 + step));
  const AdamPass pass{static_cast<float>(clip),
                      static_cast<float>(1 - options.beta1),
                      static_cast<float>(1 - options.beta2),
                      static_cast<float>(learning_rate / (1 - std::pow(options.beta1, step))),
                      static_cast<float>(1 / std::sqrt(1 - std::pow(options.beta2, step))),
                      static_cast<float>(options.epsilon),
                      static_cast<float>(1 - decay)};
  const AdamArrays arrays{state.parameters.data(), state.average.data(), state.first_moment.data(),
                          state.second_moment.data()};
  core::parallel_chunks(count, kChunk, [&](Index begin, Index end) { update(pass, shards, arrays, begin, end); });
  return norm;
}

double cosine_schedule(std::int64_t step, std::int64_t steps, double peak, std::int64_t warmup) {
  if (step < warmup) return peak * static_cast<double>(step + 1) / static_cast<double>(warmup);
  if (step >= steps) return 0;
  const double along = static_cast<double>(step - warmup) / static_cast<double>(steps - warmup);
  return 0.5 * peak * (1 + std::cos(std::numbers::pi * along));
}

}  // namespace instar::nn
