#pragma once

#include "core/types.hpp"

/// The inner loop of pricing, compiled for several instruction sets and chosen at run time.
namespace instar::math::simd {

/// `count` and `stride` of reduced_costs are multiples of this, and arrays are aligned as hwy::AllocateAligned does it.
constexpr Index kPricingLanes = 32;

/// out_j = c(x, y_j) - g_j for count points, in single precision. @param x [dims], y [dims, stride]: one coordinate
/// after the other; @param euclidean c = |x - y|, else its square. @returns the least of them
float reduced_costs(const float* x, const float* y, Index dims, Index stride, const float* g, Index count,
                    bool euclidean, float* out);

}  // namespace instar::math::simd
