#include "nn/weights.hpp"

#include "nn/narrow.hpp"
#include "nn/product.hpp"

namespace instar::nn {

Weights::Weights(const MlpShape& shape)
    : shape_(shape),
      stride_(layer_stride(shape.width)),
      input_(shape.inputs() <= kNarrow ? shape.inputs() * stride_ : shape.width * shape.inputs()),
      output_(stride_) {
  shape_.validate();
  for (Index l = 0; l < shape_.depth; ++l) {
    layers_.emplace_back(l == 0 ? 0 : packed_size(shape_.width, shape_.width), stride_);
    const Index step = l == 0 && narrow_input() ? shape_.width : kPanel;
    for (Index first = 0; first < shape_.width; first += step) {
      pieces_.push_back(shape_.weight_offset(l) + first * shape_.layer_inputs(l));
      rows_.push_back({l, first, std::min(first + step, shape_.width)});
    }
  }
  pieces_.push_back(shape_.weight_offset(shape_.depth));
  rows_.push_back({shape_.depth, 0, 1});
  pieces_.push_back(shape_.parameters());
}

bool Weights::narrow_input() const { return shape_.inputs() <= kNarrow; }

void Weights::set(const float* parameters) {
  for (Index piece = 0; piece < static_cast<Index>(rows_.size()); ++piece) take(piece, parameters);
}

void Weights::take(Index piece, const float* parameters) {
  const auto [layer, first, last] = rows_[static_cast<std::size_t>(piece)];
  if (layer == shape_.depth) {
    std::copy_n(parameters + shape_.weight_offset(layer), shape_.width, output_.get());
    output_bias_ = parameters[shape_.bias_offset(layer)];
    return;
  }
  if (layer == 0) {
    take_input(first, last, parameters);
  } else {
    take_rows(layer, first, last, parameters);
  }
  if (last == shape_.width) std::copy_n(parameters + shape_.bias_offset(layer), shape_.width, at(layer).bias.get());
}

void Weights::take_input(Index first, Index last, const float* parameters) {
  const Index inputs = shape_.inputs();
  if (!narrow_input()) {
    std::copy(parameters + first * inputs, parameters + last * inputs, input_.get() + first * inputs);
    return;
  }
  for (Index k = 0; k < inputs; ++k)
    for (Index j = first; j < last; ++j) input_.get()[k * stride_ + j] = parameters[j * inputs + k];
}

void Weights::take_rows(Index layer, Index first, Index last, const float* parameters) {
  const Index width = shape_.width;
  const float* const rows = parameters + shape_.weight_offset(layer) + first * width;
  pack_transposed(last - first, width, rows, width, at(layer).forward.get() + first * width);
  pack_plain(last - first, width, rows, width, first, width, at(layer).backward.get());
}

}  // namespace instar::nn
