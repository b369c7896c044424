#include "math/gibbs_simd.hpp"

#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/gibbs_simd.cpp"
#include <hwy/foreach_target.h>
// after foreach_target
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace instar::math::simd::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Lanes = hn::ScalableTag<float>;

std::size_t size(Index count) { return static_cast<std::size_t>(count); }

void squared_distances(const float* HWY_RESTRICT x, const float* HWY_RESTRICT y, Index dims, Index stride,
                       float* HWY_RESTRICT out) {
  const Lanes lanes;
  const std::size_t n = hn::Lanes(lanes), padded = size(stride);
  for (std::size_t j = 0; j < padded; j += n) {
    auto sum = hn::Zero(lanes);
    for (std::size_t k = 0; k < size(dims); ++k) {
      const auto apart = hn::Sub(hn::Load(lanes, y + k * padded + j), hn::Set(lanes, x[k]));
      sum = hn::MulAdd(apart, apart, sum);
    }
    hn::Store(sum, lanes, out + j);
  }
}

void group_distances(const float* HWY_RESTRICT x, const float* HWY_RESTRICT y, Index dims, Index stride, Index width,
                     float* HWY_RESTRICT out) {
  const Lanes lanes;
  const auto n = static_cast<Index>(hn::Lanes(lanes));
  for (Index j = 0; j < width; j += n) {
    auto s0 = hn::Zero(lanes), s1 = s0, s2 = s0, s3 = s0;
    for (Index k = 0; k < dims; ++k) {
      const auto v = hn::Load(lanes, y + k * stride + j);
      const auto d0 = hn::Sub(v, hn::Set(lanes, x[k])), d1 = hn::Sub(v, hn::Set(lanes, x[dims + k]));
      const auto d2 = hn::Sub(v, hn::Set(lanes, x[2 * dims + k])), d3 = hn::Sub(v, hn::Set(lanes, x[3 * dims + k]));
      s0 = hn::MulAdd(d0, d0, s0);
      s1 = hn::MulAdd(d1, d1, s1);
      s2 = hn::MulAdd(d2, d2, s2);
      s3 = hn::MulAdd(d3, d3, s3);
    }
    hn::Store(s0, lanes, out + j);
    hn::Store(s1, lanes, out + width + j);
    hn::Store(s2, lanes, out + 2 * width + j);
    hn::Store(s3, lanes, out + 3 * width + j);
  }
}

void cone_costs(Index stride, float* HWY_RESTRICT distances) {
  // With t = (D / pi delta)^2, -2 log cos(pi sqrt(t) / 2) = -2 log(1 - t) + t H(t), by the product formula of the
  // cosine; H is analytic up to t = 9, and this Chebyshev interpolant of degree 4 on [0, 1] is within 2e-9 of it.
  constexpr float kH[] = {0.4674011018450766F, 0.01467795311771826F, 0.0009653393511862999F, 7.588746643467798e-05F,
                          8.667021160287706e-06F};
  const Lanes lanes;
  const auto one = hn::Set(lanes, 1.0F), infinite = hn::Set(lanes, std::numeric_limits<float>::infinity());
  for (std::size_t j = 0; j < size(stride); j += hn::Lanes(lanes)) {
    const auto t = hn::Load(lanes, distances + j);
    const auto near = hn::Lt(t, one);
    const auto inside = hn::IfThenElseZero(near, t);
    auto h = hn::Set(lanes, kH[4]);
    for (int k = 3; k >= 0; --k) h = hn::MulAdd(h, inside, hn::Set(lanes, kH[k]));
    const auto log = hn::Log1p(lanes, hn::Neg(inside));
    const auto cost = hn::MulAdd(h, inside, hn::Mul(log, hn::Set(lanes, -2.0F)));
    hn::Store(hn::IfThenElse(near, cost, infinite), lanes, distances + j);
  }
}

float soft_maximum(const float* HWY_RESTRICT costs, const float* HWY_RESTRICT g, const float* HWY_RESTRICT w,
                   float inverse_eps, Index stride) {
  const Lanes lanes;
  const std::size_t n = hn::Lanes(lanes), padded = size(stride);
  auto most = hn::Set(lanes, -std::numeric_limits<float>::infinity());
  for (std::size_t j = 0; j < padded; j += n)
    most = hn::Max(most, hn::Sub(hn::Load(lanes, g + j), hn::Load(lanes, costs + j)));
  const float highest = hn::GetLane(hn::MaxOfLanes(lanes, most));
  if (highest == -std::numeric_limits<float>::infinity()) return highest;
  const auto top = hn::Set(lanes, highest), scale = hn::Set(lanes, inverse_eps);
  auto sum = hn::Zero(lanes);
  for (std::size_t j = 0; j < padded; j += n) {
    const auto apart = hn::Sub(hn::Sub(hn::Load(lanes, g + j), hn::Load(lanes, costs + j)), top);
    sum = hn::MulAdd(hn::Exp(lanes, hn::Mul(apart, scale)), hn::Load(lanes, w + j), sum);
  }
  const auto total = hn::Log(lanes, hn::SumOfLanes(lanes, sum));
  return highest * inverse_eps + hn::GetLane(total);
}

