#include <algorithm>
#include <stdexcept>

#include "core/error.hpp"
#include "nn/buffer.hpp"
#include "nn/elementwise.hpp"
#include "nn/gemm.hpp"
#include "nn/mlp.hpp"
#include "nn/narrow.hpp"
#include "nn/product.hpp"
#include "nn/weights.hpp"

namespace instar::nn {
namespace {

/// What one hidden layer keeps between forward and backward, each [batch, stride]. The two stacks hold a second matrix
/// right below the first, so that both terms of the weight gradient are one product of doubled depth.
struct Layer {
  Layer(Index max_batch, Index stride)
      : activations(2 * max_batch * stride),
        adjoints(2 * max_batch * stride),
        slope(max_batch * stride),
        curve(max_batch * stride),
        bias_gradient(stride) {}
  Buffer activations;  ///< A over Adot
  Buffer adjoints;     ///< barZ over G
  Buffer slope;        ///< silu'(Z)
  Buffer curve;        ///< silu''(Z), times h after the backward pass, times zdot after the tangent pass
  Buffer bias_gradient;
};

}  // namespace

struct Kernel::Impl {
  Impl(const MlpShape& network, Index rows)
      : shape(network),
        max_batch(rows),
        stride(layer_stride(network.width)),
        inputs(2 * rows * network.inputs()),
        output_gradient(stride),
        input_gradient(is_narrow() ? network.inputs() * stride : 0),
        padded_gradient(network.width % kLane == 0 ? 0 : network.width * stride) {
    for (Index l = 0; l < shape.depth; ++l) layers.emplace_back(rows, stride);
  }

  void forward(const Weights& weights, float* value);
  void input_gradients(const Weights& weights, float* gradient);
  void tangents(const Weights& weights, const MatrixF& direction);
  void turn(bool value_only, const Weights& weights, const VectorF& source);
  void backward(bool value_only, const Weights& weights, const VectorF& source, float* gradient);
  void weights_gradient(Index l, Index rows, float* gradient);
  void input_layer_gradient(Index rows, float* gradient);

  void clear(float* gradient) const { std::fill_n(gradient, shape.parameters(), 0.0F); }
  bool is_narrow() const { return shape.inputs() <= kNarrow; }
  Layer& layer(Index l) { return layers[static_cast<std::size_t>(l)]; }
  /// The matrix that enters hidden layer l (X over the direction, or A over Adot of the layer before) and its stride.
  const Buffer& below(Index l) const { return l == 0 ? inputs : layers[static_cast<std::size_t>(l - 1)].activations; }
  Index below_stride(Index l) const { return l == 0 ? shape.inputs() : stride; }
  /// rows of `below(l)` starting at `first`, times the layer's weights transposed
  void multiply(const Weights& weights, Index l, Index first, float* out) const {
    const float* const in = below(l).get() + first * below_stride(l);
    if (l > 0) {
      nn::multiply(batch, shape.width, shape.width, in, stride, weights.forward(l), out, stride);
    } else if (is_narrow()) {
      narrow_forward(batch, stride, shape.inputs(), in, weights.input(), out);
    } else {
      gemm(Use::kPlain, Use::kTransposed, batch, shape.width, shape.inputs(), in, shape.inputs(), weights.input(),
           shape.inputs(), 0, out, stride);
    }
  }
  /// out = adjoints times the weights of hidden layer l > 0
  void multiply_back(const Weights& weights, Index l, const float* adjoints, float* out) const {
    nn::multiply(batch, shape.width, shape.width, adjoints, stride, weights.backward(l), out, stride);
  }

