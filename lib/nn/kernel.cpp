#include <algorithm>
#include <hwy/aligned_allocator.h>
#include <stdexcept>

#include "core/error.hpp"
#include "nn/elementwise.hpp"
#include "nn/gemm.hpp"
#include "nn/mlp.hpp"
#include "nn/narrow.hpp"

namespace instar::nn {
namespace {

Index round_up(Index count) { return (count + kLane - 1) / kLane * kLane; }

/// Zeroed, aligned floats, [rows, stride].
class Buffer {
 public:
  explicit Buffer(Index count)
      : floats_(hwy::AllocateAligned<float>(static_cast<std::size_t>(std::max(count, Index{1})))) {
    if (!floats_) throw std::bad_alloc();
    std::fill_n(floats_.get(), count, 0.0F);
  }
  float* get() const { return floats_.get(); }

 private:
  hwy::AlignedFreeUniquePtr<float[]> floats_;
};

/// What one hidden layer keeps between forward and backward, each [batch, stride]. The two stacks hold a second matrix
/// right below the first, so that both terms of the weight gradient are one product of doubled depth.
struct Layer {
  Layer(Index max_batch, Index stride)
      : activations(2 * max_batch * stride),
        adjoints(2 * max_batch * stride),
        slope(max_batch * stride),
        curve(max_batch * stride),
        bias(stride),
        bias_gradient(stride) {}
  Buffer activations;  ///< A over Adot
  Buffer adjoints;     ///< barZ over G
  Buffer slope;        ///< silu'(Z)
  Buffer curve;        ///< silu''(Z), times h after the backward pass, times zdot after the tangent pass
  Buffer bias;         ///< padded copy
  Buffer bias_gradient;
};

}  // namespace

struct Kernel::Impl {
  Impl(const MlpShape& network, Index rows)
      : shape(network),
        max_batch(rows),
        stride(round_up(network.width)),
        inputs(2 * rows * network.inputs()),
        output_weights(stride),
        output_gradient(stride),
        input_weights(is_narrow() ? network.inputs() * stride : 0),
        input_gradient(is_narrow() ? network.inputs() * stride : 0) {
    for (Index l = 0; l < shape.depth; ++l) layers.emplace_back(rows, stride);
  }

  void begin(const float* parameters, const Eigen::Map<const MatrixF>& x);
  void forward(const float* parameters, float* value);
  void input_gradients(const float* parameters, float* gradient);
  void tangents(const float* parameters, const MatrixF& direction);
  void turn(bool value_only, const VectorF& source);
  void backward(bool value_only, const float* parameters, const VectorF& source, float* gradient);
  void input_layer_gradient(Index rows, float* gradient);

  void clear(float* gradient) const { std::fill_n(gradient, shape.parameters(), 0.0F); }
  bool is_narrow() const { return shape.inputs() <= kNarrow; }
  Layer& layer(Index l) { return layers[static_cast<std::size_t>(l)]; }
  /// The matrix that enters hidden layer l (X over the direction, or A over Adot of the layer before) and its stride.
  const Buffer& below(Index l) const { return l == 0 ? inputs : layers[static_cast<std::size_t>(l - 1)].activations; }
  Index below_stride(Index l) const { return l == 0 ? shape.inputs() : stride; }
  /// rows of `below(l)` starting at `first`, times the layer's weights transposed
  void multiply(const float* parameters, Index l, Index first, float* out) const {
    const float* const in = below(l).get() + first * below_stride(l);
    if (l == 0 && is_narrow()) {
      narrow_forward(batch, stride, shape.inputs(), in, input_weights.get(), out);
      return;
    }
    gemm(Use::kPlain, Use::kTransposed, batch, shape.width, shape.layer_inputs(l), in, below_stride(l),
         parameters + shape.weight_offset(l), shape.layer_inputs(l), 0, out, stride);
  }
  /// out = adjoints times the weights of hidden layer l > 0
  void multiply_back(const float* parameters, Index l, const float* adjoints, float* out) const {
    gemm(Use::kPlain, Use::kPlain, batch, shape.width, shape.width, adjoints, stride,
         parameters + shape.weight_offset(l), shape.width, 0, out, stride);
  }

