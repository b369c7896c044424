#include <algorithm>
#include <array>
#include <doctest/doctest.h>
#include <thread>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/rng.hpp"
#include "nn/weights.hpp"
#include "support/naive_mlp.hpp"

using namespace instar;
using namespace instar::nn;
using test::NaiveMlp;

namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

/// A network whose biases are not zero, and a batch for it.
struct Problem {
  explicit Problem(const MlpShape& s, Index batch) : shape(s), parameters(initial_parameters(s, 3)) {
    core::Rng rng(7, 1);
    for (float& p : parameters) p += static_cast<float>(0.1 * rng.normal());
    inputs = MatrixF::NullaryExpr(batch, s.inputs(), [&] { return static_cast<float>(rng.normal()); });
    direction = MatrixF::NullaryExpr(batch, s.inputs(), [&] { return static_cast<float>(rng.normal()); });
    source = VectorF::NullaryExpr(batch, [&] { return static_cast<float>(rng.normal()); });
  }
  NaiveMlp naive() const { return {shape, {parameters.begin(), parameters.end()}}; }
  std::vector<double> row(const MatrixF& matrix, Index i) const {
    std::vector<double> out;
    for (Index k = 0; k < matrix.cols(); ++k) out.push_back(static_cast<double>(matrix(i, k)));
    return out;
  }
  MlpShape shape;
  std::vector<float> parameters;
  MatrixF inputs, direction;
  VectorF source;
};

struct Answer {
  VectorF value;
  MatrixF gradient;
  std::vector<float> parameter_gradient;
  bool operator==(const Answer& other) const {
    return value == other.value && gradient == other.gradient && parameter_gradient == other.parameter_gradient;
  }
};

Answer solve(Kernel& kernel, const Problem& problem) {
  const Index batch = problem.inputs.rows();
  Answer answer{VectorF(batch), MatrixF(batch, problem.shape.inputs()),
                std::vector<float>(problem.parameters.size(), 0.0F)};
  const Weights weights(problem.shape, problem.parameters);
  kernel.forward(weights, {{problem.inputs.data(), batch, problem.shape.inputs()},
                           {answer.value.data(), batch},
                           {answer.gradient.data(), batch, problem.shape.inputs()}});
  kernel.backward(weights, problem.direction, problem.source, answer.parameter_gradient.data());
  return answer;
}

Answer solve(const Problem& problem) {
  Kernel kernel(problem.shape, problem.inputs.rows());
  return solve(kernel, problem);
}

double largest(const std::vector<double>& numbers) {
  double out = 0;
  for (const double x : numbers) out = std::max(out, std::abs(x));
  return out;
}

/// Sums of at most a few thousand float products, each with relative error 6e-8, errors of both signs: 2e-5 of the
/// largest entry leaves a factor of about ten.
constexpr double kTolerance = 2e-5;

void check_against_oracle(const Problem& problem, const Answer& answer) {
  const NaiveMlp naive = problem.naive();
  std::vector<double> sum(problem.parameters.size(), 0.0);
  double value_error = 0, value_scale = 0, gradient_error = 0, gradient_scale = 0;
  for (Index i = 0; i < problem.inputs.rows(); ++i) {
    const auto input = problem.row(problem.inputs, i);
    const double value = naive.value(input);
    value_error = std::max(value_error, std::abs(value - static_cast<double>(answer.value(i))));
    value_scale = std::max(value_scale, std::abs(value));
    const auto gradient = naive.gradient(input);
    for (Index k = 0; k < problem.shape.inputs(); ++k) {
      const double error = gradient[at(k)] - static_cast<double>(answer.gradient(i, k));
      gradient_error = std::max(gradient_error, std::abs(error));
    }
    gradient_scale = std::max(gradient_scale, largest(gradient));
    naive.add_parameter_gradient(input, problem.row(problem.direction, i), static_cast<double>(problem.source(i)), sum);
  }
  CHECK(value_error <= kTolerance * value_scale);
  CHECK(gradient_error <= kTolerance * gradient_scale);
  // Layer by layer: a small bias gradient must not hide behind a large weight gradient.
  for (Index l = 0; l <= problem.shape.depth; ++l) {
    const std::array<Index, 3> edges{problem.shape.weight_offset(l), problem.shape.bias_offset(l),
                                     problem.shape.bias_offset(l) + problem.shape.layer_outputs(l)};
    for (std::size_t part = 0; part < 2; ++part) {
      double error = 0, scale = 0;
      for (Index p = edges[part]; p < edges[part + 1]; ++p) {
        error = std::max(error, std::abs(sum[at(p)] - static_cast<double>(answer.parameter_gradient[at(p)])));
        scale = std::max(scale, std::abs(sum[at(p)]));
      }
      CAPTURE(l);
      CAPTURE(part);
      CHECK(error <= kTolerance * std::max(scale, 1.0));
    }
  }
}

}  // namespace

