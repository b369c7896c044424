#include "sim/moons.hpp"

#include <cmath>
#include <numbers>

#include "core/error.hpp"
#include "core/rng.hpp"

namespace instar::sim {
namespace {

constexpr std::uint32_t kMoonsStream = 0x51a0005U;
constexpr double kRadius = 1.5;

}  // namespace

void MoonsOptions::validate() const {
  plan.validate();
  if (plan.times.size() != 2) throw UsageError("moons have two times, that of the noise and that of the data");
  if (!(scatter >= 0) || !std::isfinite(scatter)) throw UsageError("the scatter must not be negative");
}

Simulation moons(const MoonsOptions& options) {
  options.validate();
  Simulation out;
  out.times = options.plan.times;
  out.population = {1, 1};
  out.lineages = {"noise", "upper", "lower"};
  const auto counts = options.plan.counts(out.population);
  out.state.resize(counts[0] + counts[1], 2);
  out.velocity.resize(0, 2);
  out.growth.assign(static_cast<std::size_t>(out.state.rows()), 0);
  core::Rng rng(options.plan.seed, kMoonsStream);
  for (Index i = 0; i < out.state.rows(); ++i) {
    const bool noise = i < counts[0];
    out.cell_times.push_back(out.times[noise ? 0 : 1]);
    if (noise) {
      out.lineage.push_back(0);
      for (Index j = 0; j < 2; ++j) out.state(i, j) = rng.normal();
      continue;
    }
    const double angle = std::numbers::pi * rng.uniform();
    const bool upper = rng.uniform() < 0.5;
    out.lineage.push_back(upper ? 1 : 2);
    // The half circles' centres are at -1/2 and 1/2 of the radius, a quarter of it below and above the middle.
    const double side = upper ? 1 : -1;
    out.state(i, 0) = kRadius * side * (std::cos(angle) - 0.5) + options.scatter * rng.normal();
    out.state(i, 1) = kRadius * side * (std::sin(angle) - 0.25) + options.scatter * rng.normal();
  }
  return out;
}

}  // namespace instar::sim
