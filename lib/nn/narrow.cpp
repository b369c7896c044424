#include "nn/narrow.hpp"

#include <algorithm>

#include "nn/elementwise.hpp"

// Compiled once per instruction set: the file includes itself through foreach_target.h.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/narrow.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#include "nn/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace instar::nn {
namespace HWY_NAMESPACE {

/// Columns of the input that are summed at once, each in a register of its own.
constexpr Index kAtOnce = 8;

void narrow_forward(Index rows, Index stride, Index inputs, const float* x, const float* weights, float* out) {
  for (Index i = 0; i < rows; ++i, x += inputs, out += stride) {
    for (Index j = 0; j < stride; j += lanes()) {
      V sum = hn::Mul(hn::Set(kD, x[0]), hn::Load(kD, weights + j));
      for (Index k = 1; k < inputs; ++k)
        sum = hn::MulAdd(hn::Set(kD, x[k]), hn::Load(kD, weights + k * stride + j), sum);
      hn::Store(sum, kD, out + j);
    }
  }
}

template <int N>
HWY_INLINE void gradient_columns(Index rows, Index stride, Index inputs, const float* g, const float* weights,
                                 float* out) {
  for (Index i = 0; i < rows; ++i, g += stride, out += inputs) {
    V sums[N];
    for (V& sum : sums) sum = hn::Zero(kD);
    for (Index j = 0; j < stride; j += lanes()) {
      const V from = hn::Load(kD, g + j);
      for (int k = 0; k < N; ++k) sums[k] = hn::MulAdd(from, hn::Load(kD, weights + k * stride + j), sums[k]);
    }
    for (int k = 0; k < N; ++k) out[k] = hn::GetLane(hn::SumOfLanes(kD, sums[k]));
  }
}

template <int N>
HWY_INLINE void weight_rows(Index rows, Index stride, Index inputs, const float* adjoints, const float* x, float* out) {
  for (Index j = 0; j < stride; j += lanes()) {
    V sums[N];
    for (V& sum : sums) sum = hn::Zero(kD);
    for (Index i = 0; i < rows; ++i) {
      const V from = hn::Load(kD, adjoints + i * stride + j);
      for (int k = 0; k < N; ++k) sums[k] = hn::MulAdd(hn::Set(kD, x[i * inputs + k]), from, sums[k]);
    }
    for (int k = 0; k < N; ++k) hn::Store(sums[k], kD, out + k * stride + j);
  }
}

/// Calls part<N>(first) for the pieces [first, first + N) of the inputs.
#define INSTAR_IN_PIECES(part, ...)                         \
  for (Index first = 0; first < inputs; first += kAtOnce) { \
    switch (std::min(kAtOnce, inputs - first)) {            \
      case 1:                                               \
        part<1>(__VA_ARGS__);                               \
        break;                                              \
      case 2:                                               \
        part<2>(__VA_ARGS__);                               \
        break;                                              \
      case 3:                                               \
        part<3>(__VA_ARGS__);                               \
        break;                                              \
      case 4:                                               \
        part<4>(__VA_ARGS__);                               \
        break;                                              \
      case 5:                                               \
        part<5>(__VA_ARGS__);                               \
        break;                                              \
      case 6:                                               \
        part<6>(__VA_ARGS__);                               \
        break;                                              \
      case 7:                                               \
        part<7>(__VA_ARGS__);                               \
        break;                                              \
      default:                                              \
        part<kAtOnce>(__VA_ARGS__);                         \
        break;                                              \
    }                                                       \
  }

void narrow_gradient(Index rows, Index stride, Index inputs, const float* g, const float* weights, float* out) {
  INSTAR_IN_PIECES(gradient_columns, rows, stride, inputs, g, weights + first * stride, out + first)
}

void narrow_weights(Index rows, Index stride, Index inputs, const float* adjoints, const float* x, float* out) {
  INSTAR_IN_PIECES(weight_rows, rows, stride, inputs, adjoints, x + first, out + first * stride)
}

#undef INSTAR_IN_PIECES

}  // namespace HWY_NAMESPACE
}  // namespace instar::nn
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace instar::nn {

HWY_EXPORT(narrow_forward);
HWY_EXPORT(narrow_gradient);
HWY_EXPORT(narrow_weights);

void narrow_forward(Index rows, Index stride, Index inputs, const float* x, const float* weights, float* out) {
  HWY_DYNAMIC_DISPATCH(narrow_forward)(rows, stride, inputs, x, weights, out);
}

void narrow_gradient(Index rows, Index stride, Index inputs, const float* g, const float* weights, float* out) {
  HWY_DYNAMIC_DISPATCH(narrow_gradient)(rows, stride, inputs, g, weights, out);
}

void narrow_weights(Index rows, Index stride, Index inputs, const float* adjoints, const float* x, float* out) {
  HWY_DYNAMIC_DISPATCH(narrow_weights)(rows, stride, inputs, adjoints, x, out);
}

}  // namespace instar::nn
#endif  // HWY_ONCE
