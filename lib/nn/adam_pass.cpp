#include "nn/adam_pass.hpp"

#include <algorithm>

// Compiled once per instruction set: the file includes itself through foreach_target.h.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/adam_pass.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace instar::nn {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Floats summed in single precision before the sum goes on in double.
constexpr Index kBlock = 256;

template <typename D>
HWY_INLINE hn::Vec<D> total(D d, const std::vector<const float*>& shards, Index i) {
  hn::Vec<D> sum = hn::Zero(d);
  for (const float* shard : shards) sum = hn::Add(sum, hn::LoadU(d, shard + i));
  return sum;
}

/// Sum of the squares of what value(tag, i) gives for [begin, end), each called once.
template <class Value>
HWY_INLINE double squares(Index begin, Index end, const Value& value) {
  const hn::ScalableTag<float> wide;
  const hn::CappedTag<float, 1> narrow;
  const auto lanes = static_cast<Index>(hn::Lanes(wide));
  double sum = 0;
  for (Index block = begin; block < end; block += kBlock) {
    const Index block_end = std::min(end, block + kBlock);
    auto part = hn::Zero(wide);
    Index i = block;
    for (; i + lanes <= block_end; i += lanes) {
      const auto g = value(wide, i);
      part = hn::MulAdd(g, g, part);
    }
    sum += static_cast<double>(hn::GetLane(hn::SumOfLanes(wide, part)));
    for (; i < block_end; ++i) {
      const auto g = static_cast<double>(hn::GetLane(value(narrow, i)));
      sum += g * g;
    }
  }
  return sum;
}

double squared_norm(const std::vector<const float*>& shards, Index begin, Index end) {
  return squares(begin, end, [&](auto d, Index i) { return total(d, shards, i); });
}

/// @returns the summed gradient, before clipping
template <typename D>
HWY_INLINE hn::Vec<D> update_at(D d, const AdamPass& pass, const std::vector<const float*>& shards,
                                const AdamArrays& state, Index i) {
  const auto sum = total(d, shards, i);
  const auto g = hn::Mul(sum, hn::Set(d, pass.scale));
  auto m = hn::LoadU(d, state.first_moment + i);
  auto v = hn::LoadU(d, state.second_moment + i);
  auto p = hn::LoadU(d, state.parameters + i);
  auto average = hn::LoadU(d, state.average + i);
  m = hn::MulAdd(hn::Set(d, pass.keep1), hn::Sub(g, m), m);
  v = hn::MulAdd(hn::Set(d, pass.keep2), hn::Sub(hn::Mul(g, g), v), v);
  const auto below = hn::MulAdd(hn::Sqrt(v), hn::Set(d, pass.unbias), hn::Set(d, pass.epsilon));
  p = hn::Sub(p, hn::Div(hn::Mul(hn::Set(d, pass.rate), m), below));
  average = hn::MulAdd(hn::Set(d, pass.follow), hn::Sub(p, average), average);
  hn::StoreU(m, d, state.first_moment + i);
  hn::StoreU(v, d, state.second_moment + i);
  hn::StoreU(p, d, state.parameters + i);
  hn::StoreU(average, d, state.average + i);
  return sum;
}

double update(const AdamPass& pass, const std::vector<const float*>& shards, const AdamArrays& state, Index begin,
              Index end) {
  return squares(begin, end, [&](auto d, Index i) { return update_at(d, pass, shards, state, i); });
}

}  // namespace HWY_NAMESPACE
}  // namespace instar::nn
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace instar::nn {

HWY_EXPORT(squared_norm);
HWY_EXPORT(update);

double squared_norm(const std::vector<const float*>& shards, Index begin, Index end) {
  return HWY_DYNAMIC_DISPATCH(squared_norm)(shards, begin, end);
}

double update(const AdamPass& pass, const std::vector<const float*>& shards, const AdamArrays& state, Index begin,
              Index end) {
  return HWY_DYNAMIC_DISPATCH(update)(pass, shards, state, begin, end);
}

}  // namespace instar::nn
#endif  // HWY_ONCE
