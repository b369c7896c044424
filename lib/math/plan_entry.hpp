#pragma once

#include <compare>
#include <cstdint>

namespace instar::math {

/// A pair of a row and a column between which mass may flow.
struct Arc {
  std::int32_t row = 0;
  std::int32_t col = 0;
  friend auto operator<=>(const Arc&, const Arc&) = default;
};

/// One positive entry of a transport plan: the mass that goes from a point of the first cloud to one of the second.
struct PlanEntry {
  std::int32_t row = 0;
  std::int32_t col = 0;
  double mass = 0;
};

}  // namespace instar::math
