#include "sim/birth_death.hpp"

#include <cmath>
#include <doctest/doctest.h>

#include "core/error.hpp"
#include "core/parallel.hpp"

using namespace instar;
using namespace instar::sim;

namespace {

/// An Ornstein-Uhlenbeck process with constant rates: mean, variance and size are known at every time.
class Known : public Landscape {
 public:
  Known(double birth, double death) : rates_{birth, death} {}
  Index dims() const override { return 1; }
  double noise() const override { return 0.5; }
  double time_step() const override { return 0.005; }
  void start(core::Rng&, double* state) const override { state[0] = 2; }
  void drift(const double* state, double* out) const override { out[0] = -state[0]; }
  Rates rates(const double*) const override { return rates_; }

 private:
  Rates rates_;
};

SnapshotPlan plan_of(std::vector<double> times, Index cells, Sampling sampling) {
  SnapshotPlan plan;
  plan.times = std::move(times);
  plan.cells = cells;
  plan.sampling = sampling;
  return plan;
}

}  // namespace

TEST_CASE("size, mean and variance of a birth-death diffusion are those of its equation") {
  const Index n = 4000;
  const Simulation cells = observe(Known(0.7, 0.3), plan_of({0, 0.5, 2}, 3 * n, Sampling::equal));
  CHECK(cells.state.rows() == 3 * n);
  for (std::size_t k = 0; k < 3; ++k) {
    const double t = cells.times[k];
    // A founder's progeny has mean e^{(b-d)t} and variance (b+d)/(b-d) e^{(b-d)t} (e^{(b-d)t} - 1); at least 8,000
    // founders.
    const double size = std::exp(0.4 * t);
    const double error = std::sqrt(1.0 / 0.4 * size * (size - 1) / 8000);
    CHECK(std::abs(cells.population[k] - size) <= 4 * error);
    const Vector x = cells.state.col(0).segment(static_cast<Index>(k) * n, n);
    const double variance = 0.125 * (1 - std::exp(-2 * t));
    // Relatives resemble each other: twice the standard error of independent cells. Euler's bias is below dt = 0.005.
    CHECK(std::abs(x.mean() - 2 * std::exp(-t)) <= 0.005 + 8 * std::sqrt(variance / n));
    CHECK(std::abs((x.array() - x.mean()).square().mean() - variance) <= variance * (0.01 + 8 * std::sqrt(2.0 / n)));
  }
  CHECK(cells.growth == std::vector<double>(static_cast<std::size_t>(3 * n), 0.7 - 0.3));
  CHECK(cells.velocity == -cells.state);
}

TEST_CASE("cell numbers follow the population where that is asked for") {
  const Simulation cells = observe(Known(0.7, 0), plan_of({0, 1, 2}, 901, Sampling::population));
  CHECK(cells.state.rows() == 901);
  const double sum = cells.population[0] + cells.population[1] + cells.population[2];
  for (std::size_t k = 0; k < 3; ++k) {
    Index seen = 0;
    for (const double t : cells.cell_times) seen += t == cells.times[k] ? 1 : 0;
    CHECK(std::abs(static_cast<double>(seen) - 901 * cells.population[k] / sum) < 1);
  }
}

TEST_CASE("same seed, same bytes for any number of threads; another seed, other cells") {
  SnapshotPlan plan = plan_of({0.3, 1}, 100, Sampling::equal);
  core::set_threads(1);
  const Simulation expected = observe(Known(0.5, 0.2), plan);
  for (int threads : {2, 3, 8}) {
    core::set_threads(threads);
    const Simulation again = observe(Known(0.5, 0.2), plan);
    CHECK(again.state == expected.state);
    CHECK(again.population == expected.population);
  }
  core::set_threads(2);
  plan.seed = 1;
  CHECK(observe(Known(0.5, 0.2), plan).state != expected.state);
}

TEST_CASE("a shrinking population is made large enough to be observed, or refused") {
  const Simulation cells = observe(Known(0, 1), plan_of({0, 3}, 2000, Sampling::equal));
  CHECK(cells.state.rows() == 2000);
  // Binomial share of at least at least 8,000 founders.
  const double left = std::exp(-3.0);
  CHECK(std::abs(cells.population[1] - left) <= 4 * std::sqrt(left * (1 - left) / 8000));
  CHECK_THROWS_AS(observe(Known(0, 5), plan_of({0, 3}, 10, Sampling::equal)), UsageError);
}

TEST_CASE("plans that make no sense are refused") {
  CHECK_THROWS_AS(observe(Known(0, 0), plan_of({}, 10, Sampling::equal)), UsageError);
  CHECK_THROWS_AS(observe(Known(0, 0), plan_of({0, 0}, 10, Sampling::equal)), UsageError);
  CHECK_THROWS_AS(observe(Known(0, 0), plan_of({2, 1}, 10, Sampling::equal)), UsageError);
  CHECK_THROWS_AS(observe(Known(0, 0), plan_of({-1, 1}, 10, Sampling::equal)), UsageError);
  CHECK_THROWS_AS(observe(Known(0, 0), plan_of({0, 1}, 0, Sampling::equal)), UsageError);
}
