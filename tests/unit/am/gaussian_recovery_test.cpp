#include <cmath>
#include <doctest/doctest.h>

#include "am/fit.hpp"
#include "sim/gaussian.hpp"

using namespace instar;

// The closed form of instar-simulate gaussian, recovered: a population that moves, widens and grows. Off its centre the
// velocity has a part that is not a translation, w u + a (x - w t u).
TEST_CASE("the Gaussian simulator's velocity and growth are recovered") {
  sim::GaussianOptions truth;
  truth.dims = 2;
  truth.speed = 1;
  truth.dilation = 0.25;
  truth.growth = 0.3;
  truth.deviation = 0.5;
  truth.plan.times = {0, 0.5, 1, 1.5, 2};
  truth.plan.cells = 4000;
  truth.plan.seed = 3;
  const sim::Simulation population = sim::gaussian(truth);
  const auto snapshots = core::make_snapshots(population.state, population.cell_times);
  am::FitOptions options;
  options.scale = am::ScaleKind::none;
  options.growth_scale = 3;
  options.width = 64;
  options.steps = 800;
  options.mass = "given";
  for (double t : truth.plan.times) options.given_masses.push_back(std::exp(truth.growth * t));
  const am::Model model = am::train(am::prepare_fit(snapshots, options), options).model;

  for (std::size_t k = 1; k + 1 < snapshots.times.size(); ++k) {
    const Matrix x = core::take_rows(snapshots.coordinates, snapshots.cells[k]);
    const auto values = am::evaluate(model, snapshots.times[k], x);
    const Matrix exact = core::take_rows(population.velocity, snapshots.cells[k]);
    const double miss = std::sqrt((values.velocity - exact).squaredNorm() / static_cast<double>(x.rows()));
    const double size = std::sqrt(exact.squaredNorm() / static_cast<double>(x.rows()));
    CAPTURE(snapshots.times[k]);
    CHECK(miss < 0.15 * size);  // couplings of 800 sampled cells a time place a velocity no better than about .1
    CHECK(std::abs(values.growth.mean() - truth.growth) < 0.05);
  }
}
