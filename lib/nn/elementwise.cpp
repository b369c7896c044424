#include "nn/elementwise.hpp"

#include <cmath>

namespace instar::nn {
namespace {

struct Silu {
  float value, slope, curve;
};

Silu silu(float z) {
  const float s = 1 / (1 + std::exp(-z));
  return {z * s, s * (1 + z * (1 - s)), s * (1 - s) * (2 + z * (1 - 2 * s))};
}

}  // namespace

void activate(Index rows, Index stride, const float* bias, float* z_to_a, float* slope, float* curve) {
  for (Index i = 0; i < rows * stride; ++i) {
    const Silu y = silu(z_to_a[i] + bias[i % stride]);
    z_to_a[i] = y.value, slope[i] = y.slope, curve[i] = y.curve;
  }
}

void activate_last(Index rows, Index stride, const float* bias, const float* weights, float output_bias, float* z_to_a,
                   float* slope, float* curve, float* g, float* value) {
  activate(rows, stride, bias, z_to_a, slope, curve);
  for (Index i = 0; i < rows; ++i) {
    float sum = 0;
    for (Index j = 0; j < stride; ++j) {
      const Index at = i * stride + j;
      sum += z_to_a[at] * weights[j];
      g[at] = slope[at] * weights[j];
      curve[at] *= weights[j];
    }
    value[i] = sum + output_bias;
  }
}

void gate(Index rows, Index stride, const float* slope, float* h_to_g, float* curve) {
  for (Index i = 0; i < rows * stride; ++i) {
    curve[i] *= h_to_g[i];
    h_to_g[i] *= slope[i];
  }
}

void tangent(Index rows, Index stride, const float* slope, float* zdot_to_adot, float* curve) {
  gate(rows, stride, slope, zdot_to_adot, curve);
}

void turn_last(Index rows, Index stride, const float* weights, const float* source, const float* slope, const float* a,
               const float* zdot, const float* curve, float* bar, float* bias_gradient, float* weights_gradient) {
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < stride; ++j) {
      const Index at = i * stride + j;
      bar[at] = slope[at] * source[i] * weights[j] + curve[at] * zdot[at];
      bias_gradient[j] += bar[at];
      weights_gradient[j] += source[i] * a[at] + slope[at] * zdot[at];
    }
  }
}

void reverse(Index rows, Index stride, const float* slope, const float* curve, float* bar, float* bias_gradient) {
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < stride; ++j) {
      const Index at = i * stride + j;
      bar[at] = slope[at] * bar[at] + curve[at];
      bias_gradient[j] += bar[at];
    }
  }
}

std::string elementwise_description() { return "scalar"; }

}  // namespace instar::nn
