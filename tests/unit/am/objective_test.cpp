#include "am/objective.hpp"

#include <cmath>
#include <doctest/doctest.h>

#include "nn/weights.hpp"

using namespace instar;
using namespace instar::am;

namespace {

constexpr Index kBatch = 64;
constexpr double kDelta = 1.2;
constexpr double kLambda = 1 / (kDelta * kDelta);

constexpr double kBegin = 0.5, kEnd = 1.75;  // neither at 0 nor of length 1
constexpr double kTimeFactor = 0.8;          // the network's time input over time

/// One interval with moving, fading and appearing mass.
Interval interval() {
  Interval result;
  result.begin = kBegin;
  result.end = kEnd;
  result.source = make_cells(MatrixF{{0.0F, 0.3F}, {1.0F, -1.0F}, {-2.0F, 0.5F}});
  result.target = make_cells(MatrixF{{0.8F, 0.1F}, {1.5F, -0.2F}, {3.0F, 2.0F}});
  result.growth_scale = kDelta;
  result.coupling.pairs = {
      {0, 0, 0.4, 0.5}, {0, 1, 0.1, 0.2}, {1, 1, 0.3, 0.2}, {2, Coupling::kNone, 0.2, 0}, {Coupling::kNone, 2, 0, 0.3}};
  result.source_mass = 1;
  result.target_mass = 1.2;
  return result;
}

/// The same where no mass grows: what am and eam are for.
Interval still_interval(double sigma) {
  Interval result = interval();
  result.path = PathKind::ot;
  result.sigma = sigma;
  result.coupling.pairs = {{0, 0, 0.4, 0.4}, {0, 1, 0.1, 0.1}, {1, 1, 0.3, 0.3}, {2, 2, 0.2, 0.2}};
  result.target_mass = 1;
  return result;
}

/// A small network at a batch of samples, and where there is noise once more beside them.
struct Net {
  explicit Net(bool noisy = false) : samples(kBatch, 2, noisy), rows(noisy ? 2 * kBatch : kBatch), terms(rows, 2) {}

  void forward() {
    MatrixF inputs(rows, 3);
    inputs.topRows(kBatch) = samples.inputs;
    if (rows > kBatch) {
      inputs.bottomRows(kBatch) = samples.inputs;
      inputs.bottomRows(kBatch).rightCols(2).array() -= samples.noise.array().colwise() * samples.deviation.array();
    }
    kernel.forward(weights, {{inputs.data(), rows, 3}, {terms.value.data(), rows}, {terms.gradient.data(), rows, 3}});
    terms.direction.setZero();
    terms.source.setZero();
  }
  void backward(std::vector<float>& gradient) {
    kernel.backward(weights, terms.direction, terms.source, gradient.data());
  }

