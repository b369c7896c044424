#include "math/pricing_simd.hpp"

#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/pricing_simd.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace instar::math::simd::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

float reduced_costs(const float* HWY_RESTRICT x, const float* HWY_RESTRICT y, Index dims, Index stride,
                    const float* HWY_RESTRICT g, Index count, bool euclidean, float* HWY_RESTRICT out) {
  const hn::ScalableTag<float> lanes;
  const auto n = static_cast<Index>(hn::Lanes(lanes));
  auto least = hn::Set(lanes, std::numeric_limits<float>::infinity());
  for (Index j = 0; j < count; j += 2 * n) {
    auto sum0 = hn::Zero(lanes), sum1 = sum0;
    for (Index k = 0; k < dims; ++k) {
      const auto own = hn::Set(lanes, x[k]);
      const auto apart0 = hn::Sub(hn::Load(lanes, y + k * stride + j), own);
      const auto apart1 = hn::Sub(hn::Load(lanes, y + k * stride + j + n), own);
      sum0 = hn::MulAdd(apart0, apart0, sum0);
      sum1 = hn::MulAdd(apart1, apart1, sum1);
    }
    if (euclidean) sum0 = hn::Sqrt(sum0), sum1 = hn::Sqrt(sum1);
    sum0 = hn::Sub(sum0, hn::Load(lanes, g + j));
    sum1 = hn::Sub(sum1, hn::Load(lanes, g + j + n));
    least = hn::Min(least, hn::Min(sum0, sum1));
    hn::Store(sum0, lanes, out + j);
    hn::Store(sum1, lanes, out + j + n);
  }
  return hn::GetLane(hn::MinOfLanes(lanes, least));
}

}  // namespace instar::math::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace instar::math::simd {

HWY_EXPORT(reduced_costs);

float reduced_costs(const float* x, const float* y, Index dims, Index stride, const float* g, Index count,
                    bool euclidean, float* out) {
  return HWY_DYNAMIC_DISPATCH(reduced_costs)(x, y, dims, stride, g, count, euclidean, out);
}

}  // namespace instar::math::simd
#endif  // HWY_ONCE
