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

  LossParts& operator+=(const LossParts& other) {
    loss += other.loss;
    kinetic += other.kinetic;
    growth += other.growth;
    return *this;
  }
};

/// The conditional objective (method.md, section 3),
///   L = sum_i share * weight_i * 1/2 [ |grad s - u|^2 + lambda (s - c / lambda)^2 ],
/// without the growth term where lambda = 0. Fills direction and source.
/// @param share factor of every sample, one over the samples of its interval
LossParts conditional_objective(const PathSamples& samples, double lambda, double share, BatchTerms& terms);

}  // namespace instar::am
