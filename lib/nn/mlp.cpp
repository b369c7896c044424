#include "nn/mlp.hpp"

#include <cmath>

#include "core/error.hpp"
#include "core/rng.hpp"

namespace instar::nn {
namespace {

constexpr std::uint32_t kInitialStream = 0x6e6e0001U;

}  // namespace

Index MlpShape::layer_inputs(Index layer) const { return layer == 0 ? inputs() : width; }
Index MlpShape::layer_outputs(Index layer) const { return layer == depth ? 1 : width; }

Index MlpShape::weight_offset(Index layer) const {
  if (layer == 0) return 0;
  return width * (inputs() + 1) + (layer - 1) * width * (width + 1);
}

Index MlpShape::bias_offset(Index layer) const {
  return weight_offset(layer) + layer_outputs(layer) * layer_inputs(layer);
}

Index MlpShape::parameters() const { return bias_offset(depth) + 1; }

void MlpShape::validate() const {
  if (dims < 1) throw UsageError("a network needs at least one input dimension");
  if (width < 1 || depth < 1) throw UsageError("a network needs a width and a depth of at least 1");
}

std::vector<float> initial_parameters(const MlpShape& shape, std::uint64_t seed) {
  shape.validate();
  std::vector<float> parameters(static_cast<std::size_t>(shape.parameters()), 0.0F);
  for (Index layer = 0; layer <= shape.depth; ++layer) {
    core::Rng rng(seed, kInitialStream, static_cast<std::uint64_t>(layer));
    const double deviation = 1 / std::sqrt(static_cast<double>(shape.layer_inputs(layer)));
    for (Index i = shape.weight_offset(layer); i < shape.bias_offset(layer); ++i) {
      parameters[static_cast<std::size_t>(i)] = static_cast<float>(deviation * rng.normal());
    }
  }
  return parameters;
}

}  // namespace instar::nn
