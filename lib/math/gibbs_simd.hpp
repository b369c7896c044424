#pragma once

#include "core/types.hpp"

/// The inner loops of the entropic solvers, compiled for several instruction sets and chosen at run time. All arrays
/// are in single precision, aligned as hwy::AllocateAligned does it, and `stride` long, a multiple of kLanePadding;
/// what is in the padding is said with each function.
namespace instar::math::simd {

constexpr Index kLanePadding = 32;

/// Rows that one call of dot_rows and add_rows takes.
constexpr Index kRowGroup = 4;

/// out_j = |x - y_j|^2. @param y [dims, stride], one dimension after the other
void squared_distances(const float* x, const float* y, Index dims, Index stride, float* out);

/// out[k * width + j] = |x_k - y_j|^2 for kRowGroup points. @param x [kRowGroup, dims]; @param y as above, of which
/// `width` points are used, a multiple of kLanePadding
void group_distances(const float* x, const float* y, Index dims, Index stride, Index width, float* out);

/// In place, squared distances in units of (pi delta)^2 to -log cos^2(D / 2 delta); infinity from 1 on.
void cone_costs(Index stride, float* distances);

/// log sum_j w_j exp((g_j - c_j) / eps), or -infinity where every cost is infinite. Padding: g_j = -infinity
float soft_maximum(const float* costs, const float* g, const float* w, float inverse_eps, Index stride);

/// In place, costs to exp((f + g_j - c_j) / eps). Padding: g_j = -infinity, which gives 0
void gibbs(float f, const float* g, float inverse_eps, Index stride, float* costs);

/// sums[k] = sum_j rows[k * stride + j] w_j for kRowGroup rows
void dot_rows(const float* rows, const float* w, Index stride, float* sums);

/// sums_j += sum_k weights[k] rows[k * stride + j] for kRowGroup rows
void add_rows(const float* rows, const float* weights, Index stride, float* sums);

}  // namespace instar::math::simd