  MlpShape shape;
  Index max_batch;
  Index stride;
  Index batch = 0;  ///< of the last forward()
  std::vector<Layer> layers;
  Buffer inputs;  ///< X over the direction, [batch, 1 + d]
  Buffer output_weights;
  Buffer output_gradient;
  Buffer input_weights;   ///< transposed, [1 + d, stride]; of narrow inputs
  Buffer input_gradient;  ///< the same
};

/// Takes in what the passes need of the batch and, padded, of the parameters.
void Kernel::Impl::begin(const float* parameters, const Eigen::Map<const MatrixF>& x) {
  std::copy_n(x.data(), batch * shape.inputs(), inputs.get());
  std::copy_n(parameters + shape.weight_offset(shape.depth), shape.width, output_weights.get());
  for (Index l = 0; l < shape.depth; ++l)
    std::copy_n(parameters + shape.bias_offset(l), shape.width, layer(l).bias.get());
  if (!is_narrow()) return;
  const float* const weights = parameters + shape.weight_offset(0);
  for (Index k = 0; k < shape.inputs(); ++k)
    for (Index j = 0; j < shape.width; ++j) input_weights.get()[k * stride + j] = weights[j * shape.inputs() + k];
}

void Kernel::Impl::forward(const float* parameters, float* value) {
  const Index last = shape.depth - 1;
  for (Index l = 0; l <= last; ++l) {
    Layer& at = layer(l);
    float* const z = at.activations.get();
    multiply(parameters, l, 0, z);
    if (l < last) {
      activate(batch, stride, at.bias.get(), z, at.slope.get(), at.curve.get());
    } else {
      activate_last(batch, stride, at.bias.get(), output_weights.get(), parameters[shape.bias_offset(shape.depth)], z,
                    at.slope.get(), at.curve.get(), at.adjoints.get() + batch * stride, value);
    }
  }
}

void Kernel::Impl::input_gradients(const float* parameters, float* gradient) {
  const Index second = batch * stride;
  for (Index l = shape.depth - 1; l > 0; --l) {
    const Layer& under = layer(l - 1);
    multiply_back(parameters, l, layer(l).adjoints.get() + second, under.adjoints.get() + second);
    gate(batch, stride, under.slope.get(), under.adjoints.get() + second, under.curve.get());
  }
  const float* const g = layer(0).adjoints.get() + second;
  if (is_narrow()) {
    narrow_gradient(batch, stride, shape.inputs(), g, input_weights.get(), gradient);
  } else {
    gemm(Use::kPlain, Use::kPlain, batch, shape.inputs(), shape.width, g, stride, parameters + shape.weight_offset(0),
         shape.inputs(), 0, gradient, shape.inputs());
  }
}

void Kernel::Impl::tangents(const float* parameters, const MatrixF& direction) {
  std::copy_n(direction.data(), batch * shape.inputs(), inputs.get() + batch * shape.inputs());
  for (Index l = 0; l < shape.depth; ++l) {
    Layer& at = layer(l);
    float* const zdot = at.activations.get() + batch * stride;
    multiply(parameters, l, batch, zdot);
    if (l + 1 < shape.depth) tangent(batch, stride, at.slope.get(), zdot, at.curve.get());
  }
}

/// The last hidden layer's adjoint of the value, where the tangent turns.
void Kernel::Impl::turn(bool value_only, const VectorF& source) {
  for (Index l = 0; l < shape.depth; ++l) std::fill_n(layer(l).bias_gradient.get(), stride, 0.0F);
  std::fill_n(output_gradient.get(), stride, 0.0F);
  const Layer& top = layer(shape.depth - 1);
  if (value_only) {
    turn_value(batch, stride, output_weights.get(), source.data(), top.slope.get(), top.activations.get(),
               top.adjoints.get(), top.bias_gradient.get(), output_gradient.get());
  } else {
    turn_last(batch, stride, output_weights.get(), source.data(), top.slope.get(), top.activations.get(),
              top.activations.get() + batch * stride, top.curve.get(), top.adjoints.get(), top.bias_gradient.get(),
              output_gradient.get());
  }
}

void Kernel::Impl::backward(bool value_only, const float* parameters, const VectorF& source, float* gradient) {
  turn(value_only, source);
  // barZ' A + G' Adot in one product; of the value alone the first term.
  const Index rows = value_only ? batch : 2 * batch;
  std::copy_n(output_gradient.get(), shape.width, gradient + shape.weight_offset(shape.depth));
  gradient[shape.bias_offset(shape.depth)] = source.sum();
  for (Index l = shape.depth - 1; l >= 0; --l) {
    const Layer& at = layer(l);
    std::copy_n(at.bias_gradient.get(), shape.width, gradient + shape.bias_offset(l));
    if (l == 0) break;
    gemm(Use::kTransposed, Use::kPlain, shape.width, shape.width, rows, at.adjoints.get(), stride, below(l).get(),
         stride, 0, gradient + shape.weight_offset(l), shape.width);
    const Layer& under = layer(l - 1);
    float* const bar = under.adjoints.get();
    multiply_back(parameters, l, at.adjoints.get(), bar);
    if (value_only) {
      reverse_value(batch, stride, under.slope.get(), bar, under.bias_gradient.get());
    } else {
      reverse(batch, stride, under.slope.get(), under.curve.get(), bar, under.bias_gradient.get());
    }
  }
  input_layer_gradient(rows, gradient + shape.weight_offset(0));
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

void Kernel::forward(const float* parameters, const Evaluation& batch) {
  Eigen::Map<VectorF> value = batch.value;
  Eigen::Map<MatrixF> gradient = batch.gradient;
  forward_value(parameters, batch.inputs, value);
  if (impl_->batch == 0) return;
  const SingleThread scope;
  impl_->input_gradients(parameters, gradient.data());
}

void Kernel::forward_value(const float* parameters, const Eigen::Map<const MatrixF>& inputs,
                           Eigen::Map<VectorF> value) {
  if (inputs.rows() > impl_->max_batch) throw std::invalid_argument("batch larger than the kernel was made for");
  impl_->batch = inputs.rows();
  if (impl_->batch == 0) return;
  const SingleThread scope;
  impl_->begin(parameters, inputs);
  impl_->forward(parameters, value.data());
}

void Kernel::backward(const float* parameters, const MatrixF& direction, const VectorF& source, float* gradient) {
  if (direction.rows() != impl_->batch) throw std::invalid_argument("backward() needs the batch of the last forward()");
  if (impl_->batch == 0) return impl_->clear(gradient);
  const SingleThread scope;
  impl_->tangents(parameters, direction);
  impl_->backward(false, parameters, source, gradient);
}

void Kernel::backward_value(const float* parameters, const VectorF& source, float* gradient) {
  if (source.size() != impl_->batch)
    throw std::invalid_argument("backward_value() needs the batch of the last forward_value()");
  if (impl_->batch == 0) return impl_->clear(gradient);
  const SingleThread scope;
  impl_->backward(true, parameters, source, gradient);
}

std::string kernel_description() { return gemm_description() + "; elementwise " + elementwise_description(); }

}  // namespace instar::nn
