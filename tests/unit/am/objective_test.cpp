#include "am/objective.hpp"

#include <cmath>
#include <doctest/doctest.h>

#include "nn/mlp.hpp"

using namespace instar;
using namespace instar::am;

namespace {

constexpr Index kBatch = 64;
constexpr double kDelta = 1.2;
constexpr double kLambda = 1 / (kDelta * kDelta);

/// One interval [0, 1] with moving, fading and appearing mass.
Interval interval() {
  Interval result;
  result.begin = 0;
  result.end = 1;
  result.source = Matrix{{0.0, 0.3}, {1.0, -1.0}, {-2.0, 0.5}};
  result.target = Matrix{{0.8, 0.1}, {1.5, -0.2}, {3.0, 2.0}};
  result.growth_scale = kDelta;
  result.coupling.pairs = {
      {0, 0, 0.4, 0.5}, {0, 1, 0.1, 0.2}, {1, 1, 0.3, 0.2}, {2, Coupling::kNone, 0.2, 0}, {Coupling::kNone, 2, 0, 0.3}};
  result.source_mass = 1;
  result.target_mass = 1.2;
  return result;
}

struct Net {
  nn::MlpShape shape{2, 8, 2};
  std::vector<float> parameters = nn::initial_parameters(shape, 3);
  nn::Kernel kernel{shape, kBatch};
  PathSamples samples{kBatch, 2};
  BatchTerms terms{kBatch, 2};

  void forward() {
    kernel.forward(
        parameters.data(),
        {{samples.inputs.data(), kBatch, 3}, {terms.value.data(), kBatch}, {terms.gradient.data(), kBatch, 3}});
  }
  void backward(std::vector<float>& gradient) {
    kernel.backward(parameters.data(), terms.direction, terms.source, gradient.data());
  }
};

/// The action's integrand (method.md, section 2): a = m grad s, b = m, c = m lambda s; weight holds m and the measure.
void action_interior(Net& net) {
  const float share = 1.0F / kBatch;
  for (Index i = 0; i < kBatch; ++i) {
    const float m = net.samples.weight(i) * share;
    net.terms.direction.row(i) = m * net.terms.gradient.row(i);
    net.terms.direction(i, 0) = m;
    net.terms.source(i) = m * static_cast<float>(kLambda) * net.terms.value(i);
  }
}

/// <s(0)>_{rho_0} - <s(1)>_{rho_1}, exactly: all cells with their masses.
void action_boundary(Net& net, const Interval& in, std::vector<float>& gradient) {
  net.samples.inputs.setZero();
  net.terms.direction.setZero();
  net.terms.source.setZero();
  for (const auto& pair : in.coupling.pairs) {
    for (const bool end : {false, true}) {
      const auto cell = end ? pair.target : pair.source;
      if (cell < 0) continue;
      const Index row = cell + (end ? 3 : 0);
      net.samples.inputs(row, 0) = end ? 1 : 0;
      net.samples.inputs.block(row, 1, 1, 2) = (end ? in.target : in.source).row(cell).cast<float>();
      net.terms.source(row) += static_cast<float>(end ? -pair.q : pair.p);
    }
  }
  net.forward();
  net.backward(gradient);
}

}  // namespace

// (D) of method.md, section 3: L_cond and L_uAM differ by a constant, so that their mean gradients are equal.
TEST_CASE("the conditional objective has the gradient of the action") {
  const Interval in = interval();
  const IntervalSampler sampler(in);
  Net net;
  const auto count = static_cast<Index>(net.parameters.size());
  constexpr int kBatches = 4000;
  Vector mean = Vector::Zero(count);
  Vector squares = Vector::Zero(count);
  for (int batch = 0; batch < kBatches; ++batch) {
    core::Rng rng(11, 1, static_cast<std::uint64_t>(batch));
    sampler.draw(rng, 0, kBatch, 1, 0, kBatch, net.samples);
    net.forward();
    std::vector<float> conditional(net.parameters.size(), 0.0F);
    std::vector<float> action(net.parameters.size(), 0.0F);
    conditional_objective(net.samples, kLambda, 1.0 / kBatch, net.terms);
    net.backward(conditional);
    net.forward();
    action_interior(net);
    net.backward(action);
    // The same samples in both, so that what they share does not blur the comparison.
    const Vector difference =
        (Eigen::Map<VectorF>(conditional.data(), count) - Eigen::Map<VectorF>(action.data(), count)).cast<double>();
    mean += difference / kBatches;
    squares += difference.array().square().matrix() / kBatches;
  }
  std::vector<float> boundary(net.parameters.size(), 0.0F);
  action_boundary(net, in, boundary);
  const Vector expected = Eigen::Map<VectorF>(boundary.data(), count).cast<double>();
  const Vector error = ((squares.array() - mean.array().square()) / kBatches).sqrt();
  double chi_square = 0;
  for (Index i = 0; i < count; ++i) {
    const double z = (mean(i) - expected(i)) / (error(i) + 1e-7);
    CHECK(std::abs(z) < 5);
    chi_square += z * z;
  }
  CHECK(expected.norm() > 20 * error.norm());  // the boundary terms are far from nothing: the test can fail
  CHECK(chi_square / static_cast<double>(count) < 3);
}

TEST_CASE("direction and source are the derivative of the objective") {
  const IntervalSampler sampler(interval());
  Net net;
  core::Rng rng(1, 2);
  sampler.draw(rng, 0, kBatch, 1, 0, kBatch, net.samples);
  net.forward();
  conditional_objective(net.samples, kLambda, 0.5, net.terms);
  const BatchTerms at = net.terms;
  const auto loss = [&](const BatchTerms& terms) {
    BatchTerms copy = terms;
    return conditional_objective(net.samples, kLambda, 0.5, copy).loss;
  };
  for (Index i : {Index{0}, Index{17}, Index{63}}) {
    constexpr float kStep = 0.05F;  // the objective is quadratic: central differences are exact up to rounding
    for (Index j = 0; j < 3; ++j) {
      BatchTerms up = at;
      BatchTerms down = at;
      up.gradient(i, j) += kStep;
      down.gradient(i, j) -= kStep;
      CHECK((loss(up) - loss(down)) / (2 * kStep) == doctest::Approx(at.direction(i, j)).epsilon(1e-3));
    }
    BatchTerms up = at;
    BatchTerms down = at;
    up.value(i) += kStep;
    down.value(i) -= kStep;
    CHECK((loss(up) - loss(down)) / (2 * kStep) == doctest::Approx(at.source(i)).epsilon(1e-3));
  }
}