void gibbs(float f, const float* HWY_RESTRICT g, float inverse_eps, Index stride, float* HWY_RESTRICT costs) {
  const Lanes lanes;
  const auto own = hn::Set(lanes, f), scale = hn::Set(lanes, inverse_eps);
  for (std::size_t j = 0; j < size(stride); j += hn::Lanes(lanes)) {
    const auto exponent = hn::Sub(hn::Add(own, hn::Load(lanes, g + j)), hn::Load(lanes, costs + j));
    hn::Store(hn::Exp(lanes, hn::Mul(exponent, scale)), lanes, costs + j);
  }
}

void dot_rows(const float* HWY_RESTRICT rows, const float* HWY_RESTRICT w, Index stride, float* HWY_RESTRICT sums) {
  const Lanes lanes;
  const std::size_t n = hn::Lanes(lanes), padded = size(stride);
  auto s0 = hn::Zero(lanes), s1 = s0, s2 = s0, s3 = s0;
  for (std::size_t j = 0; j < padded; j += n) {
    const auto v = hn::Load(lanes, w + j);
    s0 = hn::MulAdd(hn::Load(lanes, rows + j), v, s0);
    s1 = hn::MulAdd(hn::Load(lanes, rows + padded + j), v, s1);
    s2 = hn::MulAdd(hn::Load(lanes, rows + 2 * padded + j), v, s2);
    s3 = hn::MulAdd(hn::Load(lanes, rows + 3 * padded + j), v, s3);
  }
  sums[0] = hn::GetLane(hn::SumOfLanes(lanes, s0));
  sums[1] = hn::GetLane(hn::SumOfLanes(lanes, s1));
  sums[2] = hn::GetLane(hn::SumOfLanes(lanes, s2));
  sums[3] = hn::GetLane(hn::SumOfLanes(lanes, s3));
}

void add_rows(const float* HWY_RESTRICT rows, const float* HWY_RESTRICT weights, Index stride,
              float* HWY_RESTRICT sums) {
  const Lanes lanes;
  const std::size_t n = hn::Lanes(lanes), padded = size(stride);
  const auto w0 = hn::Set(lanes, weights[0]), w1 = hn::Set(lanes, weights[1]);
  const auto w2 = hn::Set(lanes, weights[2]), w3 = hn::Set(lanes, weights[3]);
  for (std::size_t j = 0; j < padded; j += n) {
    auto sum = hn::MulAdd(hn::Load(lanes, rows + j), w0, hn::Load(lanes, sums + j));
    sum = hn::MulAdd(hn::Load(lanes, rows + padded + j), w1, sum);
    sum = hn::MulAdd(hn::Load(lanes, rows + 2 * padded + j), w2, sum);
    sum = hn::MulAdd(hn::Load(lanes, rows + 3 * padded + j), w3, sum);
    hn::Store(sum, lanes, sums + j);
  }
}

}  // namespace instar::math::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace instar::math::simd {

HWY_EXPORT(squared_distances);
HWY_EXPORT(group_distances);
HWY_EXPORT(cone_costs);
HWY_EXPORT(soft_maximum);
HWY_EXPORT(gibbs);
HWY_EXPORT(dot_rows);
HWY_EXPORT(add_rows);

void squared_distances(const float* x, const float* y, Index dims, Index stride, float* out) {
  HWY_DYNAMIC_DISPATCH(squared_distances)(x, y, dims, stride, out);
}
void group_distances(const float* x, const float* y, Index dims, Index stride, Index width, float* out) {
  HWY_DYNAMIC_DISPATCH(group_distances)(x, y, dims, stride, width, out);
}
void cone_costs(Index stride, float* distances) { HWY_DYNAMIC_DISPATCH(cone_costs)(stride, distances); }
float soft_maximum(const float* costs, const float* g, const float* w, float inverse_eps, Index stride) {
  return HWY_DYNAMIC_DISPATCH(soft_maximum)(costs, g, w, inverse_eps, stride);
}
void gibbs(float f, const float* g, float inverse_eps, Index stride, float* costs) {
  HWY_DYNAMIC_DISPATCH(gibbs)(f, g, inverse_eps, stride, costs);
}
void dot_rows(const float* rows, const float* w, Index stride, float* sums) {
  HWY_DYNAMIC_DISPATCH(dot_rows)(rows, w, stride, sums);
}
void add_rows(const float* rows, const float* weights, Index stride, float* sums) {
  HWY_DYNAMIC_DISPATCH(add_rows)(rows, weights, stride, sums);
}

}  // namespace instar::math::simd
#endif  // HWY_ONCE
