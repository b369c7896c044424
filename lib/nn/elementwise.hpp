#pragma once

#include <string>

#include "core/types.hpp"

namespace instar::nn {

/// The elementwise half of the training kernel: one fused pass over a layer's rows for each direction of method.md,
/// section 5. Every array is [rows, stride] with stride a multiple of kLane and 64-byte aligned; columns beyond the
/// layer's width hold zeros in weights, biases and products, and stay harmless. Runs on the calling thread, with the
/// best instruction set of the processor; instruction sets agree to a few float ulp per operation.
constexpr Index kLane = 16;

/// Forward through a hidden layer: z := z + bias, then a = silu(z) in its place, slope = silu'(z), curve = silu''(z).
void activate(Index rows, Index stride, const float* bias, float* z_to_a, float* slope, float* curve);

/// What forward leaves of the last hidden layer: besides activate's, the network's value and the start of the backward
/// pass, whose incoming gradient is the output layer's weights: g = slope * weights, curve := curve * weights.
/// @param value [rows] a . weights + output_bias
void activate_last(Index rows, Index stride, const float* bias, const float* weights, float output_bias, float* z_to_a,
                   float* slope, float* curve, float* g, float* value);

/// activate() and activate_last() where no tangent follows, so that no curve is wanted: z is left as a, or as g.
void activate_only(Index rows, Index stride, const float* bias, float* z_to_a, float* slope);
void activate_last_only(Index rows, Index stride, const float* bias, const float* weights, float output_bias,
                        float* z_to_g, float* value);

/// Backward for the input gradient: with h the gradient with respect to a layer's activation, g = slope * h in its
/// place, curve := curve * h.
void gate(Index rows, Index stride, const float* slope, float* h_to_g, float* curve);
void gate_only(Index rows, Index stride, const float* slope, float* h_to_g);

/// Tangent: adot = slope * zdot in place of zdot, curve := curve * zdot.
void tangent(Index rows, Index stride, const float* slope, float* zdot_to_adot, float* curve);

/// Tangent and reverse of the last hidden layer in one: bar = slope * source * weights + curve * zdot,
/// bias_gradient += bar, weights_gradient += source * a + slope * zdot (both [stride], sums over rows).
void turn_last(Index rows, Index stride, const float* weights, const float* source, const float* slope, const float* a,
               const float* zdot, const float* curve, float* bar, float* bias_gradient, float* weights_gradient);

/// Reverse: bar_z = slope * bar_a + curve in place of bar_a, bias_gradient += bar_z [stride].
void reverse(Index rows, Index stride, const float* slope, const float* curve, float* bar, float* bias_gradient);

/// turn_last() and reverse() where nothing but the value counts: no tangent, so no curve.
void turn_value(Index rows, Index stride, const float* weights, const float* source, const float* slope, const float* a,
                float* bar, float* bias_gradient, float* weights_gradient);
void reverse_value(Index rows, Index stride, const float* slope, float* bar, float* bias_gradient);

/// Name of the instruction set in use.
std::string elementwise_description();

}  // namespace instar::nn
