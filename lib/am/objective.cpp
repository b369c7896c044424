#include "am/objective.hpp"

namespace instar::am {

LossParts conditional_objective(const PathSamples& samples, double lambda, double share, BatchTerms& terms) {
  const Index d = samples.velocity.cols();
  const auto rate = static_cast<float>(lambda);
  const bool bridged = samples.time_weight.size() > 0;
  LossParts parts;
  for (Index i = 0; i < samples.weight.size(); ++i) {
    float weight = samples.weight(i) * static_cast<float>(share);
    if (bridged) weight *= samples.time_weight(i);
    float squares = 0;
    terms.direction(i, 0) = 0;
    for (Index j = 0; j < d; ++j) {
      const float miss = terms.gradient(i, j + 1) - samples.velocity(i, j);
      terms.direction(i, j + 1) = weight * miss;
      squares += miss * miss;
    }
    parts.kinetic += 0.5 * static_cast<double>(weight) * static_cast<double>(squares);
    terms.source(i) = 0;
    if (lambda > 0) {
      const float miss = rate * terms.value(i) - samples.growth(i);
      terms.source(i) = weight * miss;
      squares += miss * miss / rate;
    }
    parts.loss += 0.5 * static_cast<double>(weight) * static_cast<double>(squares);
  }
  parts.growth = parts.loss - parts.kinetic;
  return parts;
}

LossParts action_objective(const PathSamples& samples, double lambda, double time_factor, double share,
                           BatchTerms& terms) {
  const auto rate = static_cast<float>(lambda);
  const Index d = samples.inputs.cols() - 1;
  LossParts parts;
  for (Index i = 0; i < samples.weight.size(); ++i) {
    const float weight = samples.weight(i) * static_cast<float>(share);
    const float time_weight = weight * static_cast<float>(time_factor);
    terms.direction.row(i).tail(d) = weight * terms.gradient.row(i).tail(d);
    terms.direction(i, 0) = time_weight;
    terms.source(i) = weight * rate * terms.value(i);
    const double kinetic = 0.5 * static_cast<double>(weight * terms.gradient.row(i).tail(d).squaredNorm());
    const double growth = 0.5 * static_cast<double>(terms.source(i) * terms.value(i));
    parts.kinetic += kinetic;
    parts.growth += growth;
    parts.loss += kinetic + growth + static_cast<double>(time_weight * terms.gradient(i, 0));
  }
  return parts;
}

LossParts boundary_objective(const PathSamples& samples, double share, BatchTerms& terms) {
  LossParts parts;
  for (Index i = 0; i < samples.weight.size(); ++i) {
    terms.source(i) = samples.weight(i) * static_cast<float>(share);
    parts.loss += static_cast<double>(terms.source(i) * terms.value(i));
  }
  return parts;
}

void add_laplacian(const PathSamples& samples, double sigma, double share, Index first, BatchTerms& terms,
                   LossParts& parts) {
  const Index d = samples.inputs.cols() - 1;
  for (Index i = 0; i < samples.weight.size(); ++i) {
    const auto factor = static_cast<float>(0.5 * sigma * sigma * share) * samples.weight(i) / samples.deviation(i);
    float sum = 0;
    terms.direction(first + i, 0) = 0;
    terms.source(first + i) = 0;
    for (Index j = 0; j < d; ++j) {
      const float push = factor * samples.noise(i, j);
      terms.direction(i, j + 1) += push;
      terms.direction(first + i, j + 1) = -push;
      sum += push * (terms.gradient(i, j + 1) - terms.gradient(first + i, j + 1));
    }
    parts.loss += static_cast<double>(sum);
  }
}

void add_smoothness(const PathSamples& samples, double lambda, double mu, double step, double share, Index first,
                    BatchTerms& terms, LossParts& parts) {
  const Index d = samples.inputs.cols() - 1;
  const auto rate = static_cast<float>(lambda);
  for (Index i = 0; i < samples.weight.size(); ++i) {
    const float factor = static_cast<float>(mu * share / (step * step)) * samples.weight(i);
    float squares = 0;
    terms.direction(first + i, 0) = 0;
    for (Index j = 0; j < d; ++j) {
      const float change = terms.gradient(first + i, j + 1) - terms.gradient(i, j + 1);
      terms.direction(first + i, j + 1) = factor * change;
      terms.direction(i, j + 1) -= factor * change;
      squares += change * change;
    }
    const float change = terms.value(first + i) - terms.value(i);
    terms.source(first + i) = factor * rate * change;
    terms.source(i) -= factor * rate * change;
    squares += rate * change * change;
    const double smoothness = 0.5 * static_cast<double>(factor * squares);
    parts.smoothness += smoothness;
    parts.loss += smoothness;
  }
}

}  // namespace instar::am
