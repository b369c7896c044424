#include "nn/buffer.hpp"
#include "nn/elementwise.hpp"
#include "nn/gemm.hpp"
#include "nn/mlp.hpp"
#include "nn/narrow.hpp"
#include "nn/product.hpp"
#include "nn/weights.hpp"

namespace instar::nn {
namespace {

/// Rows of a block: at 3 x 256 its arrays take a third of a megabyte beside one of weights.
constexpr Index kBlockRows = 64;

}  // namespace

struct Evaluator::Impl {
  explicit Impl(const MlpShape& network)
      : shape(network), stride(layer_stride(network.width)), ping(kBlockRows * stride), pong(kBlockRows * stride) {
    for (Index l = 0; l + 1 < shape.depth; ++l) slopes.emplace_back(kBlockRows * stride);
  }

  void evaluate(const Weights& weights, Index rows, const float* x, float* value, float* gradient);
  void enter(const Weights& weights, Index rows, const float* x, float* z) const;
  void leave(const Weights& weights, Index rows, const float* g, float* gradient) const;

  MlpShape shape;
  Index stride;
  std::vector<Buffer> slopes;  ///< silu'(Z) of all hidden layers but the last
  Buffer ping, pong;           ///< what a product reads and what it writes, in turns
};

void Evaluator::Impl::enter(const Weights& weights, Index rows, const float* x, float* z) const {
  if (weights.narrow_input()) {
    narrow_forward(rows, stride, shape.inputs(), x, weights.input(), z);
    return;
  }
  const SingleThread scope;
  gemm(Use::kPlain, Use::kTransposed, rows, shape.width, shape.inputs(), x, shape.inputs(), weights.input(),
       shape.inputs(), 0, z, stride);
}

void Evaluator::Impl::leave(const Weights& weights, Index rows, const float* g, float* gradient) const {
  if (weights.narrow_input()) {
    narrow_gradient(rows, stride, shape.inputs(), g, weights.input(), gradient);
    return;
  }
  const SingleThread scope;
  gemm(Use::kPlain, Use::kPlain, rows, shape.inputs(), shape.width, g, stride, weights.input(), shape.inputs(), 0,
       gradient, shape.inputs());
}

void Evaluator::Impl::evaluate(const Weights& weights, Index rows, const float* x, float* value, float* gradient) {
  const Index last = shape.depth - 1;
  float* in = ping.get();
  float* out = pong.get();
  enter(weights, rows, x, in);
  for (Index l = 0; l < last; ++l) {
    activate_only(rows, stride, weights.bias(l), in, slopes[static_cast<std::size_t>(l)].get());
    multiply(rows, shape.width, shape.width, in, stride, weights.forward(l + 1), out, stride);
    std::swap(in, out);
  }
  activate_last_only(rows, stride, weights.bias(last), weights.output(), weights.output_bias(), in, value);
  for (Index l = last; l > 0; --l) {
    multiply(rows, shape.width, shape.width, in, stride, weights.backward(l), out, stride);
    std::swap(in, out);
    gate_only(rows, stride, slopes[static_cast<std::size_t>(l - 1)].get(), in);
  }
  leave(weights, rows, in, gradient);
}

Evaluator::Evaluator(const MlpShape& shape) {
  shape.validate();
  impl_ = std::make_unique<Impl>(shape);
}

Evaluator::~Evaluator() = default;
Evaluator::Evaluator(Evaluator&&) noexcept = default;
Evaluator& Evaluator::operator=(Evaluator&&) noexcept = default;

void Evaluator::evaluate(const Weights& weights, const Evaluation& batch) {
  const Index columns = impl_->shape.inputs();
  Eigen::Map<VectorF> value = batch.value;
  Eigen::Map<MatrixF> gradient = batch.gradient;
  for (Index first = 0; first < batch.inputs.rows(); first += kBlockRows)
    impl_->evaluate(weights, std::min(kBlockRows, batch.inputs.rows() - first), batch.inputs.data() + first * columns,
                    value.data() + first, gradient.data() + first * columns);
}

}  // namespace instar::nn
