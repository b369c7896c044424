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

double squared_norm(const std::vector<const float*>& shards, Index begin, Index end) {
  const hn::ScalableTag<float> wide;
  const hn::CappedTag<float, 1> narrow;
  const auto lanes = static_cast<Index>(hn::Lanes(wide));
  double sum = 0;
  for (Index block = begin; block < end; block += kBlock) {
    const Index block_end = std::min(end, block + kBlock);
    auto squares = hn::Zero(wide);
    Index i = block;
    for (; i + lanes <= block_end; i += lanes) {
      const auto g = total(wide, shards, i);
      squares = hn::MulAdd(g, g, squares);
    }
    sum += static_cast<double>(hn::GetLane(hn::SumOfLanes(wide, squares)));
    for (; i < block_end; ++i) {
      const auto g = static_cast<double>(hn::GetLane(total(narrow, shards, i)));
      sum += g * g;
    }
  }
  return sum;
}

template <typename D>
HWY_INLINE void update_at(D d, const AdamPass& pass, const std::vector<const float*>& shards, const AdamArrays& state,
                          Index i) {
  const auto g = hn::Mul(total(d, shards, i), hn::Set(d, pass.scale));
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
}

void update(const AdamPass& pass, const std::vector<const float*>& shards, const AdamArrays& state, Index begin,
            Index end) {
  const hn::ScalableTag<float> wide;
  const auto lanes = static_cast<Index>(hn::Lanes(wide));
  Index i = begin;
  for (; i + lanes <= end; i += lanes) update_at(wide, pass, shards, state, i);
  for (; i < end; ++i) update_at(hn::CappedTag<float, 1>(), pass, shards, state, i);
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

void update(const AdamPass& pass, const std::vector<const float*>& shards, const AdamArrays& state, Index begin,
            Index end) {
  HWY_DYNAMIC_DISPATCH(update)(pass, shards, state, begin, end);
}

}  // namespace instar::nn
#endif  // HWY_ONCE