TEST_CASE("the oracle's gradients agree with central differences") {
  for (Index depth : {1, 2, 3}) {
    const Problem problem({2, 5, depth}, 1);
    NaiveMlp naive = problem.naive();
    const auto input = problem.row(problem.inputs, 0);
    const auto direction = problem.row(problem.direction, 0);
    const double source = static_cast<double>(problem.source(0));
    const double h = 1e-5;
    const double tolerance =
        1e-8;  // truncation h^2 = 1e-10 and cancellation eps / h = 2e-11, times derivatives of order 10
    const auto gradient = naive.gradient(input);
    for (std::size_t k = 0; k < input.size(); ++k) {
      auto up = input, down = input;
      up[k] += h, down[k] -= h;
      CHECK(std::abs(gradient[k] - (naive.value(up) - naive.value(down)) / (2 * h)) < tolerance);
    }
    std::vector<double> sum(problem.parameters.size(), 0.0);
    naive.add_parameter_gradient(input, direction, source, sum);
    for (std::size_t p = 0; p < sum.size(); ++p) {
      const double before = naive.parameters()[p];
      naive.parameters()[p] = before + h;
      const double up = naive.objective(input, direction, source);
      naive.parameters()[p] = before - h;
      const double down = naive.objective(input, direction, source);
      naive.parameters()[p] = before;
      CHECK(std::abs(sum[p] - (up - down) / (2 * h)) < tolerance);
    }
  }
}

TEST_CASE("the kernel agrees with the oracle for every kind of shape") {
  const std::vector<std::pair<MlpShape, Index>> shapes{
      {{1, 1, 1}, 1},   {{1, 16, 1}, 3},   {{2, 7, 2}, 5},    {{5, 64, 3}, 33},
      {{5, 50, 4}, 17}, {{50, 33, 3}, 20}, {{20, 96, 2}, 64}, {{12, 128, 3}, 128},
  };
  for (const auto& [shape, batch] : shapes) {
    CAPTURE(shape.dims);
    CAPTURE(shape.width);
    CAPTURE(shape.depth);
    CAPTURE(batch);
    const Problem problem(shape, batch);
    check_against_oracle(problem, solve(problem));
  }
}

TEST_CASE("a kernel serves batches of any size up to its own, one after the other") {
  const MlpShape shape{3, 40, 3};
  Kernel kernel(shape, 100);
  for (Index batch : {100, 7, 64, 1, 33}) {
    CAPTURE(batch);
    const Problem problem(shape, batch);
    check_against_oracle(problem, solve(kernel, problem));
  }
}

TEST_CASE("backward writes over what was there") {
  const Problem problem({2, 20, 2}, 9);
  Kernel kernel(problem.shape, 9);
  const Answer clean = solve(kernel, problem);
  Answer answer = clean;
  std::fill(answer.parameter_gradient.begin(), answer.parameter_gradient.end(), 7.0F);
  const Weights weights(problem.shape, problem.parameters);
  kernel.forward(weights, {{problem.inputs.data(), 9, 3}, {answer.value.data(), 9}, {answer.gradient.data(), 9, 3}});
  kernel.backward(weights, problem.direction, problem.source, answer.parameter_gradient.data());
  CHECK(answer.parameter_gradient == clean.parameter_gradient);
}

TEST_CASE("the value alone has the value and the gradients of a direction of zero") {
  for (const auto& [shape, batch] :
       std::vector<std::pair<MlpShape, Index>>{{{1, 5, 1}, 3}, {{5, 64, 3}, 33}, {{30, 20, 4}, 17}}) {
    CAPTURE(shape.depth);
    Problem problem(shape, batch);
    problem.direction.setZero();
    Kernel kernel(shape, batch);
    Answer answer = solve(kernel, problem);
    answer.value.setZero();
    std::fill(answer.parameter_gradient.begin(), answer.parameter_gradient.end(), 7.0F);
    const Weights weights(shape, problem.parameters);
    kernel.forward_value(weights, {problem.inputs.data(), batch, shape.inputs()}, {answer.value.data(), batch});
    kernel.backward_value(weights, problem.source, answer.parameter_gradient.data());
    check_against_oracle(problem, answer);
  }
}

