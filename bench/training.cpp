// What bench/training.py times beside its peers: whole training steps (sampling of paths, objective, its gradient,
// Adam, moving average) and integration of cells. Usage:
//   bench_training DIMS WIDTH BATCH conditional|action|integrate PROBLEM
// writes the problem to PROBLEM for the peers, then answers lines of standard input: "run N" trains N steps (or
// integrates N times) and prints the seconds of one and the loss of the last steps; "sgemm" prints the GFLOP/s that the
// matrix library reaches alone at 512 x 512 x 512 on all threads.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

#include "am/fit.hpp"
#include "am/predict.hpp"
#include "core/parallel.hpp"
#include "core/rng.hpp"
#include "nn/gemm.hpp"
#include "nn/mlp.hpp"

using namespace instar;

namespace {

constexpr Index kCells = 1000;
constexpr Index kParticles = 20000;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// Two clouds, the second one moved, wider, and of more cells.
core::Snapshots two_clouds(Index dims, Index first, Index second) {
  Matrix x(first + second, dims);
  std::vector<double> times;
  core::Rng rng(1, 1);
  for (Index i = 0; i < x.rows(); ++i) {
    const bool later = i >= first;
    for (Index j = 0; j < dims; ++j) x(i, j) = later ? 0.5 + 1.2 * rng.normal() : rng.normal();
    times.push_back(later ? 1 : 0);
  }
  return core::make_snapshots(x, times);
}

/// The interval as the peers read it: little-endian doubles, sizes first.
void write_problem(const std::string& path, const am::FitProblem& problem, const am::FitOptions& options) {
  const am::Interval& in = problem.intervals.front();
  std::ofstream out(path, std::ios::binary);
  const auto put = [&](double value) { out.write(reinterpret_cast<const char*>(&value), sizeof value); };
  const auto put_matrix = [&](const am::Cells& cells) {
    const Matrix m = cells->cast<double>();
    out.write(reinterpret_cast<const char*>(m.data()), m.size() * static_cast<Index>(sizeof(double)));
  };
  for (const double size : {static_cast<double>(in.source->cols()), static_cast<double>(in.source->rows()),
                            static_cast<double>(in.target->rows()), static_cast<double>(in.coupling.pairs.size())})
    put(size);
  for (const double value : {problem.model.lambda(), in.growth_scale, in.end - in.begin, problem.model.time_scale,
                             in.source_mass, in.target_mass, options.learning_rate, options.ema})
    put(value);
  put_matrix(in.source);
  put_matrix(in.target);
  for (const auto& pair : in.coupling.pairs)
    for (const double value : {static_cast<double>(pair.source), static_cast<double>(pair.target), pair.p, pair.q})
      put(value);
}

struct Answer {
  double seconds, loss;
};

/// Seconds from the end of the first step to the end of the last, a step: without what a fit does once.
Answer train(const am::FitProblem& problem, am::FitOptions options, std::int64_t steps) {
  options.steps = steps + 1;
  double begin = 0;
  double end = 0;
  am::TrainHooks hooks;
  hooks.after_step = [&](const am::StepReport& report) { (report.step == 0 ? begin : end) = now(); };
  const am::FitResult result = am::train(problem, options, core::silent(), hooks);
  return {(end - begin) / static_cast<double>(steps), result.loss};
}

double sgemm_rate() {
  constexpr Index n = 512;
  constexpr int kRounds = 40;
  const Index tasks = core::threads();
  const auto cells = static_cast<std::size_t>(tasks);
  const std::vector<MatrixF> a(cells, MatrixF::Ones(n, n)), b(cells, MatrixF::Ones(n, n));
  std::vector<MatrixF> c(cells, MatrixF(n, n));
  const double begin = now();
  core::parallel_for(tasks, [&](Index t) {
    const nn::SingleThread scope;
    const auto at = static_cast<std::size_t>(t);
    for (int i = 0; i < kRounds; ++i)
      nn::gemm(nn::Use::kPlain, nn::Use::kPlain, n, n, n, a[at].data(), n, b[at].data(), n, 0, c[at].data(), n);
  });
  return 2e-9 * static_cast<double>(n * n * n * tasks * kRounds) / (now() - begin);
}

void serve(const std::function<Answer(std::int64_t)>& run) {
  std::printf("%s; %d threads\n", nn::kernel_description().c_str(), core::threads());
  std::fflush(stdout);
  std::string word;
  while (std::cin >> word) {
    if (word == "sgemm") {
      std::printf("%.6g\n", sgemm_rate());
    } else {
      std::int64_t count = 0;
      std::cin >> count;
      const Answer answer = run(count);
      std::printf("%.9g %.9g\n", answer.seconds, answer.loss);
    }
    std::fflush(stdout);
  }
}

void serve_training(Index dims, am::FitOptions options, const std::string& path) {
  const am::FitProblem problem = am::prepare_fit(two_clouds(dims, kCells, kCells * 5 / 4), options);
  write_problem(path, problem, options);
  serve([&](std::int64_t steps) { return train(problem, options, steps); });
}

void serve_integration(Index dims, const am::FitOptions& options) {
  const core::Snapshots cells = two_clouds(dims, kParticles, 2);
  am::FitOptions plan = options;
  plan.path = am::PathKind::linear;
  am::Model model = am::prepare_fit(cells, plan).model;
  model.parameters = nn::initial_parameters(model.shape, 0);
  am::PredictOptions prediction;
  prediction.start.kind = am::Start::Kind::first;
  prediction.times = {1};
  prediction.ode.solver = math::OdeOptions::Solver::rk4;
  serve([&](std::int64_t rounds) {
    const double begin = now();
    double mass = 0;
    for (std::int64_t i = 0; i < rounds; ++i) mass = am::predict(model, cells, prediction).totals.front().mass;
    return Answer{(now() - begin) / static_cast<double>(rounds), mass};
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: bench_training DIMS WIDTH BATCH conditional|action|integrate PROBLEM\n");
    return 2;
  }
  const std::string what = argv[4];
  am::FitOptions options;
  options.width = std::atoi(argv[2]);
  options.batch = std::atoi(argv[3]);
  options.growth_scale = std::sqrt(static_cast<double>(std::atoi(argv[1])));
  options.mass = "cells";
  if (what == "integrate") {
    serve_integration(std::atoi(argv[1]), options);
  } else {
    options.estimator = what;
    serve_training(std::atoi(argv[1]), options, argv[5]);
  }
}
