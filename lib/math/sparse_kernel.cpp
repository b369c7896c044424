#include "math/sparse_kernel.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/parallel.hpp"

namespace instar::math {
namespace {

constexpr Index kBlocks = 32;  ///< of rows, each with column sums of its own

}  // namespace

SparseKernel::SparseKernel(std::vector<std::size_t> row_begin, std::vector<Entry> entries, Index cols)
    : cols_(cols), row_begin_(std::move(row_begin)), entries_(std::move(entries)), kernel_(entries_.size()) {}

void SparseKernel::absorb(const Vector& g, const Vector& w, double eps, double theta, Vector& f) {
  core::parallel_chunks(rows(), 256, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      double highest = -std::numeric_limits<double>::infinity(), sum = 0;
      const std::size_t first = row_begin_[static_cast<std::size_t>(i)];
      const std::size_t last = row_begin_[static_cast<std::size_t>(i) + 1];
      for (std::size_t e = first; e < last; ++e)
        highest = std::max(highest, g[entries_[e].col] - static_cast<double>(entries_[e].cost));
      for (std::size_t e = first; e < last; ++e)
        sum +=
            w[entries_[e].col] * std::exp((g[entries_[e].col] - static_cast<double>(entries_[e].cost) - highest) / eps);
      f[i] = -theta * (highest / eps + std::log(sum));
    }
  });
  absorb(f, g, eps);
}

void SparseKernel::absorb(const Vector& f, const Vector& g, double eps) {
  core::parallel_chunks(rows(), 256, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i)
      for (std::size_t e = row_begin_[static_cast<std::size_t>(i)]; e < row_begin_[static_cast<std::size_t>(i) + 1];
           ++e)
        kernel_[e] =
            static_cast<float>(std::exp((f[i] + g[entries_[e].col] - static_cast<double>(entries_[e].cost)) / eps));
  });
}

void SparseKernel::sweep(const Vector& w, const Update& update, Vector& t) const {
  const Index grain = (rows() + kBlocks - 1) / kBlocks;
  Matrix partial = Matrix::Zero(kBlocks, cols_);
  core::parallel_chunks(rows(), grain, [&](Index begin, Index end) {
    double* sums = partial.row(begin / grain).data();
    for (Index i = begin; i < end; ++i) {
      const std::size_t first = row_begin_[static_cast<std::size_t>(i)];
      const std::size_t last = row_begin_[static_cast<std::size_t>(i) + 1];
      double product = 0;
      for (std::size_t e = first; e < last; ++e) product += static_cast<double>(kernel_[e]) * w[entries_[e].col];
      const float sum = static_cast<float>(product);
      float weight = 0;
      update(i, 1, &sum, &weight);
      for (std::size_t e = first; e < last; ++e)
        sums[entries_[e].col] += static_cast<double>(kernel_[e]) * static_cast<double>(weight);
    }
  });
  t = partial.colwise().sum().transpose();
}

double SparseKernel::soft_column(Index col, const Vector& f, const Vector& w, double eps) const {
  double highest = -std::numeric_limits<double>::infinity();
  std::vector<std::pair<double, double>> terms;
  for (Index i = 0; i < rows(); ++i)
    for (std::size_t e = row_begin_[static_cast<std::size_t>(i)]; e < row_begin_[static_cast<std::size_t>(i) + 1]; ++e)
      if (entries_[e].col == col) {
        terms.emplace_back((f[i] - static_cast<double>(entries_[e].cost)) / eps, w[i]);
        highest = std::max(highest, terms.back().first);
      }
  double sum = 0;
  for (const auto& [exponent, weight] : terms) sum += weight * std::exp(exponent - highest);
  return highest + std::log(sum);
}

std::vector<PlanEntry> SparseKernel::plan(const Vector& a, const Vector& b, double reference) const {
  std::vector<PlanEntry> found(entries_.size());
  for (Index i = 0; i < rows(); ++i)
    for (std::size_t e = row_begin_[static_cast<std::size_t>(i)]; e < row_begin_[static_cast<std::size_t>(i) + 1]; ++e)
      found[e] = {static_cast<std::int32_t>(i), entries_[e].col,
                  a[i] * b[entries_[e].col] / reference * static_cast<double>(kernel_[e])};
  return found;
}

}  // namespace instar::math
