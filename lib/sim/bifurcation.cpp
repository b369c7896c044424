#include "sim/bifurcation.hpp"

#include <cmath>

#include "core/error.hpp"
#include "sim/birth_death.hpp"

namespace instar::sim {
namespace {

/// Progress at which the valley forks.
constexpr double kFork = 0.3;

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

class ForkedValley : public Landscape {
 public:
  explicit ForkedValley(const BifurcationOptions& options) : options_(options) {}
  Index dims() const override { return 3; }
  double noise() const override { return options_.noise; }
  double time_step() const override { return 0.02; }

  void start(core::Rng& rng, double* state) const override {
    state[0] = 0.2 * rng.normal();
    state[1] = 0.2 * rng.normal();
    state[2] = floor_of_valley(state[0]) + 0.2 * rng.normal();
  }

  void drift(const double* state, double* out) const override {
    const double p = state[0], y = state[1], w = state[2];
    out[0] = options_.speed * (1 + 0.25 * std::tanh(y));
    out[1] = 1.5 * (2 * (p - kFork) * y - y * y * y);
    out[2] = std::cos(p / 2) * out[0] - 2 * (w - floor_of_valley(p));
  }

  Rates rates(const double* state) const override {
    const double past_fork = logistic(4 * (state[0] - kFork));
    const double on_a = logistic(4 * state[1]);
    return {options_.birth * (0.3 + 0.7 * past_fork * on_a), options_.death * past_fork * (1 - on_a)};
  }

 private:
  static double floor_of_valley(double p) { return 2 * std::sin(p / 2); }
  const BifurcationOptions& options_;
};

}  // namespace

void BifurcationOptions::validate() const {
  plan.validate();
  if (!(birth >= 0 && death >= 0)) throw UsageError("the rates of birth and death must not be negative");
  if (!(noise >= 0)) throw UsageError("the noise must not be negative");
  if (!(speed >= 0)) throw UsageError("the speed must not be negative");
}

Simulation bifurcation(const BifurcationOptions& options) {
  options.validate();
  Simulation out = observe(ForkedValley(options), options.plan);
  out.lineages = {"stem", "branch A", "branch B"};
  for (Index i = 0; i < out.state.rows(); ++i) {
    const double y = out.state(i, 1);
    out.lineage.push_back(std::abs(y) < 0.5 ? 0 : y > 0 ? 1 : 2);
  }
  return out;
}

}  // namespace instar::sim
