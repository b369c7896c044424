#pragma once

#include <cstdint>

namespace instar::math {

/// One positive entry of a transport plan: the mass that goes from a point of the first cloud to one of the second.
struct PlanEntry {
  std::int32_t row = 0;
  std::int32_t col = 0;
  double mass = 0;
};

}  // namespace instar::math
