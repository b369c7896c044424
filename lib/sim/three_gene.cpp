#include "sim/three_gene.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "sim/birth_death.hpp"

namespace instar::sim {
namespace {

/// The system's own time in one unit of snapshot time.
constexpr double kPace = 8;

class ThreeGenes : public Landscape {
 public:
  explicit ThreeGenes(const ThreeGeneOptions& options) : options_(options) {}
  Index dims() const override { return 3; }
  double noise() const override { return options_.noise * std::sqrt(kPace); }
  double time_step() const override { return 0.1 / kPace; }

  void start(core::Rng& rng, double* x) const override {
    const bool switching = rng.uniform() < 0.5;
    x[0] = switching ? 2 : 0;
    x[1] = switching ? 0.2 : 0;
    x[2] = switching ? 0 : 2;
    for (int k = 0; k < 3; ++k) x[k] += 0.1 * rng.normal();
    constrain(x);
  }

  void drift(const double* x, double* out) const override {
    const double s1 = x[0] * x[0], s2 = x[1] * x[1], s3 = x[2] * x[2];
    out[0] = kPace * ((0.5 * s1 + 1) / (2 + 0.5 * s1 + s2 + 10 * s3) - 0.4 * x[0]);
    out[1] = kPace * ((s2 + 1) / (2 + 0.5 * s1 + s2 + 10 * s3) - 0.4 * x[1]);
    out[2] = kPace * (s3 / (1 + s3) - 0.4 * x[2]);
  }

  Rates rates(const double* x) const override {
    const double s2 = x[1] * x[1];
    return {options_.birth * s2 / (1 + s2), options_.death};
  }

  void constrain(double* x) const override {
    for (int k = 0; k < 3; ++k) x[k] = std::max(0.0, x[k]);
  }

 private:
  const ThreeGeneOptions& options_;
};

}  // namespace

void ThreeGeneOptions::validate() const {
  plan.validate();
  if (!(birth >= 0 && death >= 0)) throw UsageError("the rates of birth and death must not be negative");
  if (!(noise >= 0)) throw UsageError("the noise must not be negative");
}

Simulation three_gene(const ThreeGeneOptions& options) {
  options.validate();
  Simulation out = observe(ThreeGenes(options), options.plan);
  out.lineages = {"switching", "resting"};
  for (Index i = 0; i < out.state.rows(); ++i) out.lineage.push_back(out.state(i, 2) > 1 ? 1 : 0);
  return out;
}

}  // namespace instar::sim
