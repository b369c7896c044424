#include "sim/gaussian.hpp"

#include <cmath>

#include "core/error.hpp"
#include "core/rng.hpp"

namespace instar::sim {
namespace {

constexpr std::uint32_t kGaussianStream = 0x51a0003U;

}  // namespace

void GaussianOptions::validate() const {
  plan.validate();
  if (dims < 1) throw UsageError("a Gaussian needs at least one dimension");
  if (!(deviation > 0)) throw UsageError("the standard deviation must be positive");
  if (!std::isfinite(speed) || !std::isfinite(dilation) || !std::isfinite(growth)) {
    throw UsageError("speed, dilation and growth must be finite numbers");
  }
}

Simulation gaussian(const GaussianOptions& options) {
  options.validate();
  const auto& times = options.plan.times;
  Simulation out;
  out.times = times;
  for (const double t : times) out.population.push_back(std::exp(options.growth * (t - times.front())));
  const auto counts = options.plan.counts(out.population);
  Index total = 0;
  for (const Index n : counts) total += n;
  out.state.resize(total, options.dims);
  out.velocity.resize(total, options.dims);
  out.growth.assign(static_cast<std::size_t>(total), options.growth);
  const double along = 1 / std::sqrt(static_cast<double>(options.dims));
  Index row = 0;
  for (std::size_t k = 0; k < times.size(); ++k) {
    core::Rng rng(options.plan.seed, kGaussianStream, k);
    const double centre = options.speed * times[k] * along;
    const double deviation = options.deviation * std::exp(options.dilation * times[k]);
    for (Index i = 0; i < counts[k]; ++i, ++row) {
      for (Index j = 0; j < options.dims; ++j) {
        const double away = deviation * rng.normal();
        out.state(row, j) = centre + away;
        out.velocity(row, j) = options.speed * along + options.dilation * away;
      }
      out.cell_times.push_back(times[k]);
    }
  }
  return out;
}

}  // namespace instar::sim
