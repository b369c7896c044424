#include "nn/product.hpp"

#include <algorithm>

// Compiled once per instruction set: the file includes itself through foreach_target.h.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/product.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#include "nn/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace instar::nn {
namespace HWY_NAMESPACE {

/// Rows of B that stay in the first cache while rows of A pass by.
constexpr Index kDepth = 256;

/// Rows of C that are held in registers, two vectors of each: of 32 registers or of 16.
#if HWY_TARGET <= HWY_AVX3
constexpr int kTile = 8;
#else
constexpr int kTile = 6;
#endif

/// N rows and two vectors of C: += or = sum over i < depth of a[row * row_step + i * depth_step] b[i * b_step +
/// column].
template <int N>
HWY_INLINE void tile(Index depth, const float* a, Index row_step, Index depth_step, const float* b, Index b_step,
                     bool add, bool two, float* c, Index ldc) {
  V low[N], high[N];
  const Index w = lanes();
  for (int i = 0; i < N; ++i) {
    low[i] = add ? hn::LoadU(kD, c + i * ldc) : hn::Zero(kD);
    high[i] = add && two ? hn::LoadU(kD, c + i * ldc + w) : hn::Zero(kD);
  }
  for (Index k = 0; k < depth; ++k, a += depth_step, b += b_step) {
    const V b0 = hn::Load(kD, b);
    const V b1 = hn::Load(kD, b + (two ? w : 0));
    for (int i = 0; i < N; ++i) {
      const V from = hn::Set(kD, a[i * row_step]);
      low[i] = hn::MulAdd(from, b0, low[i]);
      high[i] = hn::MulAdd(from, b1, high[i]);
    }
  }
  for (int i = 0; i < N; ++i) {
    hn::StoreU(low[i], kD, c + i * ldc);
    if (two) hn::StoreU(high[i], kD, c + i * ldc + w);
  }
}

template <int N>
HWY_NOINLINE void rows_of_tiles(Index rows, Index depth, const float* a, Index row_step, Index depth_step,
                                const float* b, Index b_step, bool add, bool two, float* c, Index ldc) {
  for (; rows >= N; rows -= N, a += N * row_step, c += N * ldc)
    tile<N>(depth, a, row_step, depth_step, b, b_step, add, two, c, ldc);
  if constexpr (N > 1) {
    if (rows > 0) rows_of_tiles<N / 2>(rows, depth, a, row_step, depth_step, b, b_step, add, two, c, ldc);
  }
}

void multiply(Index rows, Index k, Index n, const float* a, Index lda, const float* packed, float* c, Index ldc) {
  const Index columns = (n + kLane - 1) / kLane * kLane;
  for (Index panel = 0; panel < columns; panel += kPanel, packed += k * kPanel) {
    for (Index first = 0; first < k; first += kDepth) {
      const Index depth = std::min(kDepth, k - first);
      const Index end = std::min(columns - panel, kPanel);
      for (Index j = 0; j < end; j += 2 * lanes())
        rows_of_tiles<kTile>(rows, depth, a + first, lda, 1, packed + first * kPanel + j, kPanel, first > 0,
                             j + lanes() < end, c + panel + j, ldc);
    }
  }
}

void multiply_transposed(Index rows, Index m, Index n, const float* x, Index ldx, const float* y, Index ldy, float* c,
                         Index ldc) {
  const Index columns = (n + kLane - 1) / kLane * kLane;
  for (Index first = 0; first < rows; first += kDepth) {
    const Index depth = std::min(kDepth, rows - first);
    for (Index j = 0; j < columns; j += 2 * lanes())
      rows_of_tiles<kTile>(m, depth, x + first * ldx, 1, ldx, y + first * ldy + j, ldy, first > 0,
                           j + lanes() < columns, c + j, ldc);
  }
}

/// Four rows and four columns turned.
HWY_INLINE void turn(const float* from, Index ldb, float* to) {
#if HWY_TARGET == HWY_SCALAR
  for (Index i = 0; i < 4; ++i)
    for (Index j = 0; j < 4; ++j) to[j * kPanel + i] = from[i * ldb + j];
#else
  const hn::FixedTag<float, 4> d;
  const auto a = hn::LoadU(d, from), b = hn::LoadU(d, from + ldb);
  const auto e = hn::LoadU(d, from + 2 * ldb), f = hn::LoadU(d, from + 3 * ldb);
  const auto ab_low = hn::InterleaveLower(d, a, b), ab_high = hn::InterleaveUpper(d, a, b);
  const auto ef_low = hn::InterleaveLower(d, e, f), ef_high = hn::InterleaveUpper(d, e, f);
  hn::StoreU(hn::ConcatLowerLower(d, ef_low, ab_low), d, to);
  hn::StoreU(hn::ConcatUpperUpper(d, ef_low, ab_low), d, to + kPanel);
  hn::StoreU(hn::ConcatLowerLower(d, ef_high, ab_high), d, to + 2 * kPanel);
  hn::StoreU(hn::ConcatUpperUpper(d, ef_high, ab_high), d, to + 3 * kPanel);
#endif
}

void pack_transposed(Index rows, Index k, const float* b, Index ldb, float* panel) {
  const Index whole_rows = rows / 4 * 4, whole = k / 4 * 4;
  for (Index i = 0; i < whole; i += 4)
    for (Index j = 0; j < whole_rows; j += 4) turn(b + j * ldb + i, ldb, panel + i * kPanel + j);
  for (Index i = 0; i < k; ++i)
    for (Index j = i < whole ? whole_rows : 0; j < rows; ++j) panel[i * kPanel + j] = b[j * ldb + i];
}

}  // namespace HWY_NAMESPACE
}  // namespace instar::nn
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace instar::nn {

HWY_EXPORT(multiply);
HWY_EXPORT(multiply_transposed);
HWY_EXPORT(pack_transposed);

Index packed_size(Index k, Index n) { return (n + kPanel - 1) / kPanel * kPanel * k; }

void pack_transposed(Index rows, Index k, const float* b, Index ldb, float* panel) {
  HWY_DYNAMIC_DISPATCH(pack_transposed)(rows, k, b, ldb, panel);
}

void pack_plain(Index rows, Index n, const float* b, Index ldb, Index first, Index k, float* packed) {
  for (Index panel = 0; panel < n; panel += kPanel, packed += k * kPanel)
    for (Index i = 0; i < rows; ++i)
      std::copy_n(b + i * ldb + panel, std::min(kPanel, n - panel), packed + (first + i) * kPanel);
}

void multiply(Index rows, Index k, Index n, const float* a, Index lda, const float* packed, float* c, Index ldc) {
  HWY_DYNAMIC_DISPATCH(multiply)(rows, k, n, a, lda, packed, c, ldc);
}

void multiply_transposed(Index rows, Index m, Index n, const float* x, Index ldx, const float* y, Index ldy, float* c,
                         Index ldc) {
  HWY_DYNAMIC_DISPATCH(multiply_transposed)(rows, m, n, x, ldx, y, ldy, c, ldc);
}

}  // namespace instar::nn
#endif  // HWY_ONCE