  nn::MlpShape shape{2, 8, 2};
  nn::Weights weights{shape, nn::initial_parameters(shape, 3)};
  nn::Kernel kernel{shape, 2 * kBatch};
  PathSamples samples;
  Index rows;
  BatchTerms terms;
};

/// <s> at the begin and, unless it has no weight there, - <s> at the end, exactly: all cells with their masses.
void action_boundary(const Interval& in, bool with_end, std::vector<float>& gradient) {
  Net net;
  net.samples.inputs.setZero();
  net.forward();
  VectorF source = VectorF::Zero(kBatch);
  for (const auto& pair : in.coupling.pairs) {
    for (const bool end : {false, true}) {
      const auto cell = end ? pair.target : pair.source;
      if (cell < 0 || (end && !with_end)) continue;
      const Index row = cell + (end ? 3 : 0);
      net.samples.inputs(row, 0) = static_cast<float>(kTimeFactor * (end ? kEnd : kBegin));
      net.samples.inputs.block(row, 1, 1, 2) = (end ? in.target : in.source)->row(cell);
      source(row) += static_cast<float>(end ? -pair.q : pair.p);
    }
  }
  net.forward();
  net.terms.source = source;
  net.backward(gradient);
}

/// The action weighted in time as the conditional objective is: by 1, or on bridges by w = 1 - tau. Then (D) the
/// integration by parts in time leaves  w(0) <s(0)> - w(1) <s(1)> + int w' <s> dt,  w' = -1 / length of the interval.
void weighted_action(Net& net, double lambda, double sigma) {
  constexpr double kShare = 1.0 / kBatch;
  const VectorF mass = net.samples.weight;
  if (sigma > 0) net.samples.weight.array() *= net.samples.time_weight.array();
  LossParts parts = action_objective(net.samples, lambda, kTimeFactor, kShare, net.terms);
  if (sigma > 0) {
    add_laplacian(net.samples, sigma, kShare, kBatch, net.terms, parts);
    net.terms.source.head(kBatch) -= static_cast<float>(kShare / (kEnd - kBegin)) * mass;
  }
}

/// (D) of method.md, section 3: L_cond and the action differ by a constant, so that their mean gradients are equal.
void check_same_mean_gradient(const Interval& in, double lambda) {
  const IntervalSampler sampler(in);
  const bool noisy = in.sigma > 0;
  Net net(noisy);
  const auto count = net.shape.parameters();
  constexpr int kBatches = 3000;
  Vector mean = Vector::Zero(count);
  Vector squares = Vector::Zero(count);
  for (int batch = 0; batch < kBatches; ++batch) {
    core::Rng rng(11, 1, static_cast<std::uint64_t>(batch));
    sampler.draw(rng, 0, kBatch, kTimeFactor, 0, kBatch, net.samples);
    std::vector<float> conditional(static_cast<std::size_t>(net.shape.parameters()), 0.0F);
    std::vector<float> action(static_cast<std::size_t>(net.shape.parameters()), 0.0F);
    net.forward();
    conditional_objective(net.samples, lambda, 1.0 / kBatch, net.terms);
    net.backward(conditional);
    net.forward();
    weighted_action(net, lambda, in.sigma);
    net.backward(action);
    // The same samples in both, so that what they share does not blur the comparison.
    const Vector difference =
        (Eigen::Map<VectorF>(conditional.data(), count) - Eigen::Map<VectorF>(action.data(), count)).cast<double>();
    mean += difference / kBatches;
    squares += difference.array().square().matrix() / kBatches;
  }
  std::vector<float> boundary(static_cast<std::size_t>(net.shape.parameters()), 0.0F);
  action_boundary(in, !noisy, boundary);
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

}  // namespace

TEST_CASE("the conditional objective has the gradient of the action: uam") {
  check_same_mean_gradient(interval(), kLambda);
}

TEST_CASE("the conditional objective has the gradient of the action: am") {
  check_same_mean_gradient(still_interval(0), 0);
}

TEST_CASE("the conditional objective has the gradient of the action: eam") {
  check_same_mean_gradient(still_interval(0.7), 0);
}

TEST_CASE("the conditional objective has the gradient of the action: ueam") {
  Interval in = interval();
  in.sigma = 0.7;
  check_same_mean_gradient(in, kLambda);
}

TEST_CASE("the Laplacian by parts is that of Hutchinson's estimator and of differences") {
  constexpr double kSigma = 0.7, kStep = 1e-2;
  const IntervalSampler sampler(still_interval(kSigma));
  Net net(true);
  Net beside;
  double by_parts = 0, by_parts_squared = 0, hutchinson = 0, differences = 0;
  constexpr int kBatches = 2000;
  for (int batch = 0; batch < kBatches; ++batch) {
    core::Rng rng(12, 1, static_cast<std::uint64_t>(batch));
    sampler.draw(rng, 0, kBatch, 1, 0, kBatch, net.samples);
    net.forward();
    LossParts parts;
    add_laplacian(net.samples, kSigma, 1.0 / kBatch, kBatch, net.terms, parts);
    by_parts += parts.loss / kBatches;
    by_parts_squared += parts.loss * parts.loss / kBatches;
    const auto slope = [&](const MatrixF& direction) {  // direction . d(grad s) / d(direction), by central differences
      VectorF sum = VectorF::Zero(kBatch);
      for (const float sign : {1.0F, -1.0F}) {
        beside.samples.inputs = net.samples.inputs;
        beside.samples.inputs.rightCols(2) += sign * static_cast<float>(kStep) * direction;
        beside.forward();
        sum += sign * (beside.terms.gradient.rightCols(2).cwiseProduct(direction)).rowwise().sum();
      }
      return (0.5 * kSigma * kSigma / (2 * kStep) * sum.cwiseProduct(net.samples.weight).cast<double>().mean());
    };
    MatrixF signs(kBatch, 2);
    for (Index i = 0; i < signs.size(); ++i) signs.data()[i] = rng.uniform() < 0.5 ? -1.0F : 1.0F;
    hutchinson += slope(signs) / kBatches;
    for (Index j = 0; j < 2; ++j) {
      MatrixF axis = MatrixF::Zero(kBatch, 2);
      axis.col(j).setOnes();
      differences += slope(axis) / kBatches;
    }
  }
  const double error = std::sqrt((by_parts_squared - by_parts * by_parts) / kBatches);
  CHECK(std::abs(by_parts - differences) < 5 * error);
  CHECK(std::abs(by_parts - hutchinson) < 5 * error);
  CHECK(std::abs(differences) > 10 * error);  // far from nothing: the test can fail
}

TEST_CASE("direction and source are the derivative of the smoothness penalty") {
  const IntervalSampler sampler(interval());
  Net net(true);  // twice the rows
  core::Rng rng(1, 2);
  PathSamples& samples = net.samples;
  sampler.draw(rng, 0, kBatch, 1, 0, kBatch, samples);
  net.terms.value.setRandom();
  net.terms.gradient.setRandom();
  const auto loss = [&](BatchTerms terms) {
    LossParts parts;
    add_smoothness(samples, kLambda, 0.3, 0.5, 1.0 / kBatch, kBatch, terms, parts);
    return parts.loss;
  };
  BatchTerms at = net.terms;
  at.direction.setZero();
  at.source.setZero();
  LossParts parts;
  add_smoothness(samples, kLambda, 0.3, 0.5, 1.0 / kBatch, kBatch, at, parts);
  CHECK(parts.smoothness == parts.loss);
  for (Index i : {Index{3}, Index{40}, kBatch + 3, kBatch + 40}) {
    constexpr float kStep = 0.25F;  // the penalty is quadratic: central differences are exact up to rounding
    for (Index j = -1; j < 3; ++j) {
      BatchTerms up = net.terms, down = net.terms;
      (j < 0 ? up.value(i) : up.gradient(i, j)) += kStep;
      (j < 0 ? down.value(i) : down.gradient(i, j)) -= kStep;
      CHECK((loss(up) - loss(down)) / (2 * kStep) ==
            doctest::Approx(j < 0 ? at.source(i) : at.direction(i, j)).epsilon(2e-3));
    }
  }
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
