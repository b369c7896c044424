#pragma once

#include "core/types.hpp"

namespace instar::math {

/// False discovery rates: q_i = min over p_j >= p_i of m p_j / rank_j (Benjamini and Hochberg, Controlling the False
/// Discovery Rate, 1995), m being the number of p-values. NaN stays NaN and does not count.
/// @param p [tests] p-values; @returns [tests], between p and 1
Vector false_discovery_rates(const VectorView& p);

}  // namespace instar::math
