#include "am/sampler.hpp"

#include <cmath>
#include <doctest/doctest.h>

using namespace instar;
using namespace instar::am;

namespace {

/// Two sources, two targets; one source fades, one target appears.
Interval small_interval() {
  Interval interval;
  interval.begin = 1;
  interval.end = 3;
  interval.source = make_cells(MatrixF{{0.0F, 0.0F}, {5.0F, 5.0F}});
  interval.target = make_cells(MatrixF{{1.0F, 0.0F}, {-4.0F, 2.0F}});
  interval.growth_scale = 1;
  interval.path = PathKind::wfr;
  interval.coupling.pairs = {{0, 0, 0.7, 0.9}, {1, Coupling::kNone, 0.3, 0}, {Coupling::kNone, 1, 0, 0.5}};
  return interval;
}

PathSamples storage(Index rows) { return {rows, 2}; }

}  // namespace

TEST_CASE("weights integrate the mass of the path over the interval") {
  const IntervalSampler sampler(small_interval());
  constexpr Index kRows = 200000;
  auto samples = storage(kRows);
  core::Rng rng(1, 2);
  sampler.draw(rng, 0, kRows, 1, 0, kRows, samples);
  // Exact: fading 0.3 (1-tau)^2 -> 0.1, appearing 0.5 tau^2 -> 1/6, the pair's parabola by Simpson's rule; times Dt
  // = 2.
  const double c0 = std::sqrt(0.7 * 0.9) * std::cos(0.5);
  const double middle = (0.7 + 0.9 - 2 * c0) / 4 - (0.7 - c0) + 0.7;
  const double exact = 2 * (0.1 + 0.5 / 3 + (0.7 + 4 * middle + 0.9) / 6);
  const double mean = samples.weight.cast<double>().mean();
  const double error = std::sqrt((samples.weight.cast<double>().array() - mean).square().mean() / kRows);
  CHECK(std::abs(mean - exact) < 5 * error);
  CHECK(error < 0.01 * exact);
}

TEST_CASE("times are stratified, and cells without a partner stay in place") {
  const IntervalSampler sampler(small_interval());
  auto samples = storage(64);
  core::Rng rng(3, 4);
  sampler.draw(rng, 0, 64, 0.5, 0, 64, samples);
  int still = 0;
  for (Index i = 0; i < 64; ++i) {
    const double tau = (samples.inputs(i, 0) / 0.5 - 1) / 2;
    CHECK(tau >= static_cast<double>(i) / 64 - 1e-6);
    CHECK(tau <= static_cast<double>(i + 1) / 64 + 1e-6);
    if (samples.inputs(i, 1) == 5.0F) {
      CHECK(samples.velocity.row(i).isZero());
      CHECK(samples.growth(i) == doctest::Approx(-2 / (1 - tau) / 2).epsilon(1e-3));
      ++still;
    }
  }
  CHECK(still > 0);
}

TEST_CASE("the independent path has the mean of both ends in its middle") {
  Interval interval = small_interval();
  interval.path = PathKind::linear;
  interval.coupling.pairs.clear();
  const IntervalSampler sampler(interval);
  constexpr Index kRows = 100000;
  auto samples = storage(kRows);
  core::Rng rng(5, 6);
  sampler.draw(rng, 0, kRows, 1, 0, kRows, samples);
  CHECK(samples.weight.mean() == doctest::Approx(2).epsilon(1e-5));  // mass 1 over an interval of length 2
  CHECK(samples.velocity.col(0).mean() == doctest::Approx((-1.5 - 2.5) / 2).epsilon(0.02));
  for (Index i = 0; i < 100; ++i) CHECK(samples.growth(i) == 0.0F);
}

TEST_CASE("between two snapshots is a mixture of both, at times all along the course") {
  std::vector<Slice> slices{{0, 1, make_cells(MatrixF::Constant(3, 1, 0.0F))},
                            {1, 2, make_cells(MatrixF::Constant(5, 1, 10.0F))},
                            {4, 0.5, make_cells(MatrixF::Constant(2, 1, 20.0F))}};
  const SnapshotSampler sampler(slices);
  constexpr Index kRows = 60000;
  PathSamples samples(kRows, 1, true);
  core::Rng rng(7, 8);
  sampler.draw(rng, 0.3, 0, 2, samples);
  double share[3] = {0, 0, 0}, near_end = 0, late_in_near_end = 0;
  for (Index i = 0; i < kRows; ++i) {
    const double time = samples.inputs(i, 0) / 2;
    const auto slice = static_cast<std::size_t>(std::lround(samples.inputs(i, 1) / 10));
    share[slice] += 1.0 / kRows;
    CHECK_MESSAGE(samples.weight(i) == doctest::Approx(4 * slices[slice].mass), i);
    if (time < 3) continue;  // the last quarter of the way to the last snapshot and more: on average 5/6 of it
    near_end += 1;
    late_in_near_end += slice == 2 ? 1 : 0;
  }
  // The trapezoid rule's: 1/2, 2 and 3/2 of 4. Standard errors are below .002; near the end .003.
  CHECK(std::abs(share[0] - 0.125) < 0.01);
  CHECK(std::abs(share[1] - 0.5) < 0.01);
  CHECK(std::abs(share[2] - 0.375) < 0.01);
  CHECK(near_end / kRows == doctest::Approx(0.25).epsilon(0.002));  // of low discrepancy
  CHECK(std::abs(late_in_near_end / near_end - 5.0 / 6) < 0.02);
}
