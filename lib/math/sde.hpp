#pragma once

#include "core/rng.hpp"
#include "math/ode.hpp"

namespace instar::math {

struct Noise {
  double sigma = 1;         ///< the same for all columns that have noise
  Index columns = 0;        ///< the first so many have it
  double longest_step = 1;  ///< steps are equal within a span between two outputs, and no longer than this
};

/// Integrates dy = drift(t, y) dt + sigma dW from t0 to each of `times` in turn (ascending), calling output(k, y).
/// Stochastic Heun with additive noise (Kloeden, Platen, *Numerical Solution of Stochastic Differential Equations*,
/// 15.1): y* = y + f(t, y) h + sigma dW, y' = y + (f(t, y) + f(t + h, y*)) h / 2 + sigma dW; of weak order 2.
/// @throws NumericError where y stops being finite (with the time); UsageError for times that do not ascend
void integrate_noisy(const OdeSystem& drift, const Noise& noise, double t0, Matrix y, const std::vector<double>& times,
                     core::Rng& rng, const std::function<void(Index, const Matrix&)>& output);

}  // namespace instar::math
