#include "math/pair_scan.hpp"

#include <algorithm>
#include <new>

namespace instar::math {

PairScan::Floats PairScan::allocate(Index count) {
  auto memory = hwy::AllocateAligned<float>(static_cast<std::size_t>(count));
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

PairScan::PairScan(const Matrix& from, const Matrix& to, GroundCost cost)
    : cols_(to.rows()),
      stride_((to.rows() + simd::kPricingLanes - 1) / simd::kPricingLanes * simd::kPricingLanes),
      cost_(cost),
      to_(allocate(std::max<Index>(1, to.cols()) * stride_)) {
  // Single precision has digits for differences, not for a far origin.
  const Eigen::RowVectorXd centre = to.colwise().mean();
  from_ = (from.rowwise() - centre).cast<float>();
  for (Index k = 0; k < to.cols(); ++k)
    for (Index j = 0; j < stride_; ++j)
      to_[static_cast<std::size_t>(k * stride_ + j)] = j < cols_ ? static_cast<float>(to(j, k) - centre[k]) : 0.0F;
}

}  // namespace instar::math