  MlpShape shape;
  Index max_batch;
  Index stride;
  Index batch = 0;  ///< of the last forward()
  std::vector<Layer> layers;
  Buffer inputs;  ///< X over the direction, [batch, 1 + d]
  Buffer output_gradient;
  Buffer input_gradient;   ///< transposed, [1 + d, stride]; of narrow inputs
  Buffer padded_gradient;  ///< [width, stride] of a layer whose rows do not fill whole lanes
};

void Kernel::Impl::forward(const Weights& weights, float* value) {
  const Index last = shape.depth - 1;
  for (Index l = 0; l <= last; ++l) {
    Layer& at = layer(l);
    float* const z = at.activations.get();
    multiply(weights, l, 0, z);
    if (l < last) {
      activate(batch, stride, weights.bias(l), z, at.slope.get(), at.curve.get());
    } else {
      activate_last(batch, stride, weights.bias(l), weights.output(), weights.output_bias(), z, at.slope.get(),
                    at.curve.get(), at.adjoints.get() + batch * stride, value);
    }
  }
}

void Kernel::Impl::input_gradients(const Weights& weights, float* gradient) {
  const Index second = batch * stride;
  for (Index l = shape.depth - 1; l > 0; --l) {
    const Layer& under = layer(l - 1);
    multiply_back(weights, l, layer(l).adjoints.get() + second, under.adjoints.get() + second);
    gate(batch, stride, under.slope.get(), under.adjoints.get() + second, under.curve.get());
  }
  const float* const g = layer(0).adjoints.get() + second;
  if (is_narrow()) {
    narrow_gradient(batch, stride, shape.inputs(), g, weights.input(), gradient);
  } else {
    gemm(Use::kPlain, Use::kPlain, batch, shape.inputs(), shape.width, g, stride, weights.input(), shape.inputs(), 0,
         gradient, shape.inputs());
  }
}

void Kernel::Impl::tangents(const Weights& weights, const MatrixF& direction) {
  std::copy_n(direction.data(), batch * shape.inputs(), inputs.get() + batch * shape.inputs());
  for (Index l = 0; l < shape.depth; ++l) {
    Layer& at = layer(l);
    float* const zdot = at.activations.get() + batch * stride;
    multiply(weights, l, batch, zdot);
    if (l + 1 < shape.depth) tangent(batch, stride, at.slope.get(), zdot, at.curve.get());
  }
}

/// The last hidden layer's adjoint of the value, where the tangent turns.
void Kernel::Impl::turn(bool value_only, const Weights& weights, const VectorF& source) {
  for (Index l = 0; l < shape.depth; ++l) std::fill_n(layer(l).bias_gradient.get(), stride, 0.0F);
  std::fill_n(output_gradient.get(), stride, 0.0F);
  const Layer& top = layer(shape.depth - 1);
  if (value_only) {
    turn_value(batch, stride, weights.output(), source.data(), top.slope.get(), top.activations.get(),
               top.adjoints.get(), top.bias_gradient.get(), output_gradient.get());
  } else {
    turn_last(batch, stride, weights.output(), source.data(), top.slope.get(), top.activations.get(),
              top.activations.get() + batch * stride, top.curve.get(), top.adjoints.get(), top.bias_gradient.get(),
              output_gradient.get());
  }
}

void Kernel::Impl::backward(bool value_only, const Weights& weights, const VectorF& source, float* gradient) {
  turn(value_only, weights, source);
  // barZ' A + G' Adot in one product; of the value alone the first term.
  const Index rows = value_only ? batch : 2 * batch;
  std::copy_n(output_gradient.get(), shape.width, gradient + shape.weight_offset(shape.depth));
  gradient[shape.bias_offset(shape.depth)] = source.sum();
  for (Index l = shape.depth - 1; l >= 0; --l) {
    const Layer& at = layer(l);
    std::copy_n(at.bias_gradient.get(), shape.width, gradient + shape.bias_offset(l));
    if (l == 0) break;
    weights_gradient(l, rows, gradient + shape.weight_offset(l));
    const Layer& under = layer(l - 1);
    float* const bar = under.adjoints.get();
    multiply_back(weights, l, at.adjoints.get(), bar);
    if (value_only) {
      reverse_value(batch, stride, under.slope.get(), bar, under.bias_gradient.get());
    } else {
      reverse(batch, stride, under.slope.get(), under.curve.get(), bar, under.bias_gradient.get());
    }
  }
  input_layer_gradient(rows, gradient + shape.weight_offset(0));
}

/// Of hidden layer l > 0.
void Kernel::Impl::weights_gradient(Index l, Index rows, float* gradient) {
  const Index width = shape.width;
  const bool whole = width % kLane == 0;
  multiply_transposed(rows, width, width, layer(l).adjoints.get(), stride, below(l).get(), stride,
                      whole ? gradient : padded_gradient.get(), whole ? width : stride);
  for (Index i = 0; !whole && i < width; ++i)
    std::copy_n(padded_gradient.get() + i * stride, width, gradient + i * width);
}

void Kernel::Impl::input_layer_gradient(Index rows, float* gradient) {
  const float* const adjoints = layer(0).adjoints.get();
  if (!is_narrow()) {
    gemm(Use::kTransposed, Use::kPlain, shape.width, shape.inputs(), rows, adjoints, stride, inputs.get(),
         shape.inputs(), 0, gradient, shape.inputs());
    return;
  }
  narrow_weights(rows, stride, shape.inputs(), adjoints, inputs.get(), input_gradient.get());
  for (Index k = 0; k < shape.inputs(); ++k)
    for (Index j = 0; j < shape.width; ++j) gradient[j * shape.inputs() + k] = input_gradient.get()[k * stride + j];
}

Kernel::Kernel(const MlpShape& shape, Index max_batch) {
  shape.validate();
  if (max_batch < 1) throw UsageError("a network kernel needs room for at least one row");
  impl_ = std::make_unique<Impl>(shape, max_batch);
}

Kernel::~Kernel() = default;
Kernel::Kernel(Kernel&&) noexcept = default;
Kernel& Kernel::operator=(Kernel&&) noexcept = default;

void Kernel::forward(const Weights& weights, const Evaluation& batch) {
  Eigen::Map<VectorF> value = batch.value;
  Eigen::Map<MatrixF> gradient = batch.gradient;
  forward_value(weights, batch.inputs, value);
  if (impl_->batch == 0) return;
  const SingleThread scope;
  impl_->input_gradients(weights, gradient.data());
}

void Kernel::forward_value(const Weights& weights, const Eigen::Map<const MatrixF>& inputs, Eigen::Map<VectorF> value) {
  if (inputs.rows() > impl_->max_batch) throw std::invalid_argument("batch larger than the kernel was made for");
  impl_->batch = inputs.rows();
  if (impl_->batch == 0) return;
  const SingleThread scope;
  std::copy_n(inputs.data(), inputs.size(), impl_->inputs.get());
  impl_->forward(weights, value.data());
}

void Kernel::backward(const Weights& weights, const MatrixF& direction, const VectorF& source, float* gradient) {
  if (direction.rows() != impl_->batch) throw std::invalid_argument("backward() needs the batch of the last forward()");
  if (impl_->batch == 0) return impl_->clear(gradient);
  const SingleThread scope;
  impl_->tangents(weights, direction);
  impl_->backward(false, weights, source, gradient);
}

void Kernel::backward_value(const Weights& weights, const VectorF& source, float* gradient) {
  if (source.size() != impl_->batch)
    throw std::invalid_argument("backward_value() needs the batch of the last forward_value()");
  if (impl_->batch == 0) return impl_->clear(gradient);
  const SingleThread scope;
  impl_->backward(true, weights, source, gradient);
}

std::string kernel_description() { return gemm_description() + "; elementwise " + elementwise_description(); }

}  // namespace instar::nn
