#include "math/gibbs_kernel.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <numbers>

#include "core/parallel.hpp"
#include "math/gibbs_simd.hpp"

namespace instar::math {
namespace {

using simd::kRowGroup;

constexpr float kInfinityF = std::numeric_limits<float>::infinity();

Index round_up(Index value, Index step) { return (value + step - 1) / step * step; }

hwy::AlignedFreeUniquePtr<float[]> allocate(Index count) {
  auto memory = hwy::AllocateAligned<float>(static_cast<std::size_t>(count));
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

/// Rows in a block: enough blocks for the cores to share the work evenly, and never so many that their column sums
/// weigh anything beside the kernel.
Index choose_block_rows(Index rows) { return round_up(std::clamp<Index>(rows / 32, 16, 512), kRowGroup); }

}  // namespace

GibbsKernel::GibbsKernel(const MatrixView& x, const MatrixView& y, PairCost cost, double delta)
    : rows_(x.rows()),
      cols_(y.rows()),
      dims_(x.cols()),
      stride_(round_up(y.rows(), simd::kLanePadding)),
      block_rows_(choose_block_rows(x.rows())),
      cost_(cost),
      y_(allocate(std::max<Index>(1, y.cols()) * stride_)) {
  // Single precision has digits for differences, not for a far origin.
  const Eigen::RowVectorXd centre = y.colwise().mean();
  const double scale = cost == PairCost::cone ? 1 / (std::numbers::pi * delta) : 1.0;
  x_ = ((x.rowwise() - centre) * scale).cast<float>();
  std::fill_n(y_.get(), dims_ * stride_, 0.0F);
  for (Index j = 0; j < cols_; ++j)
    for (Index k = 0; k < dims_; ++k)
      y_[static_cast<std::size_t>(k * stride_ + j)] = static_cast<float>((y(j, k) - centre[k]) * scale);
}

GibbsKernel::Floats GibbsKernel::make_row() const { return allocate(stride_); }

GibbsKernel::Floats GibbsKernel::padded(const Vector& values, float padding) const {
  Floats out = make_row();
  std::fill(std::transform(values.begin(), values.end(), out.get(), [](double v) { return static_cast<float>(v); }),
            out.get() + stride_, padding);
  return out;
}

void GibbsKernel::row_costs(Index row, float* out) const {
  simd::squared_distances(x_.row(row).data(), y_.get(), dims_, stride_, out);
  if (cost_ == PairCost::cone) simd::cone_costs(stride_, out);
}

void GibbsKernel::panel_costs(Index first, Index count, Index begin, Index width, float* out) const {
  const float* rows = x_.row(first).data();
  MatrixF filled;
  if (count < kRowGroup) {
    filled = x_.middleRows(first, count).replicate(kRowGroup, 1).topRows(kRowGroup);
    rows = filled.data();
  }
  simd::group_distances(rows, y_.get() + begin, dims_, stride_, width, out);
  if (cost_ == PairCost::cone) simd::cone_costs(kRowGroup * width, out);
}

template <class MakeRow>
void GibbsKernel::fill(const MakeRow& make_row) {
  const Index all_rows = round_up(rows_, kRowGroup);
  if (kernel_ == nullptr) {
    kernel_ = allocate(all_rows * stride_);
    partial_ = allocate(blocks() * stride_);
    std::fill(kernel_.get() + rows_ * stride_, kernel_.get() + all_rows * stride_, 0.0F);
  }
  core::parallel_chunks(rows_, block_rows_, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      float* out = kernel_.get() + i * stride_;
      row_costs(i, out);
      make_row(i, out);
    }
  });
}

void GibbsKernel::absorb(const Vector& g, const Vector& w, double eps, double theta, Vector& f) {
  const Floats column = padded(g, -kInfinityF), weight = padded(w, 0);
  const float scale = static_cast<float>(1 / eps);
  fill([&](Index i, float* out) {
    f[i] = -theta * static_cast<double>(simd::soft_maximum(out, column.get(), weight.get(), scale, stride_));
    simd::gibbs(static_cast<float>(f[i]), column.get(), scale, stride_, out);
  });
}

