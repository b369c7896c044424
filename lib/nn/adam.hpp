#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/types.hpp"

namespace instar::nn {

/// Adam (Kingma, Ba, ICLR 2015) with an exponential moving average of the parameters, fused in one pass.
struct AdamOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double ema = 0.995;  ///< decay of the averaged parameters; 0 switches averaging off
  double clip = 0;     ///< largest gradient norm; 0: no clipping
  void validate() const;
};

/// Optimiser state; plain data, so that a checkpoint can hold it.
struct Adam {
  std::vector<float> parameters;
  std::vector<float> average;  ///< the EMA, what predictions use
  std::vector<float> first_moment;
  std::vector<float> second_moment;
  std::int64_t steps = 0;

  explicit Adam(std::vector<float> initial);
};

/// One step with this learning rate. `shards` partial gradients are summed in their order (same bytes for any number of
/// threads). The EMA is bias-free from the start: its decay at step n is min(ema, (1 + n) / (10 + n)).
/// @param pieces the vector cut into tasks, [n + 1] ascending from 0 (Weights::pieces()); empty: pieces of its own. The
/// returned norm depends on them in its last digits, the parameters do not unless it clips
/// @param after called with the number of each piece, on the thread that has just updated it
/// @returns norm of the summed gradient, before clipping. Where it is NaN or Inf the state is of no more use: spoiled,
/// or with clipping as it was
double adam_step(Adam& state, const std::vector<const float*>& shards, double learning_rate, const AdamOptions& options,
                 const std::vector<Index>& pieces = {}, const std::function<void(Index)>& after = {});

/// Learning rate at a step: linear warm-up, then cosine from `peak` to 0 at `steps`.
double cosine_schedule(std::int64_t step, std::int64_t steps, double peak, std::int64_t warmup = 0);

}  // namespace instar::nn
