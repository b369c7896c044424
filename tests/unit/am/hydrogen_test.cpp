// The physics test of Action Matching, small; bench/hydrogen.py has it whole (docs/hydrogen.md).
#include "sim/hydrogen.hpp"

#include <cmath>
#include <doctest/doctest.h>

#include "am/predict.hpp"
#include "math/metrics.hpp"
#include "unit/am/small_fit.hpp"

using namespace instar;

namespace {

constexpr double kGamma = 0.01579;
constexpr Index kCellsAtEach = 1000;

sim::Simulation simulate(std::vector<double> times, Index cells_at_each, std::uint64_t seed) {
  sim::HydrogenOptions options;
  options.plan.cells = cells_at_each * static_cast<Index>(times.size());
  options.plan.times = std::move(times);
  options.plan.seed = seed;
  return sim::hydrogen(options);
}

/// Pearson's, over all components of the rows whose true speed is among the slowest 95 %.
double correlation_of_slow(const Matrix& learned, const Matrix& exact) {
  Vector speed = exact.rowwise().norm();
  const Vector speeds = speed;
  std::sort(speed.begin(), speed.end());
  const double limit = speed[static_cast<Index>(0.95 * static_cast<double>(speed.size()))];
  double xx = 0, yy = 0, xy = 0;  // means are nothing over a whole beat
  for (Index i = 0; i < exact.rows(); ++i) {
    if (speeds[i] > limit) continue;
    xx += learned.row(i).squaredNorm();
    yy += exact.row(i).squaredNorm();
    xy += learned.row(i).dot(exact.row(i));
  }
  return xy / std::sqrt(xx * yy);
}

}  // namespace

TEST_CASE("hydrogen: snapshots dense in time give marginals and velocity" * doctest::skip()) {
  const auto made = simulate(sim::hydrogen_times(), kCellsAtEach, 1);
  const auto snapshots = core::make_snapshots(made.state, made.cell_times);
  am::FitOptions options = test::small_options();
  options.method = "am";
  options.path = am::PathKind::snapshots;
  options.scale = am::ScaleKind::global;
  options.width = 64;
  options.depth = 3;
  options.batch = 1024;
  options.steps = 5000;
  options.warmup = 200;
  options.learning_rate = 2e-3;
  options.time_scale = 6;
  options.clip = 1;
  const am::Model model = test::fit(snapshots, options);

  std::vector<double> tenths;
  for (int k = 1; k <= 10; ++k) tenths.push_back(sim::hydrogen_times()[static_cast<std::size_t>(10 * k)]);
  const auto truth = simulate(tenths, kCellsAtEach, 2);
  am::PredictOptions predict;
  predict.start = {am::Start::Kind::first, 0};
  predict.times = tenths;
  const am::Prediction moved = am::predict(model, snapshots, predict);
  double mean = 0;
  Matrix learned(truth.state.rows(), 3);
  for (Index k = 0; k < 10; ++k) {
    const Matrix there = truth.state.middleRows(k * kCellsAtEach, kCellsAtEach);
    learned.middleRows(k * kCellsAtEach, kCellsAtEach) =
        am::evaluate(model, tenths[static_cast<std::size_t>(k)], there).velocity;
    const auto& total = moved.totals[static_cast<std::size_t>(k)];
    const math::Cloud predicted{moved.coordinates.middleRows(total.first_row, total.rows), Vector::Ones(total.rows)};
    mean += 0.1 * std::abs(3 * math::mmd_unbiased(predicted, {there, Vector::Ones(kCellsAtEach)}, kGamma));
  }
  // Standing still: .017 to .17. Two samples of a thousand: below 1e-3.
  CHECK(mean < 4e-3);
  // The velocity circulates around its node: of gradients none reaches more than .846, the one that carries the density
  // .836 (docs/hydrogen.md).
  const double correlation = correlation_of_slow(learned, truth.velocity);
  CHECK(correlation > 0.75);
  CHECK(correlation < 0.87);
  MESSAGE("mean |MMD^2| " << mean << ", correlation " << correlation);
}
