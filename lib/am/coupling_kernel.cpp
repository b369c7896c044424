#include "am/coupling_kernel.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "core/parallel.hpp"

namespace instar::am {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// Rows in a block: few enough for two cores to share the work evenly, and never so many blocks that their column sums
/// weigh anything beside the kernel.
Index choose_block_rows(Index rows) { return std::clamp<Index>(rows / 32, 16, 1024); }

float pair_cost(const float* x, const float* y, Index dims, PairCost kind, float inverse) {
  float squared = 0;
  for (Index k = 0; k < dims; ++k) squared += (x[k] - y[k]) * (x[k] - y[k]);
  if (kind == PairCost::squared) return squared;
  const double angle = std::sqrt(static_cast<double>(squared)) * inverse;
  if (angle >= std::numbers::pi / 2) return kInfinity;
  return static_cast<float>(-2 * std::log(std::cos(angle)));
}

}  // namespace

GibbsKernel::GibbsKernel(const MatrixView& x, const MatrixView& y, PairCost cost, double delta)
    : rows_(x.rows()),
      cols_(y.rows()),
      dims_(x.cols()),
      block_rows_(choose_block_rows(x.rows())),
      cost_(cost),
      inverse_(static_cast<float>(0.5 / delta)),
      x_(x.cast<float>()),
      y_(y.cast<float>()) {}

template <class Body>
void GibbsKernel::for_blocks(const Body& body) const {
  core::parallel_for(blocks(), [&](Index b) { body(b, b * block_rows_, std::min(rows_, (b + 1) * block_rows_)); });
}

void GibbsKernel::row_costs(Index row, float* out) const {
  for (Index j = 0; j < cols_; ++j) out[j] = pair_cost(x_.row(row).data(), y_.row(j).data(), dims_, cost_, inverse_);
}

void GibbsKernel::column_costs(Index col, float* out) const {
  for (Index i = 0; i < rows_; ++i) out[i] = pair_cost(x_.row(i).data(), y_.row(col).data(), dims_, cost_, inverse_);
}

namespace {

double soft_maximum(const float* costs, const Vector& potential, const Vector& weight, double eps) {
  double highest = -std::numeric_limits<double>::infinity();
  for (Index j = 0; j < potential.size(); ++j)
    if (weight[j] > 0) highest = std::max(highest, potential[j] - static_cast<double>(costs[j]));
  if (!std::isfinite(highest)) return highest;
  double sum = 0;
  for (Index j = 0; j < potential.size(); ++j)
    sum += weight[j] * std::exp((potential[j] - static_cast<double>(costs[j]) - highest) / eps);
  return highest / eps + std::log(sum);
}

}  // namespace

Vector GibbsKernel::soft_rows(const Vector& g, const Vector& weight, double eps) const {
  Vector soft(rows_);
  for_blocks([&](Index, Index begin, Index end) {
    VectorF costs(cols_);
    for (Index i = begin; i < end; ++i) {
      row_costs(i, costs.data());
      soft[i] = soft_maximum(costs.data(), g, weight, eps);
    }
  });
  return soft;
}

void GibbsKernel::soft_columns(const Vector& f, const Vector& weight, double eps, const std::vector<char>& wanted,
                               Vector& soft) const {
  core::parallel_for(cols_, [&](Index j) {
    if (wanted[static_cast<std::size_t>(j)] == 0) return;
    VectorF costs(rows_);
    column_costs(j, costs.data());
    soft[j] = soft_maximum(costs.data(), f, weight, eps);
  });
}

void GibbsKernel::absorb(const Vector& f, const Vector& g, double eps) {
  kernel_.resize(rows_, cols_);
  partial_.resize(blocks(), cols_);
  const float scale = static_cast<float>(1 / eps);
  const VectorF column = g.cast<float>();
  for_blocks([&](Index, Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      float* out = kernel_.row(i).data();
      row_costs(i, out);
      const float own = static_cast<float>(f[i]);
      for (Index j = 0; j < cols_; ++j) out[j] = std::exp((own + column[j] - out[j]) * scale);
    }
  });
}

void GibbsKernel::sweep(const VectorF& w, const Update& update, Vector& t) const {
  for_blocks([&](Index block, Index begin, Index end) {
    auto sums = partial_.row(block);
    sums.setZero();
    for (Index i = begin; i < end; ++i) {
      const float product = kernel_.row(i).dot(w);
      float weight = 0;
      update(i, 1, &product, &weight);
      sums += weight * kernel_.row(i);
    }
  });
  t = partial_.cast<double>().colwise().sum().transpose();
}

}  // namespace instar::am
