#include "nn/elementwise.hpp"

// Compiled once per instruction set: the file includes itself through foreach_target.h.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/elementwise.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#include "nn/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace instar::nn {
namespace HWY_NAMESPACE {

/// exp(-z) = 2^n 2^r with |r| <= 1/2; 2^r by its Taylor polynomial of degree 7 (remainder 5e-9). The relative error, z
/// 2^-24, is largest where exp(-z) or its inverse vanishes beside the 1 that sigmoid adds.
HWY_INLINE V exp_minus(V z) {
  // Beyond +-87 the result is 0 or 1 to all digits that matter, and 2^n stays a normal number.
  const V clamped = hn::Min(hn::Max(z, hn::Set(kD, -87.0F)), hn::Set(kD, 87.0F));
  const V t = hn::Mul(clamped, hn::Set(kD, -1.4426950408889634F));
  const V n = hn::Round(t);
  const V r = hn::Sub(t, n);
  V p = hn::Set(kD, 1.5252734e-5F);
  p = hn::MulAdd(p, r, hn::Set(kD, 1.5403530e-4F));
  p = hn::MulAdd(p, r, hn::Set(kD, 1.3333558e-3F));
  p = hn::MulAdd(p, r, hn::Set(kD, 9.6181291e-3F));
  p = hn::MulAdd(p, r, hn::Set(kD, 5.5504109e-2F));
  p = hn::MulAdd(p, r, hn::Set(kD, 2.4022651e-1F));
  p = hn::MulAdd(p, r, hn::Set(kD, 6.9314718e-1F));
  p = hn::MulAdd(p, r, hn::Set(kD, 1.0F));
  const auto exponent = hn::ShiftLeft<23>(hn::ConvertTo(hn::RebindToSigned<D>(), n));
  return hn::BitCast(kD, hn::Add(hn::BitCast(hn::RebindToSigned<D>(), p), exponent));
}

struct Silu {
  V value, slope, curve;
};

HWY_INLINE Silu silu(V z) {
  const V one = hn::Set(kD, 1.0F);
  const V e = exp_minus(z);
  const V s = hn::Div(one, hn::Add(one, e));
  const V q = hn::Mul(e, s);  // 1 - s without the cancellation
  const V value = hn::Mul(z, s);
  const V slope = hn::MulAdd(value, q, s);
  const V curve = hn::Mul(hn::Mul(s, q), hn::MulAdd(z, hn::Sub(q, s), hn::Set(kD, 2.0F)));
  return {value, slope, curve};
}

void activate(Index rows, Index stride, const float* bias, float* z_to_a, float* slope, float* curve) {
  for (Index i = 0; i < rows; ++i, z_to_a += stride, slope += stride, curve += stride) {
    for (Index j = 0; j < stride; j += lanes()) {
      const Silu y = silu(hn::Add(hn::Load(kD, z_to_a + j), hn::Load(kD, bias + j)));
      hn::Store(y.value, kD, z_to_a + j);
      hn::Store(y.slope, kD, slope + j);
      hn::Store(y.curve, kD, curve + j);
    }
  }
}

void activate_last(Index rows, Index stride, const float* bias, const float* weights, float output_bias, float* z_to_a,
                   float* slope, float* curve, float* g, float* value) {
  for (Index i = 0; i < rows; ++i, z_to_a += stride, slope += stride, curve += stride, g += stride) {
    V sum = hn::Zero(kD);
    for (Index j = 0; j < stride; j += lanes()) {
      const Silu y = silu(hn::Add(hn::Load(kD, z_to_a + j), hn::Load(kD, bias + j)));
      const V w = hn::Load(kD, weights + j);
      sum = hn::MulAdd(y.value, w, sum);
      hn::Store(y.value, kD, z_to_a + j);
      hn::Store(y.slope, kD, slope + j);
      hn::Store(hn::Mul(y.slope, w), kD, g + j);
      hn::Store(hn::Mul(y.curve, w), kD, curve + j);
    }
    value[i] = hn::GetLane(hn::SumOfLanes(kD, sum)) + output_bias;
  }
}

void activate_only(Index rows, Index stride, const float* bias, float* z_to_a, float* slope) {
  for (Index i = 0; i < rows; ++i, z_to_a += stride, slope += stride) {
    for (Index j = 0; j < stride; j += lanes()) {
      const Silu y = silu(hn::Add(hn::Load(kD, z_to_a + j), hn::Load(kD, bias + j)));
      hn::Store(y.value, kD, z_to_a + j);
      hn::Store(y.slope, kD, slope + j);
    }
  }
}

void activate_last_only(Index rows, Index stride, const float* bias, const float* weights, float output_bias,
                        float* z_to_g, float* value) {
  for (Index i = 0; i < rows; ++i, z_to_g += stride) {
    V sum = hn::Zero(kD);
    for (Index j = 0; j < stride; j += lanes()) {
      const Silu y = silu(hn::Add(hn::Load(kD, z_to_g + j), hn::Load(kD, bias + j)));
      const V w = hn::Load(kD, weights + j);
      sum = hn::MulAdd(y.value, w, sum);
      hn::Store(hn::Mul(y.slope, w), kD, z_to_g + j);
    }
    value[i] = hn::GetLane(hn::SumOfLanes(kD, sum)) + output_bias;
  }
}

void gate_only(Index rows, Index stride, const float* slope, float* h_to_g) {
  for (Index i = 0; i < rows * stride; i += lanes())
    hn::Store(hn::Mul(hn::Load(kD, slope + i), hn::Load(kD, h_to_g + i)), kD, h_to_g + i);
}

void gate(Index rows, Index stride, const float* slope, float* h_to_g, float* curve) {
  for (Index i = 0; i < rows * stride; i += lanes()) {
    const V h = hn::Load(kD, h_to_g + i);
    hn::Store(hn::Mul(hn::Load(kD, curve + i), h), kD, curve + i);
    hn::Store(hn::Mul(hn::Load(kD, slope + i), h), kD, h_to_g + i);
  }
}

void turn_last(Index rows, Index stride, const float* weights, const float* source, const float* slope, const float* a,
               const float* zdot, const float* curve, float* bar, float* bias_gradient, float* weights_gradient) {
  for (Index i = 0; i < rows; ++i) {
    const V c = hn::Set(kD, source[i]);
    for (Index j = 0; j < stride; j += lanes()) {
      const Index at = i * stride + j;
      const V s = hn::Load(kD, slope + at);
      const V dot = hn::Load(kD, zdot + at);
      const V from_source = hn::Mul(hn::Mul(s, c), hn::Load(kD, weights + j));
      const V b = hn::MulAdd(hn::Load(kD, curve + at), dot, from_source);
      hn::Store(b, kD, bar + at);
      hn::Store(hn::Add(hn::Load(kD, bias_gradient + j), b), kD, bias_gradient + j);
      const V w = hn::MulAdd(c, hn::Load(kD, a + at), hn::MulAdd(s, dot, hn::Load(kD, weights_gradient + j)));
      hn::Store(w, kD, weights_gradient + j);
    }
  }
}

void reverse(Index rows, Index stride, const float* slope, const float* curve, float* bar, float* bias_gradient) {
  for (Index i = 0; i < rows; ++i, slope += stride, curve += stride, bar += stride) {
    for (Index j = 0; j < stride; j += lanes()) {
      const V b = hn::MulAdd(hn::Load(kD, slope + j), hn::Load(kD, bar + j), hn::Load(kD, curve + j));
      hn::Store(b, kD, bar + j);
      hn::Store(hn::Add(hn::Load(kD, bias_gradient + j), b), kD, bias_gradient + j);
    }
  }
}

void turn_value(Index rows, Index stride, const float* weights, const float* source, const float* slope, const float* a,
                float* bar, float* bias_gradient, float* weights_gradient) {
  for (Index i = 0; i < rows; ++i) {
    const V c = hn::Set(kD, source[i]);
    for (Index j = 0; j < stride; j += lanes()) {
      const Index at = i * stride + j;
      const V b = hn::Mul(hn::Mul(hn::Load(kD, slope + at), c), hn::Load(kD, weights + j));
      hn::Store(b, kD, bar + at);
      hn::Store(hn::Add(hn::Load(kD, bias_gradient + j), b), kD, bias_gradient + j);
      hn::Store(hn::MulAdd(c, hn::Load(kD, a + at), hn::Load(kD, weights_gradient + j)), kD, weights_gradient + j);
    }
  }
}

void reverse_value(Index rows, Index stride, const float* slope, float* bar, float* bias_gradient) {
  for (Index i = 0; i < rows; ++i, slope += stride, bar += stride) {
    for (Index j = 0; j < stride; j += lanes()) {
      const V b = hn::Mul(hn::Load(kD, slope + j), hn::Load(kD, bar + j));
      hn::Store(b, kD, bar + j);
      hn::Store(hn::Add(hn::Load(kD, bias_gradient + j), b), kD, bias_gradient + j);
    }
  }
}

const char* target_name() { return hwy::TargetName(HWY_TARGET); }

}  // namespace HWY_NAMESPACE
}  // namespace instar::nn
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace instar::nn {

HWY_EXPORT(activate);
HWY_EXPORT(activate_last);
HWY_EXPORT(activate_only);
HWY_EXPORT(activate_last_only);
HWY_EXPORT(gate_only);
HWY_EXPORT(gate);
HWY_EXPORT(turn_last);
HWY_EXPORT(reverse);
HWY_EXPORT(turn_value);
HWY_EXPORT(reverse_value);
HWY_EXPORT(target_name);

void activate(Index rows, Index stride, const float* bias, float* z_to_a, float* slope, float* curve) {
  HWY_DYNAMIC_DISPATCH(activate)(rows, stride, bias, z_to_a, slope, curve);
}

void activate_last(Index rows, Index stride, const float* bias, const float* weights, float output_bias, float* z_to_a,
                   float* slope, float* curve, float* g, float* value) {
  HWY_DYNAMIC_DISPATCH(activate_last)
  (rows, stride, bias, weights, output_bias, z_to_a, slope, curve, g, value);
}

void activate_only(Index rows, Index stride, const float* bias, float* z_to_a, float* slope) {
  HWY_DYNAMIC_DISPATCH(activate_only)(rows, stride, bias, z_to_a, slope);
}

void activate_last_only(Index rows, Index stride, const float* bias, const float* weights, float output_bias,
                        float* z_to_g, float* value) {
  HWY_DYNAMIC_DISPATCH(activate_last_only)(rows, stride, bias, weights, output_bias, z_to_g, value);
}

void gate_only(Index rows, Index stride, const float* slope, float* h_to_g) {
  HWY_DYNAMIC_DISPATCH(gate_only)(rows, stride, slope, h_to_g);
}

void gate(Index rows, Index stride, const float* slope, float* h_to_g, float* curve) {
  HWY_DYNAMIC_DISPATCH(gate)(rows, stride, slope, h_to_g, curve);
}

void tangent(Index rows, Index stride, const float* slope, float* zdot_to_adot, float* curve) {
  gate(rows, stride, slope, zdot_to_adot, curve);
}

void turn_last(Index rows, Index stride, const float* weights, const float* source, const float* slope, const float* a,
               const float* zdot, const float* curve, float* bar, float* bias_gradient, float* weights_gradient) {
  HWY_DYNAMIC_DISPATCH(turn_last)
  (rows, stride, weights, source, slope, a, zdot, curve, bar, bias_gradient, weights_gradient);
}

void reverse(Index rows, Index stride, const float* slope, const float* curve, float* bar, float* bias_gradient) {
  HWY_DYNAMIC_DISPATCH(reverse)(rows, stride, slope, curve, bar, bias_gradient);
}

void turn_value(Index rows, Index stride, const float* weights, const float* source, const float* slope, const float* a,
                float* bar, float* bias_gradient, float* weights_gradient) {
  HWY_DYNAMIC_DISPATCH(turn_value)
  (rows, stride, weights, source, slope, a, bar, bias_gradient, weights_gradient);
}

void reverse_value(Index rows, Index stride, const float* slope, float* bar, float* bias_gradient) {
  HWY_DYNAMIC_DISPATCH(reverse_value)(rows, stride, slope, bar, bias_gradient);
}

std::string elementwise_description() { return HWY_DYNAMIC_DISPATCH(target_name)(); }

}  // namespace instar::nn
#endif  // HWY_ONCE
