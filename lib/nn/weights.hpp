#pragma once

#include <vector>

#include "nn/buffer.hpp"
#include "nn/mlp.hpp"

namespace instar::nn {

/// The parameters of a network once more, in the layouts in which the passes of Kernel and Evaluator read them: padded,
/// transposed, packed for product.hpp. Made once for all who evaluate the same parameters.
class Weights {
 public:
  /// All zero. @throws UsageError where a size of the shape is below 1
  explicit Weights(const MlpShape& shape);
  Weights(const MlpShape& shape, const std::vector<float>& parameters) : Weights(shape) { set(parameters.data()); }

  /// @param parameters [shape.parameters()]
  void set(const float* parameters);
  /// The flat vector in pieces that can be taken in one by one, in any order, by several threads: piece i is
  /// [pieces()[i], pieces()[i + 1]).
  const std::vector<Index>& pieces() const { return pieces_; }
  void take(Index piece, const float* parameters);

  const MlpShape& shape() const { return shape_; }
  /// Whether the loops of narrow.hpp serve the input layer; otherwise the matrix library does.
  bool narrow_input() const;
  const float* input() const { return input_.get(); }  ///< narrow: [1 + d, stride], else [width, 1 + d]
  const float* bias(Index layer) const { return at(layer).bias.get(); }          ///< of a hidden layer, [stride]
  const float* forward(Index layer) const { return at(layer).forward.get(); }    ///< packed transpose; layer > 0
  const float* backward(Index layer) const { return at(layer).backward.get(); }  ///< packed; layer > 0
  const float* output() const { return output_.get(); }                          ///< [stride]
  float output_bias() const { return output_bias_; }

 private:
  struct Layer {
    Layer(Index packed, Index stride) : forward(packed), backward(packed), bias(stride) {}
    Buffer forward, backward, bias;
  };
  const Layer& at(Index layer) const { return layers_[static_cast<std::size_t>(layer)]; }
  void take_input(Index first, Index last, const float* parameters);
  void take_rows(Index layer, Index first, Index last, const float* parameters);

  MlpShape shape_;
  Index stride_;
  std::vector<Layer> layers_;
  Buffer input_, output_;
  float output_bias_ = 0;
  std::vector<Index> pieces_;
  struct Rows {
    Index layer, first, last;
  };
  std::vector<Rows> rows_;  ///< of each piece
};

}  // namespace instar::nn
