#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/types.hpp"

namespace instar::nn {

/// Shape of the network s_theta(t, x): fully connected, SiLU after every hidden layer, linear scalar output. Inputs are
/// (t, x_1 ... x_d), already scaled. `depth` hidden layers of `width` units (3 x 256: depth 3, width 256).
struct MlpShape {
  Index dims = 0;  ///< d, without time
  Index width = 256;
  Index depth = 3;
  Index inputs() const { return dims + 1; }
  Index parameters() const;  ///< length of the flat parameter vector
  /// Offsets into the flat vector. Layer l in [0, depth]: weights [out, in] row-major, then bias [out].
  /// The output layer (l = depth) has one row.
  Index weight_offset(Index layer) const;
  Index bias_offset(Index layer) const;
  Index layer_inputs(Index layer) const;
  Index layer_outputs(Index layer) const;
  /// @throws UsageError where a size is below 1
  void validate() const;
};

/// Initial parameters: weights normal with standard deviation 1/sqrt(fan_in), biases zero. A function of shape and
/// seed.
std::vector<float> initial_parameters(const MlpShape& shape, std::uint64_t seed);

/// What a batch asks of the network, and what it gets. All arrays are caller-owned, row-major, batch rows.
///   inputs [batch, 1 + d]      column 0 is t
///   value [batch]              s
///   gradient [batch, 1 + d]    (d_t s, grad_x s)
struct Evaluation {
  Eigen::Map<const MatrixF> inputs;
  Eigen::Map<VectorF> value;
  Eigen::Map<MatrixF> gradient;
};

class Weights;

/// The kernel that trains everything (method.md, section 5): value and input gradient of a batch, then the parameter
/// gradient of sum_i [ direction_i . (d_t s, grad_x s)_i + source_i * s_i ] with direction and source as constants. Six
/// matrix products a layer (three where the value alone counts). Holds its workspace; one instance per thread; no
/// allocation after construction.
class Kernel {
 public:
  /// @param max_batch rows the workspace is made for
  Kernel(const MlpShape& shape, Index max_batch);
  ~Kernel();
  Kernel(Kernel&&) noexcept;
  Kernel& operator=(Kernel&&) noexcept;

  /// Steps 1 and 2: s and its gradient in (t, x). The weights must stay unchanged until backward().
  void forward(const Weights& weights, const Evaluation& batch);
  /// Steps 3 to 5, for the batch of the last forward(): writes the parameter gradient to `gradient` [parameters].
  /// @param direction [batch, 1 + d] factor of the input gradient (column 0: of d_t s); @param source [batch] factor of
  /// s
  void backward(const Weights& weights, const MatrixF& direction, const VectorF& source, float* gradient);

  /// forward() without the gradient in (t, x): for terms in which the value alone counts, at half the work.
  /// @param value [rows of inputs]
  void forward_value(const Weights& weights, const Eigen::Map<const MatrixF>& inputs, Eigen::Map<VectorF> value);
  /// backward() after it, with a direction of zero.
  void backward_value(const Weights& weights, const VectorF& source, float* gradient);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The first half of Kernel::forward() for those who only predict: value and input gradient of any number of rows,
/// taken in blocks whose workspace stays in the second cache. The numbers are Kernel's (of inputs that kNarrow holds,
/// byte for byte). One instance per thread; no allocation after construction.
class Evaluator {
 public:
  explicit Evaluator(const MlpShape& shape);
  ~Evaluator();
  Evaluator(Evaluator&&) noexcept;
  Evaluator& operator=(Evaluator&&) noexcept;
  void evaluate(const Weights& weights, const Evaluation& batch);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Name of the matrix-product library and of the instruction set in use, for -v and provenance (`oneDNN 2.6, AVX3`).
std::string kernel_description();

}  // namespace instar::nn
