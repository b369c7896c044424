#pragma once

#include "core/types.hpp"

namespace instar::nn {

/// Products with the few columns of the network's input, at which a matrix library is slow (its blocks are wider than
/// the input). Arrays of layers are [rows, stride] as in elementwise.hpp, aligned and padded; arrays of inputs are
/// [rows, inputs], dense; the input layer's weights come transposed and padded, [inputs, stride]. On the calling
/// thread.

/// Widest input for which these are the faster ones.
constexpr Index kNarrow = 16;

/// out = x weights [rows, stride]
void narrow_forward(Index rows, Index stride, Index inputs, const float* x, const float* weights, float* out);

/// out = g weights^T [rows, inputs]
void narrow_gradient(Index rows, Index stride, Index inputs, const float* g, const float* weights, float* out);

/// out = x^T adjoints [inputs, stride]: the transposed gradient of the weights
void narrow_weights(Index rows, Index stride, Index inputs, const float* adjoints, const float* x, float* out);

}  // namespace instar::nn
