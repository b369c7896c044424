// What the vectorised files of nn have in common, once for every instruction set: to be included after highway.h and
// outside of any namespace.
#if defined(INSTAR_NN_LANES_INL_HPP) == defined(HWY_TARGET_TOGGLE)  // Highway's guard: included again for each target
#ifdef INSTAR_NN_LANES_INL_HPP
#undef INSTAR_NN_LANES_INL_HPP
#else
#define INSTAR_NN_LANES_INL_HPP
#endif

#include <hwy/highway.h>

#include "nn/elementwise.hpp"

HWY_BEFORE_NAMESPACE();
namespace instar::nn {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Vectors of at most kLane floats, to which the arrays of layers are padded.
using D = hn::CappedTag<float, kLane>;
using V = hn::Vec<D>;
constexpr D kD;

HWY_INLINE Index lanes() { return static_cast<Index>(hn::Lanes(kD)); }

}  // namespace HWY_NAMESPACE
}  // namespace instar::nn
HWY_AFTER_NAMESPACE();

#endif
