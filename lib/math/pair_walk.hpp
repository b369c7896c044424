#pragma once

#include <algorithm>
#include <hwy/aligned_allocator.h>
#include <new>

#include "core/parallel.hpp"
#include "math/gibbs_kernel.hpp"
#include "math/gibbs_simd.hpp"

/// Walks through all pairs of two clouds whose costs fit no memory.
namespace instar::math {

using Floats = hwy::AlignedFreeUniquePtr<float[]>;

inline constexpr Index kWalkRows = 32;    ///< rows that go through a panel together
inline constexpr Index kWalkPanel = 512;  ///< columns whose coordinates stay in the nearest caches
inline constexpr Index kWalkBlocks = 64;  ///< of rows, each with column sums of its own

/// @throws std::bad_alloc
inline Floats allocate_floats(Index count) {
  auto memory = hwy::AllocateAligned<float>(static_cast<std::size_t>(count));
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

/// Column values in single precision, filled up to whole lanes.
inline Floats padded(const GibbsKernel& pairs, const Vector& values, float padding) {
  Floats out = allocate_floats(pairs.padded_cols());
  for (Index j = 0; j < pairs.padded_cols(); ++j)
    out[static_cast<std::size_t>(j)] = j < pairs.cols() ? static_cast<float>(values[j]) : padding;
  return out;
}

/// Calls body(first, count, begin, width, costs) for every group of rows and every panel of columns; rows come in
/// blocks, each walked by one thread in a fixed order, panel after panel for kWalkRows rows at a time.
template <class Body>
void walk_pairs(const GibbsKernel& pairs, const Body& body) {
  const Index grain = (pairs.rows() + kWalkBlocks - 1) / kWalkBlocks;
  core::parallel_chunks(pairs.rows(), grain, [&](Index block_begin, Index block_end) {
    const Floats costs = allocate_floats(simd::kRowGroup * kWalkPanel);
    for (Index rows = block_begin; rows < block_end; rows += kWalkRows)
      for (Index begin = 0; begin < pairs.padded_cols(); begin += kWalkPanel) {
        const Index width = std::min(kWalkPanel, pairs.padded_cols() - begin),
                    end = std::min(block_end, rows + kWalkRows);
        for (Index first = rows; first < end; first += simd::kRowGroup) {
          const Index count = std::min(simd::kRowGroup, end - first);
          pairs.panel_costs(first, count, begin, width, costs.get());
          body(first, count, begin, width, costs.get());
        }
      }
  });
}

}  // namespace instar::math
