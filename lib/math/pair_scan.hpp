#pragma once

#include <hwy/aligned_allocator.h>

#include "core/parallel.hpp"
#include "core/types.hpp"
#include "math/pricing_simd.hpp"

namespace instar::math {

/// Cost of moving a unit of mass between two points.
enum class GroundCost { euclidean, squared_euclidean };

/// Walks all pairs of two clouds by their reduced costs c(x_i, y_j) - g_j in single precision, without storing any.
/// What has to be exact is decided by the visitor in double: a scan only says which pairs need no look.
class PairScan {
 public:
  /// @param from [n, d], to [m, d]
  PairScan(const Matrix& from, const Matrix& to, GroundCost cost);

  Index rows() const { return from_.rows(); }
  Index cols() const { return cols_; }

  /// What a reduced cost may be off by at most. @param bound largest cost and largest |g| together (D): coordinates are
  /// rounded to 2^-24 of the clouds' size, which enters a distance sqrt(d) times and its square twice that, and a sum
  /// of d squares rounds d times.
  double error(double bound) const { return static_cast<double>(2 * from_.cols() + 16) * 0x1p-23 * bound; }

  /// Visits, for every row i, the columns j with reduced cost below visitor.bound(i), which may fall on the way:
  /// visitor.see(i, j, reduced). Rows are visited from several threads, the columns of a row in order by one.
  template <class Visitor>
  void visit(const Vector& g, Visitor& visitor) const;

 private:
  static constexpr Index kRows = 64;     ///< rows that go through a panel together
  static constexpr Index kPanel = 1024;  ///< columns whose coordinates stay in the nearest caches
  using Floats = hwy::AlignedFreeUniquePtr<float[]>;
  static Floats allocate(Index count);

  Index cols_, stride_;
  GroundCost cost_;
  MatrixF from_;  ///< [n, d], centred
  Floats to_;     ///< [d, stride]
};

template <class Visitor>
void PairScan::visit(const Vector& g, Visitor& visitor) const {
  const Floats dual = allocate(stride_);
  for (Index j = 0; j < stride_; ++j) dual[static_cast<std::size_t>(j)] = j < cols_ ? static_cast<float>(g[j]) : -1e30F;
  core::parallel_chunks(rows(), kRows, [&](Index first, Index last) {
    alignas(64) float reduced[kPanel];
    for (Index begin = 0; begin < cols_; begin += kPanel) {
      const Index padded = std::min(kPanel, stride_ - begin), count = std::min(kPanel, cols_ - begin);
      for (Index i = first; i < last; ++i) {
        const float least = simd::reduced_costs(from_.row(i).data(), to_.get() + begin, from_.cols(), stride_,
                                                dual.get() + begin, padded, cost_ == GroundCost::euclidean, reduced);
        if (!(static_cast<double>(least) < visitor.bound(i))) continue;
        for (Index j = 0; j < count; ++j)
          if (static_cast<double>(reduced[j]) < visitor.bound(i))
            visitor.see(i, begin + j, static_cast<double>(reduced[j]));
      }
    }
  });
}

}  // namespace instar::math