void GibbsKernel::absorb(const Vector& f, const Vector& g, double eps) {
  const Floats column = padded(g, -kInfinityF);
  const float scale = static_cast<float>(1 / eps);
  fill([&](Index i, float* out) { simd::gibbs(static_cast<float>(f[i]), column.get(), scale, stride_, out); });
}

void GibbsKernel::sweep(const Vector& w, const Update& update, Vector& t) const {
  const Floats weight = padded(w, 0);
  core::parallel_for(blocks(), [&](Index block) {
    float* sums = partial_.get() + block * stride_;
    std::fill_n(sums, stride_, 0.0F);
    const Index end = std::min(rows_, (block + 1) * block_rows_);
    for (Index i = block * block_rows_; i < end; i += kRowGroup) {
      float products[kRowGroup], weights[kRowGroup] = {};
      simd::dot_rows(row(i), weight.get(), stride_, products);
      update(i, std::min(kRowGroup, end - i), products, weights);
      simd::add_rows(row(i), weights, stride_, sums);
    }
  });
  t.setZero(cols_);
  for (Index block = 0; block < blocks(); ++block)
    t += Eigen::Map<const VectorF>(partial_.get() + block * stride_, cols_).cast<double>();
}

double GibbsKernel::soft_column(Index col, const Vector& f, const Vector& w, double eps) const {
  const Index padded_rows = round_up(rows_, simd::kLanePadding);
  const Floats costs = allocate(padded_rows);
  std::fill_n(costs.get(), padded_rows, 0.0F);
  for (Index i = 0; i < rows_; ++i)
    for (Index k = 0; k < dims_; ++k) {
      const float apart = x_(i, k) - y_[static_cast<std::size_t>(k * stride_ + col)];
      costs[static_cast<std::size_t>(i)] += apart * apart;
    }
  if (cost_ == PairCost::cone) simd::cone_costs(padded_rows, costs.get());
  const Vector exponent = (f - Eigen::Map<const VectorF>(costs.get(), rows_).cast<double>()) / eps;
  const double highest = exponent.maxCoeff();
  return highest + std::log(w.dot((exponent.array() - highest).exp().matrix()));
}

PairSurvey survey(const GibbsKernel& kernel, const VectorView& a, const VectorView& b) {
  const Index n = kernel.rows(), m = kernel.cols();
  Vector cost = Vector::Zero(n), mass = Vector::Zero(n);
  const Index grain = 64, chunks = (n + grain - 1) / grain;
  std::vector<std::vector<char>> reached(static_cast<std::size_t>(chunks), std::vector<char>());
  core::parallel_for(chunks, [&](Index chunk) {
    auto& columns = reached[static_cast<std::size_t>(chunk)];
    columns.assign(static_cast<std::size_t>(m), 0);
    const auto costs = kernel.make_row();
    for (Index i = chunk * grain; i < std::min(n, (chunk + 1) * grain); ++i) {
      kernel.row_costs(i, costs.get());
      for (Index j = 0; j < m; ++j) {
        const double one = static_cast<double>(costs[static_cast<std::size_t>(j)]);
        if (std::isinf(one)) continue;
        cost[i] += b[j] * one;
        mass[i] += b[j];
        columns[static_cast<std::size_t>(j)] = 1;
      }
    }
  });
  PairSurvey found;
  for (Index i = 0; i < n; ++i)
    if (mass[i] > 0) found.rows.push_back(i);
  for (Index j = 0; j < m; ++j)
    if (std::any_of(reached.begin(), reached.end(), [j](const auto& c) { return c[static_cast<std::size_t>(j)] != 0; }))
      found.cols.push_back(j);
  if (!found.rows.empty()) found.mean_cost = a.dot(cost) / a.dot(mass);
  return found;
}

}  // namespace instar::math
