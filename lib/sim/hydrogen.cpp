#include "sim/hydrogen.hpp"

#include <cmath>
#include <complex>
#include <numbers>

#include "core/rng.hpp"

namespace instar::sim {
namespace {

using Complex = std::complex<double>;

constexpr std::uint32_t kHydrogenStream = 0x51a0004U;
constexpr double kPi = std::numbers::pi;

/// One state at a point and a time, with its gradient; the factor 1 / sqrt 2 is left out.
struct State {
  Complex value;
  Eigen::Vector3cd gradient;
};

/// psi_{3,2,-1} = z (x - i y) exp(-r/3) / (81 sqrt pi), energy -1/18.
State upper_state(const Eigen::Vector3d& x, double time) {
  const double r = x.norm();
  const Complex factor = std::polar(std::exp(-r / 3) / (81 * std::sqrt(kPi)), time / 18);
  const Complex across(x[0], -x[1]);
  State state;
  state.value = factor * x[2] * across;
  state.gradient = Eigen::Vector3cd(factor * x[2], factor * x[2] * Complex(0, -1), factor * across);
  state.gradient -= (state.value / (3 * r)) * x.cast<Complex>();
  return state;
}

/// psi_{2,1,0} = z exp(-r/2) / (4 sqrt(2 pi)), energy -1/8.
State lower_state(const Eigen::Vector3d& x, double time) {
  const double r = x.norm();
  const Complex factor = std::polar(std::exp(-r / 2) / (4 * std::sqrt(2 * kPi)), time / 8);
  State state;
  state.value = factor * x[2];
  state.gradient = Eigen::Vector3cd(0, 0, factor);
  state.gradient -= (state.value / (2 * r)) * x.cast<Complex>();
  return state;
}

/// A point from one of the two states alone: radius, polar and azimuthal angle are independent there.
Eigen::Vector3d draw_from_one(core::Rng& rng) {
  const bool upper = rng.uniform() < 0.5;
  // r^2 R^2 is r^6 exp(-2r/3) or r^4 exp(-r); the density of cos(theta) is that of c^2 (1 - c^2) or c^2.
  const double r = upper ? 1.5 * rng.gamma(7) : rng.gamma(5);
  double cosine = 0;
  if (upper) {
    const double a = rng.gamma(1.5), b = rng.gamma(2);
    cosine = std::sqrt(a / (a + b));
  } else {
    cosine = std::cbrt(rng.uniform());
  }
  if (rng.uniform() < 0.5) cosine = -cosine;
  const double sine = std::sqrt(1 - cosine * cosine);
  const double angle = 2 * kPi * rng.uniform();
  return {r * sine * std::cos(angle), r * sine * std::sin(angle), r * cosine};
}

/// By rejection, as |a + b|^2 <= 2 (|a|^2 + |b|^2): every second draw is taken.
Eigen::Vector3d draw(core::Rng& rng, double time) {
  for (;;) {
    Eigen::Vector3d x = draw_from_one(rng);
    const Complex a = upper_state(x, time).value, b = lower_state(x, time).value;
    if (rng.uniform() * 2 * (std::norm(a) + std::norm(b)) < std::norm(a + b)) return x;
  }
}

}  // namespace

void HydrogenOptions::validate() const { plan.validate(); }

std::vector<double> hydrogen_times() {
  constexpr int kIntervals = 100;
  std::vector<double> times;
  for (int k = 0; k <= kIntervals; ++k) times.push_back(88.656 * k / kIntervals);
  return times;
}

Eigen::Vector3d hydrogen_velocity(const Eigen::Vector3d& x, double time) {
  const State a = upper_state(x, time), b = lower_state(x, time);
  return ((a.gradient + b.gradient) / (a.value + b.value)).imag();
}

Simulation hydrogen(const HydrogenOptions& options) {
  options.validate();
  const auto& times = options.plan.times;
  Simulation out;
  out.times = times;
  out.population.assign(times.size(), 1);
  const auto counts = options.plan.counts(out.population);
  Index total = 0;
  for (const Index n : counts) total += n;
  out.state.resize(total, 3);
  out.velocity.resize(total, 3);
  out.growth.assign(static_cast<std::size_t>(total), 0);
  Index row = 0;
  for (std::size_t k = 0; k < times.size(); ++k) {
    core::Rng rng(options.plan.seed, kHydrogenStream, k);
    for (Index i = 0; i < counts[k]; ++i, ++row) {
      const Eigen::Vector3d x = draw(rng, times[k]);
      out.state.row(row) = x.transpose();
      out.velocity.row(row) = hydrogen_velocity(x, times[k]).transpose();
      out.cell_times.push_back(times[k]);
    }
  }
  return out;
}

}  // namespace instar::sim
