#include "math/geodesics.hpp"

#include <numbers>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/geodesics.cpp"
#include <hwy/foreach_target.h>
// after foreach_target
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace instar::math::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Below this a pair stands still; its distance only divides what is multiplied by it.
constexpr double kTiny = 1e-150;

template <class D>
HWY_INLINE void geodesics_at(D d, double growth_scale, double dt, const Geodesics& arrays, Index i) {
  const auto two = hn::Set(d, 2.0), length = hn::Set(d, dt);
  const auto distance = hn::Max(hn::Sqrt(hn::LoadU(d, arrays.squared_distance + i)), hn::Set(d, kTiny));
  const auto phi = hn::Mul(distance, hn::Set(d, 0.5 / growth_scale));
  const auto cosine = hn::Cos(d, phi), sine = hn::Sin(d, phi);
  const auto tau = hn::LoadU(d, arrays.tau + i);
  const auto root_p = hn::Sqrt(hn::LoadU(d, arrays.p + i)), root_q = hn::Sqrt(hn::LoadU(d, arrays.q + i));
  const auto start = hn::Mul(hn::Sub(hn::Set(d, 1.0), tau), root_p), end = hn::Mul(tau, root_q);
  // |z|^2 and half its derivative in tau.
  const auto ahead = hn::MulAdd(end, cosine, start), across = hn::Mul(end, sine);
  const auto mass = hn::MulAdd(start, hn::MulAdd(hn::Mul(two, end), cosine, start), hn::Mul(end, end));
  const auto crossed = hn::Sub(hn::Mul(start, root_q), hn::Mul(end, root_p));
  const auto half_rate = hn::MulAdd(crossed, cosine, hn::Sub(hn::Mul(end, root_q), hn::Mul(start, root_p)));
  // arg(ahead + i across), which is between 0 and pi, by the arc tangent of the ratio that is at most 1 ahead.
  const auto steep = hn::Gt(across, ahead);
  const auto ratio = hn::Div(hn::IfThenElse(steep, ahead, across), hn::IfThenElse(steep, across, ahead));
  const auto arc = hn::Atan(d, ratio);
  const auto angle = hn::IfThenElse(steep, hn::Sub(hn::Set(d, std::numbers::pi / 2), arc), arc);
  const auto reach = hn::Set(d, 2 * growth_scale);
  hn::StoreU(mass, d, arrays.mass + i);
  hn::StoreU(hn::Div(hn::Mul(two, half_rate), hn::Mul(mass, length)), d, arrays.growth + i);
  hn::StoreU(hn::Div(hn::Mul(reach, angle), distance), d, arrays.moved + i);
  const auto flow = hn::Mul(hn::Mul(root_p, root_q), hn::Mul(reach, sine));
  hn::StoreU(hn::Div(flow, hn::Mul(hn::Mul(mass, length), distance)), d, arrays.speed + i);
}

void geodesics(Index count, double growth_scale, double dt, const Geodesics& arrays) {
  const hn::ScalableTag<double> wide;
  const auto lanes = static_cast<Index>(hn::Lanes(wide));
  Index i = 0;
  for (; i + lanes <= count; i += lanes) geodesics_at(wide, growth_scale, dt, arrays, i);
  for (; i < count; ++i) geodesics_at(hn::CappedTag<double, 1>(), growth_scale, dt, arrays, i);
}

}  // namespace instar::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace instar::math {

HWY_EXPORT(geodesics);

void geodesics(Index count, double growth_scale, double dt, const Geodesics& arrays) {
  HWY_DYNAMIC_DISPATCH(geodesics)(count, growth_scale, dt, arrays);
}

}  // namespace instar::math
#endif  // HWY_ONCE
