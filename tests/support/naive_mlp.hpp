#pragma once

#include <cmath>
#include <vector>

#include "nn/mlp.hpp"

namespace instar::test {

/// The network of nn/mlp.hpp in double, one cell at a time and with plain loops: the oracle of the fast kernel.
class NaiveMlp {
 public:
  using Doubles = std::vector<double>;

  NaiveMlp(const nn::MlpShape& shape, Doubles parameters) : shape_(shape), parameters_(std::move(parameters)) {}

  /// s(t, x) @param input [1 + d]
  double value(const Doubles& input) const { return run(input).back()[0]; }

  /// (d_t s, grad_x s), by the chain rule from the output down.
  Doubles gradient(const Doubles& input) const {
    const auto z = run(input);
    Doubles adjoint{1};
    for (Index l = shape_.depth; l >= 0; --l) {
      if (l < shape_.depth) {
        for (std::size_t j = 0; j < adjoint.size(); ++j) adjoint[j] *= slope(z[at(l)][j]);
      }
      adjoint = transposed_product(l, adjoint);
    }
    return adjoint;
  }

  /// direction . gradient + source * value of one cell: what Kernel::backward differentiates.
  double objective(const Doubles& input, const Doubles& direction, double source) const {
    const Doubles g = gradient(input);
    double sum = source * value(input);
    for (std::size_t k = 0; k < g.size(); ++k) sum += direction[k] * g[k];
    return sum;
  }

  /// Adds the parameter gradient of objective(): forward mode along the direction, then reverse through both streams.
  void add_parameter_gradient(const Doubles& input, const Doubles& direction, double source, Doubles& sum) const {
    const auto z = run(input);
    std::vector<Doubles> a{input}, adot{direction}, zdot;
    for (Index l = 0; l < shape_.depth; ++l) {
      zdot.push_back(product(l, adot.back(), false));
      a.emplace_back(), adot.emplace_back();
      for (std::size_t j = 0; j < zdot.back().size(); ++j) {
        a.back().push_back(activation(z[at(l)][j]));
        adot.back().push_back(slope(z[at(l)][j]) * zdot.back()[j]);
      }
    }
    Doubles bar{source}, bar_dot{1};  // adjoints of z and zdot
    for (Index l = shape_.depth; l >= 0; --l) {
      if (l < shape_.depth) {
        for (std::size_t j = 0; j < bar.size(); ++j) {
          const double here = z[at(l)][j];
          bar[j] = bar[j] * slope(here) + bar_dot[j] * curve(here) * zdot[at(l)][j];
          bar_dot[j] *= slope(here);
        }
      }
      for (Index j = 0; j < shape_.layer_outputs(l); ++j) {
        for (Index k = 0; k < shape_.layer_inputs(l); ++k) {
          sum[at(shape_.weight_offset(l) + j * shape_.layer_inputs(l) + k)] +=
              bar[at(j)] * a[at(l)][at(k)] + bar_dot[at(j)] * adot[at(l)][at(k)];
        }
        sum[at(shape_.bias_offset(l) + j)] += bar[at(j)];
      }
      bar = transposed_product(l, bar);
      bar_dot = transposed_product(l, bar_dot);
    }
  }

  Doubles& parameters() { return parameters_; }

 private:
  static std::size_t at(Index i) { return static_cast<std::size_t>(i); }
  static double sigmoid(double z) { return 1 / (1 + std::exp(-z)); }
  static double activation(double z) { return z * sigmoid(z); }
  static double slope(double z) { return sigmoid(z) + z * sigmoid(z) * (1 - sigmoid(z)); }
  static double curve(double z) {
    const double s = sigmoid(z);
    return 2 * s * (1 - s) + z * s * (1 - s) * (1 - 2 * s);
  }

  Doubles product(Index l, const Doubles& in, bool with_bias) const {
    Doubles out;
    for (Index j = 0; j < shape_.layer_outputs(l); ++j) {
      double sum = with_bias ? parameters_[at(shape_.bias_offset(l) + j)] : 0;
      for (Index k = 0; k < shape_.layer_inputs(l); ++k) {
        sum += parameters_[at(shape_.weight_offset(l) + j * shape_.layer_inputs(l) + k)] * in[at(k)];
      }
      out.push_back(sum);
    }
    return out;
  }

  Doubles transposed_product(Index l, const Doubles& in) const {
    Doubles out(at(shape_.layer_inputs(l)), 0.0);
    for (Index j = 0; j < shape_.layer_outputs(l); ++j) {
      for (Index k = 0; k < shape_.layer_inputs(l); ++k) {
        out[at(k)] += parameters_[at(shape_.weight_offset(l) + j * shape_.layer_inputs(l) + k)] * in[at(j)];
      }
    }
    return out;
  }

  /// Pre-activations of every layer; the last is the value.
  std::vector<Doubles> run(const Doubles& input) const {
    std::vector<Doubles> z;
    Doubles in = input;
    for (Index l = 0; l <= shape_.depth; ++l) {
      z.push_back(product(l, in, true));
      in.clear();
      for (const double here : z.back()) in.push_back(activation(here));
    }
    return z;
  }

  nn::MlpShape shape_;
  Doubles parameters_;
};

}  // namespace instar::test