TEST_CASE("the evaluator has the kernel's numbers, whatever the batch") {
  for (const auto& [shape, batch] : std::vector<std::pair<MlpShape, Index>>{
           {{1, 5, 1}, 3}, {{5, 64, 3}, 150}, {{30, 20, 4}, 65}, {{5, 256, 3}, 64}}) {
    CAPTURE(shape.width);
    const Problem problem(shape, batch);
    const Answer expected = solve(problem);
    VectorF value(batch);
    MatrixF gradient(batch, shape.inputs());
    Evaluator evaluator(shape);
    evaluator.evaluate(Weights(shape, problem.parameters), {{problem.inputs.data(), batch, shape.inputs()},
                                                            {value.data(), batch},
                                                            {gradient.data(), batch, shape.inputs()}});
    if (shape.inputs() <= 16) {  // wider ones are the matrix library's, whose sums depend on the number of rows
      CHECK(value == expected.value);
      CHECK(gradient == expected.gradient);
      continue;
    }
    CHECK((value - expected.value).cwiseAbs().maxCoeff() <= 1e-5F * expected.value.cwiseAbs().maxCoeff());
    CHECK((gradient - expected.gradient).cwiseAbs().maxCoeff() <= 1e-5F * expected.gradient.cwiseAbs().maxCoeff());
  }
}

TEST_CASE("activations far out neither overflow nor turn into NaN") {
  Problem problem({2, 16, 2}, 8);
  problem.inputs *= 1e4F;
  const Answer answer = solve(problem);
  CHECK(answer.value.allFinite());
  CHECK(answer.gradient.allFinite());
  for (const float g : answer.parameter_gradient) CHECK(std::isfinite(g));
}

TEST_CASE("the order of a batch's rows does not matter") {
  Problem problem({5, 48, 3}, 60);
  const Answer before = solve(problem);
  problem.inputs = problem.inputs.colwise().reverse().eval();
  const Answer after = solve(problem);
  const float scale = before.gradient.cwiseAbs().maxCoeff();
  CHECK((before.value.reverse() - after.value).cwiseAbs().maxCoeff() <= 1e-5F * scale);
  CHECK((before.gradient.colwise().reverse() - after.gradient).cwiseAbs().maxCoeff() <= 1e-5F * scale);
}

TEST_CASE("the same bytes again, in other threads at the same time, and for any number of threads") {
  const Problem problem({5, 200, 3}, 128);
  const Answer expected = solve(problem);
  CHECK(solve(problem) == expected);

  std::array<Answer, 2> answers;
  std::thread first([&] { answers[0] = solve(problem); });
  std::thread second([&] { answers[1] = solve(problem); });
  first.join(), second.join();
  CHECK(answers[0] == expected);
  CHECK(answers[1] == expected);

  for (int threads : {1, 2, 3, 8}) {
    core::set_threads(threads);
    std::array<Answer, 5> shards;
    core::parallel_for(5, [&](Index i) { shards[at(i)] = solve(problem); });
    for (const Answer& shard : shards) CHECK(shard == expected);
  }
  core::set_threads(2);
}

TEST_CASE("a shape that is none, and a batch that does not fit, are refused") {
  CHECK_THROWS_AS(Kernel({0, 16, 2}, 4), UsageError);
  CHECK_THROWS_AS(Kernel({2, 0, 2}, 4), UsageError);
  CHECK_THROWS_AS(Kernel({2, 16, 0}, 4), UsageError);
  CHECK_THROWS_AS(Kernel({2, 16, 2}, 0), UsageError);
  const Problem problem({2, 16, 2}, 5);
  Kernel kernel(problem.shape, 4);
  CHECK_THROWS_AS(solve(kernel, problem), std::invalid_argument);
}

TEST_CASE("initial parameters have zero biases, the deviation of their fan-in, and depend on the seed") {
  const MlpShape shape{5, 100, 2};
  const auto parameters = initial_parameters(shape, 1);
  CHECK(parameters.size() == at(100 * 6 + 100 + 100 * 100 + 100 + 100 + 1));
  CHECK(initial_parameters(shape, 1) == parameters);
  CHECK(initial_parameters(shape, 2) != parameters);
  for (Index l = 0; l <= 2; ++l) {
    for (Index j = 0; j < shape.layer_outputs(l); ++j) CHECK(parameters[at(shape.bias_offset(l) + j)] == 0.0F);
  }
  double squares = 0;
  for (Index i = shape.weight_offset(1); i < shape.bias_offset(1); ++i) {
    squares += std::pow(static_cast<double>(parameters[at(i)]), 2);
  }
  // 10,000 draws of variance 1/100: the sum has mean 100 and deviation sqrt(2) sqrt(10,000) / 100.
  CHECK(std::abs(squares - 100) < 5 * 1.42);
}
