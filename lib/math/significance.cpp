#include "math/significance.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace instar::math {

Vector false_discovery_rates(const VectorView& p) {
  std::vector<Index> order;
  for (Index i = 0; i < p.size(); ++i)
    if (!std::isnan(p(i))) order.push_back(i);
  std::sort(order.begin(), order.end(), [&](Index a, Index b) { return p(a) > p(b); });
  Vector q = p;
  const auto tests = static_cast<double>(order.size());
  double smallest = 1;
  for (std::size_t k = 0; k < order.size(); ++k) {
    smallest = std::min(smallest, p(order[k]) * tests / (tests - static_cast<double>(k)));
    q(order[k]) = smallest;
  }
  return q;
}

}  // namespace instar::math
