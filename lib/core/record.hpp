#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace instar::core {

/// One named fact of an output: an option, a time, a version.
using Value = std::variant<bool, std::int64_t, double, std::string, std::vector<double>, std::vector<std::string>>;
/// Facts in order of their names. Dots in a name make groups (`fit.steps`).
using Facts = std::map<std::string, Value>;

/// A dense array with its shape, row-major.
struct Tensor {
  std::vector<std::int64_t> shape;
  std::variant<std::vector<float>, std::vector<double>> data;
};
using TensorMap = std::map<std::string, Tensor>;

/// What a model file holds: plain facts and arrays. io writes and reads it without knowing what it means; am gives it
/// meaning.
struct Record {
  Facts facts;
  TensorMap tensors;
};

}  // namespace instar::core
