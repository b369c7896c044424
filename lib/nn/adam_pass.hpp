#pragma once

#include <vector>

#include "core/types.hpp"

namespace instar::nn {

/// The vectorised inside of adam_step(), over the parameters [begin, end) of one task. Every parameter's arithmetic is
/// the same wherever it stands, so the bytes do not depend on how a vector is cut.

/// Squared norm of the sum of the shards' gradients, each float sum in the order of the shards.
double squared_norm(const std::vector<const float*>& shards, Index begin, Index end);

/// What one update needs, all bias corrections applied.
struct AdamPass {
  float scale;   ///< of the gradient, for clipping
  float keep1;   ///< 1 - beta1
  float keep2;   ///< 1 - beta2
  float rate;    ///< learning rate / (1 - beta1^n)
  float unbias;  ///< 1 / sqrt(1 - beta2^n)
  float epsilon;
  float follow;  ///< 1 - decay of the average
};

/// The arrays of nn::Adam.
struct AdamArrays {
  float* parameters;
  float* average;
  float* first_moment;
  float* second_moment;
};

/// @returns squared_norm() of what it read
double update(const AdamPass& pass, const std::vector<const float*>& shards, const AdamArrays& state, Index begin,
              Index end);

}  // namespace instar::nn
