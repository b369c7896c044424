// Time of a training step (forward, direction, backward, Adam) and of an evaluation (value and gradient), beside what
// the matrix library reaches alone on products of the same shape. Rates are those of the shortest times. Usage:
// bench_kernel [threads [repeats]].
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#include "core/parallel.hpp"
#include "core/rng.hpp"
#include "nn/adam.hpp"
#include "nn/gemm.hpp"
#include "nn/weights.hpp"

using namespace instar;
using namespace instar::nn;

namespace {

constexpr Index kShardRows = 128;

/// Shortest and median seconds of one call.
struct Times {
  double best, median;
};

Times seconds_of(int repeats, const std::function<void()>& call) {
  using Clock = std::chrono::steady_clock;
  for (int i = 0; i < std::max(3, repeats / 10); ++i) call();
  std::vector<double> times;
  for (int i = 0; i < repeats; ++i) {
    const auto start = Clock::now();
    call();
    times.push_back(std::chrono::duration<double>(Clock::now() - start).count());
  }
  std::sort(times.begin(), times.end());
  return {times.front(), times[times.size() / 2]};
}

MatrixF random(Index rows, Index cols, std::uint32_t stream) {
  core::Rng rng(1, stream);
  return MatrixF::NullaryExpr(rows, cols, [&] { return static_cast<float>(rng.normal()); });
}

struct Shard {
  Shard(const MlpShape& s, Index rows)
      : shape(s),
        kernel(s, rows),
        evaluator(s),
        inputs(random(rows, s.inputs(), 1)),
        gradient(rows, s.inputs()),
        value(rows),
        sums(static_cast<std::size_t>(s.parameters())) {}
  void forward(const Weights& weights) {
    const Index rows = inputs.rows();
    kernel.forward(
        weights,
        {{inputs.data(), rows, shape.inputs()}, {value.data(), rows}, {gradient.data(), rows, shape.inputs()}});
  }
  void evaluate(const Weights& weights) {
    const Index rows = inputs.rows();
    evaluator.evaluate(
        weights,
        {{inputs.data(), rows, shape.inputs()}, {value.data(), rows}, {gradient.data(), rows, shape.inputs()}});
  }
  void step(const Weights& weights) {
    forward(weights);
    kernel.backward(weights, gradient, value, sums.data());
  }
  MlpShape shape;
  Kernel kernel;
  Evaluator evaluator;
  MatrixF inputs, gradient;
  VectorF value;
  std::vector<float> sums;
};

/// Products [rows, width] x [width, width] on every thread, GFLOP/s in all.
double product_rate(Index rows, Index width, int repeats) {
  const Index tasks = core::threads();
  const MatrixF a = random(rows, width, 2), b = random(width, width, 3);
  std::vector<MatrixF> out(static_cast<std::size_t>(tasks), MatrixF(rows, width));
  const int inner = static_cast<int>(std::max<Index>(1, 50'000'000 / (rows * width * width)));
  const Times times = seconds_of(repeats, [&] {
    core::parallel_for(tasks, [&](Index t) {
      const SingleThread scope;
      for (int i = 0; i < inner; ++i) {
        gemm(Use::kPlain, Use::kPlain, rows, width, width, a.data(), width, b.data(), width, 0,
             out[static_cast<std::size_t>(t)].data(), width);
      }
    });
  });
  return 2e-9 * static_cast<double>(rows * width * width * tasks * inner) / times.best;
}

void run(Index dims, Index width, Index batch, int repeats) {
  const MlpShape shape{dims, width, 3};
  std::vector<Shard> shards;
  std::vector<const float*> sums;
  for (Index row = 0; row < batch; row += kShardRows) shards.emplace_back(shape, std::min(kShardRows, batch - row));
  for (const Shard& shard : shards) sums.push_back(shard.sums.data());
  const auto count = static_cast<Index>(shards.size());
  Adam adam(initial_parameters(shape, 1));
  Weights weights(shape, adam.parameters);
  const auto shard = [&](Index i) -> Shard& { return shards[static_cast<std::size_t>(i)]; };
  const Times evaluation =
      seconds_of(repeats, [&] { core::parallel_for(count, [&](Index i) { shard(i).evaluate(weights); }); });
  const Times step = seconds_of(repeats, [&] {
    core::parallel_for(count, [&](Index i) { shard(i).step(weights); });
    adam_step(adam, sums, 1e-5, {}, weights.pieces(),
              [&](Index piece) { weights.take(piece, adam.parameters.data()); });
  });
  // Two products a layer for an evaluation, six for a step; the input layer has no product of the reverse pass.
  const double layer = 2e-9 * static_cast<double>(batch * width * width * (shape.depth - 1));
  const double input = 2e-9 * static_cast<double>(batch * width * shape.inputs());
  const double rate = (6 * layer + 5 * input) / step.best;
  const double shard_rate = product_rate(kShardRows, width, repeats);
  std::printf("%4td  3x%-4td  %5td  %8.3f %8.3f  %8.1f  %8.3f %8.3f  %8.1f  %8.1f  %6.0f %%  %8.1f\n", dims, width,
              batch, 1e3 * step.best, 1e3 * step.median, rate, 1e3 * evaluation.best, 1e3 * evaluation.median,
              2 * (layer + input) / evaluation.best, shard_rate, 100 * rate / shard_rate,
              product_rate(512, 512, repeats));
}

}  // namespace

int main(int argc, char** argv) {
  core::set_threads(core::resolve_threads(argc > 1 ? std::atoi(argv[1]) : 0));
  const int repeats = argc > 2 ? std::atoi(argv[2]) : 50;
  std::printf("%s; %d threads, %d repeats\n", kernel_description().c_str(), core::threads(), repeats);
  std::printf(
      "dims  network  batch  ms a step:  median   GFLOP/s  ms an eval: median   GFLOP/s  sgemm128  of sgemm  "
      "sgemm512\n");
  run(5, 64, 256, repeats);
  run(5, 256, 256, repeats);
  run(50, 512, 512, repeats);
}
