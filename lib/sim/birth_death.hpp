#pragma once

#include "core/rng.hpp"
#include "sim/simulation.hpp"

namespace instar::sim {

/// Cells that move, divide and die by rates that depend on their state alone:
///     d state = drift dt + noise dW,   division at rate birth(state), death at rate death(state).
/// The mean density rho of such a population obeys d_t rho + div(rho drift) - noise^2/2 Lap rho = (birth - death) rho.
class Landscape {
 public:
  struct Rates {
    double birth, death;
  };
  virtual ~Landscape() = default;
  virtual Index dims() const = 0;
  virtual double noise() const = 0;                             ///< standard deviation per square root of time
  virtual double time_step() const = 0;                         ///< longest step of the Euler-Maruyama scheme
  virtual void start(core::Rng& rng, double* state) const = 0;  ///< a founder's state at time 0
  virtual void drift(const double* state, double* out) const = 0;
  virtual Rates rates(const double* state) const = 0;
  /// Puts a state back where states can be (concentrations are not negative).
  virtual void constrain(double* state) const { static_cast<void>(state); }
};

/// Grows a population from independent founders at time 0 and observes it, without replacement, by the plan. The
/// population is made large enough for that; its relative size comes from all of it, at least 4,000 founders. Same
/// seed, same bytes for any number of threads.
/// @throws UsageError where a time is negative, the population dies out before the last time or outgrows the memory
Simulation observe(const Landscape& landscape, const SnapshotPlan& plan);

}  // namespace instar::sim
