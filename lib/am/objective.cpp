#include "am/objective.hpp"

namespace instar::am {

LossParts conditional_objective(const PathSamples& samples, double lambda, double share, BatchTerms& terms) {
  const Index d = samples.velocity.cols();
  const auto rate = static_cast<float>(lambda);
  LossParts parts;
  for (Index i = 0; i < samples.weight.size(); ++i) {
    const float weight = samples.weight(i) * static_cast<float>(share);
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

}  // namespace instar::am
