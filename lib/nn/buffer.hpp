#pragma once

#include <algorithm>
#include <hwy/aligned_allocator.h>
#include <new>

#include "core/types.hpp"
#include "nn/elementwise.hpp"

namespace instar::nn {

inline Index round_up(Index count) { return (count + kLane - 1) / kLane * kLane; }

/// Floats from one row of a layer's arrays to the next: whole lanes, and no power of two, whose rows would all meet in
/// the same few sets of a cache.
inline Index layer_stride(Index width) {
  const Index whole = round_up(width);
  return whole % (4 * kLane) == 0 ? whole + kLane : whole;
}

/// Zeroed, aligned floats.
class Buffer {
 public:
  explicit Buffer(Index count)
      : floats_(hwy::AllocateAligned<float>(static_cast<std::size_t>(std::max(count, Index{1})))) {
    if (!floats_) throw std::bad_alloc();
    std::fill_n(floats_.get(), count, 0.0F);
  }
  float* get() const { return floats_.get(); }

 private:
  hwy::AlignedFreeUniquePtr<float[]> floats_;
};

}  // namespace instar::nn
