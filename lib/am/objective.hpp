#pragma once

#include "am/sampler.hpp"
#include "core/types.hpp"

namespace instar::am {

/// The network on a batch of path samples: what an objective sees, and what it says of it.
struct BatchTerms {
  VectorF value;     ///< [rows] s
  MatrixF gradient;  ///< [rows, 1 + d] (d_t s, grad_x s)
  // The objective's gradient in the parameters is that of sum [direction . gradient + source * value] with these
  // constant:
  MatrixF direction;  ///< [rows, 1 + d]
  VectorF source;     ///< [rows]

  BatchTerms(Index rows, Index dims) : value(rows), gradient(rows, dims + 1), direction(rows, dims + 1), source(rows) {}
};

/// A loss and what it is the sum of.
struct LossParts {
  double loss = 0;
  double kinetic = 0;  ///< of the velocity
  double growth = 0;
  double smoothness = 0;

  LossParts& operator+=(const LossParts& other) {
    loss += other.loss;
    kinetic += other.kinetic;
    growth += other.growth;
    smoothness += other.smoothness;
    return *this;
  }
};

/// The conditional objective (method.md, section 3),
///   L = sum_i share * weight_i * 1/2 [ |grad s - u|^2 + lambda (s - c / lambda)^2 ],
/// without the growth term where lambda = 0. Fills direction and source.
/// Samples of a bridge (with noise) count with their time_weight.
/// @param share factor of every sample, one over the samples of its interval
LossParts conditional_objective(const PathSamples& samples, double lambda, double share, BatchTerms& terms);

/// The action's integrand (method.md, section 2),
///   L = sum_i share * weight_i * [ d_t s + 1/2 |grad s|^2 + lambda/2 s^2 ];
/// the boundary terms are boundary_objective's, the Laplacian add_laplacian's. velocity and growth are not looked at.
/// @param time_factor the network's time input over time
LossParts action_objective(const PathSamples& samples, double lambda, double time_factor, double share,
                           BatchTerms& terms);

/// L = sum_i share * weight_i * s: with positive weights at the first time and negative ones at the last the action's
/// boundary terms. Fills the source; the value alone counts, so direction and gradient are not looked at.
LossParts boundary_objective(const PathSamples& samples, double share, BatchTerms& terms);

/// Adds sum_i share * weight_i * sigma^2/2 Lap s by Gaussian integration by parts (method.md, section 3),
///   E[Lap s(x)] = E[ noise . (grad s(x) - grad s(x - deviation * noise)) ] / deviation.
/// @param first row of `terms` from which the network stands at x - deviation * noise
void add_laplacian(const PathSamples& samples, double sigma, double share, Index first, BatchTerms& terms,
                   LossParts& parts);

/// Adds mu/2 sum_i share * weight_i * [ |d_t grad s|^2 + lambda (d_t s)^2 ], by differences over `step` (method.md,
/// section 5: smoothness in time of velocity and growth).
/// @param first row of `terms` from which the network stands at the same places, `step` earlier or later
void add_smoothness(const PathSamples& samples, double lambda, double mu, double step, double share, Index first,
                    BatchTerms& terms, LossParts& parts);

}  // namespace instar::am
