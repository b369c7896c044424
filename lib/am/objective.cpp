#include "am/objective.hpp"

namespace instar::am {

double conditional_objective(const PathSamples& samples, double lambda, double share, BatchTerms& terms) {
  const Index d = samples.velocity.cols();
  const auto rate = static_cast<float>(lambda);
  double loss = 0;
  for (Index i = 0; i < samples.weight.size(); ++i) {
    const float weight = samples.weight(i) * static_cast<float>(share);
    float squares = 0;
    terms.direction(i, 0) = 0;
    for (Index j = 0; j < d; ++j) {
      const float miss = terms.gradient(i, j + 1) - samples.velocity(i, j);
      terms.direction(i, j + 1) = weight * miss;
      squares += miss * miss;
    }
    terms.source(i) = 0;
    if (lambda > 0) {
      const float miss = rate * terms.value(i) - samples.growth(i);
      terms.source(i) = weight * miss;
      squares += miss * miss / rate;
    }
    loss += 0.5 * static_cast<double>(weight) * static_cast<double>(squares);
  }
  return loss;
}

}  // namespace instar::am
