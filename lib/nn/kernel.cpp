#include <algorithm>
#include <hwy/aligned_allocator.h>
#include <stdexcept>

#include "core/error.hpp"
#include "nn/elementwise.hpp"
#include "nn/gemm.hpp"
#include "nn/mlp.hpp"

namespace instar::nn {
namespace {

Index round_up(Index count) { return (count + kLane - 1) / kLane * kLane; }

/// Zeroed, aligned floats, [rows, stride].
class Buffer {
 public:
  explicit Buffer(Index count) : floats_(hwy::AllocateAligned<float>(static_cast<std::size_t>(count))) {
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
        output_gradient(stride) {
    for (Index l = 0; l < shape.depth; ++l) layers.emplace_back(rows, stride);
  }

  void forward(const float* parameters, Evaluation call);
  void backward(const float* parameters, const MatrixF& direction, const VectorF& source, float* gradient);
  /// The matrix that enters hidden layer l (X over the direction, or A over Adot of the layer before) and its stride.
  const Buffer& below(Index l) const { return l == 0 ? inputs : layers[static_cast<std::size_t>(l - 1)].activations; }
  Index below_stride(Index l) const { return l == 0 ? shape.inputs() : stride; }
  /// rows of `below(l)` starting at `first`, times the layer's weights transposed
  void multiply(const float* parameters, Index l, Index first, float* out) const {
    gemm(Use::kPlain, Use::kTransposed, batch, shape.width, shape.layer_inputs(l),
         below(l).get() + first * below_stride(l), below_stride(l), parameters + shape.weight_offset(l),
         shape.layer_inputs(l), 0, out, stride);
  }

  MlpShape shape;
  Index max_batch;
  Index stride;
  Index batch = 0;  ///< of the last forward()
  std::vector<Layer> layers;
  Buffer inputs;  ///< X over the direction, [batch, 1 + d]
  Buffer output_weights;
  Buffer output_gradient;
};

void Kernel::Impl::forward(const float* parameters, Evaluation call) {
  std::copy_n(call.inputs.data(), batch * shape.inputs(), inputs.get());
  std::copy_n(parameters + shape.weight_offset(shape.depth), shape.width, output_weights.get());
  const Index second = batch * stride;
  const Index last = shape.depth - 1;
  for (Index l = 0; l <= last; ++l) {
    Layer& layer = layers[static_cast<std::size_t>(l)];
    std::copy_n(parameters + shape.bias_offset(l), shape.width, layer.bias.get());
    float* const z = layer.activations.get();
    multiply(parameters, l, 0, z);
    if (l < last) {
      activate(batch, stride, layer.bias.get(), z, layer.slope.get(), layer.curve.get());
    } else {
      activate_last(batch, stride, layer.bias.get(), output_weights.get(), parameters[shape.bias_offset(shape.depth)],
                    z, layer.slope.get(), layer.curve.get(), layer.adjoints.get() + second, call.value.data());
    }
  }
  for (Index l = last; l > 0; --l) {
    const Layer& above = layers[static_cast<std::size_t>(l)];
    const Layer& layer = layers[static_cast<std::size_t>(l - 1)];
    gemm(Use::kPlain, Use::kPlain, batch, shape.width, shape.width, above.adjoints.get() + second, stride,
         parameters + shape.weight_offset(l), shape.width, 0, layer.adjoints.get() + second, stride);
    gate(batch, stride, layer.slope.get(), layer.adjoints.get() + second, layer.curve.get());
  }
  gemm(Use::kPlain, Use::kPlain, batch, shape.inputs(), shape.width, layers[0].adjoints.get() + second, stride,
       parameters + shape.weight_offset(0), shape.inputs(), 0, call.gradient.data(), shape.inputs());
}

void Kernel::Impl::backward(const float* parameters, const MatrixF& direction, const VectorF& source, float* gradient) {
  const Index second = batch * stride;
  const Index last = shape.depth - 1;
  std::copy_n(direction.data(), batch * shape.inputs(), inputs.get() + batch * shape.inputs());
  for (Index l = 0; l <= last; ++l) {
    Layer& layer = layers[static_cast<std::size_t>(l)];
    float* const zdot = layer.activations.get() + second;
    multiply(parameters, l, batch, zdot);
    std::fill_n(layer.bias_gradient.get(), stride, 0.0F);
    if (l < last) tangent(batch, stride, layer.slope.get(), zdot, layer.curve.get());
  }
  Layer& top = layers[static_cast<std::size_t>(last)];
  std::fill_n(output_gradient.get(), stride, 0.0F);
  turn_last(batch, stride, output_weights.get(), source.data(), top.slope.get(), top.activations.get(),
            top.activations.get() + second, top.curve.get(), top.adjoints.get(), top.bias_gradient.get(),
            output_gradient.get());
  const auto add = [&](const Buffer& sums, Index offset) {
    for (Index j = 0; j < shape.width; ++j) gradient[offset + j] += sums.get()[j];
  };
  add(output_gradient, shape.weight_offset(shape.depth));
  gradient[shape.bias_offset(shape.depth)] += source.sum();
  for (Index l = last; l >= 0; --l) {
    const Layer& layer = layers[static_cast<std::size_t>(l)];
    add(layer.bias_gradient, shape.bias_offset(l));
    // barZ' A + G' Adot in one product.
    gemm(Use::kTransposed, Use::kPlain, shape.width, shape.layer_inputs(l), 2 * batch, layer.adjoints.get(), stride,
         below(l).get(), below_stride(l), 1, gradient + shape.weight_offset(l), shape.layer_inputs(l));
    if (l == 0) break;
    const Layer& under = layers[static_cast<std::size_t>(l - 1)];
    float* const bar = under.adjoints.get();
    gemm(Use::kPlain, Use::kPlain, batch, shape.width, shape.width, layer.adjoints.get(), stride,
         parameters + shape.weight_offset(l), shape.width, 0, bar, stride);
    reverse(batch, stride, under.slope.get(), under.curve.get(), bar, under.bias_gradient.get());
  }
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
  if (batch.inputs.rows() > impl_->max_batch) throw std::invalid_argument("batch larger than the kernel was made for");
  impl_->batch = batch.inputs.rows();
  if (impl_->batch == 0) return;
  const SingleThread scope;
  impl_->forward(parameters, batch);
}

void Kernel::backward(const float* parameters, const MatrixF& direction, const VectorF& source, float* gradient) {
  if (direction.rows() != impl_->batch) throw std::invalid_argument("backward() needs the batch of the last forward()");
  if (impl_->batch == 0) return;
  const SingleThread scope;
  impl_->backward(parameters, direction, source, gradient);
}

std::string kernel_description() { return gemm_description() + "; elementwise " + elementwise_description(); }

}  // namespace instar::nn
