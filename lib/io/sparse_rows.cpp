#include "io/sparse_rows.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

#include "core/parallel.hpp"

namespace instar::io {
namespace {

// What a thread looks through at a time.
constexpr Index kGrainRows = 256;

// scipy's meaning of a row: any order, duplicates are summed.
void tidy_row(std::int32_t* indices, double* values, Index& count,
              std::vector<std::pair<std::int32_t, double>>& pairs) {
  pairs.clear();
  for (Index k = 0; k < count; ++k) pairs.emplace_back(indices[k], values[k]);
  std::stable_sort(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  Index out = 0;
  for (const auto& [column, value] : pairs) {
    if (out > 0 && indices[out - 1] == column) {
      values[out - 1] += value;
    } else {
      indices[out] = column;
      values[out] = value;
      ++out;
    }
  }
  count = out;
}

/// Without leaving at the first that does not: such a loop is made of vectors.
bool ascends(const std::int32_t* columns, Index count) {
  std::int32_t descents = 0;
  for (Index k = 1; k < count; ++k) descents |= columns[k - 1] >= columns[k] ? 1 : 0;
  return descents == 0;
}

/// Whether the columns of every row ascend: the usual block passes with one look at its indices.
bool is_tidy(const core::RowBlock& block) {
  std::atomic<bool> tidy{true};
  core::parallel_chunks(block.rows(), kGrainRows, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      const auto row = static_cast<std::size_t>(i);
      if (!ascends(block.indices.data() + block.indptr[row], block.indptr[row + 1] - block.indptr[row])) tidy = false;
    }
  });
  return tidy;
}

}  // namespace

void tidy(core::RowBlock& block) {
  if (is_tidy(block)) return;
  std::vector<std::pair<std::int32_t, double>> pairs;
  std::int64_t out = 0;
  std::int64_t begin = 0;
  for (std::size_t row = 0; row + 1 < block.indptr.size(); ++row) {
    const std::int64_t end = block.indptr[row + 1];
    std::int32_t* indices = block.indices.data() + begin;
    double* values = block.values.data() + begin;
    Index count = end - begin;
    if (!ascends(indices, count)) tidy_row(indices, values, count, pairs);
    if (out != begin) {
      std::copy(indices, indices + count, block.indices.data() + out);
      std::copy(values, values + count, block.values.data() + out);
    }
    out += count;
    begin = end;
    block.indptr[row + 1] = out;
  }
  block.indices.resize(static_cast<std::size_t>(out));
  block.values.resize(static_cast<std::size_t>(out));
}

SparseRows::SparseRows(std::vector<std::int64_t> indptr, Index cols, std::unique_ptr<Entries> entries,
                       const BlockPlan& plan)
    : indptr_(std::move(indptr)), cols_(cols), entries_(std::move(entries)), plan_(plan) {}

bool SparseRows::next(core::RowBlock& block) {
  if (at_ >= rows()) return false;
  const auto first = indptr_.begin() + at_;
  const auto most = indptr_.begin() + std::min(rows(), at_ + plan_.rows);
  // The last row that still fits; one row at least.
  auto last = std::upper_bound(first + 1, most + 1, *first + plan_.entries) - 1;
  last = std::max(last, first + 1);
  block.first_row = at_;
  block.cols = cols_;
  block.indptr.assign(first, last + 1);
  for (auto& p : block.indptr) p -= *first;
  const std::int64_t count = *last - *first;
  block.indices.resize(static_cast<std::size_t>(count));
  block.values.resize(static_cast<std::size_t>(count));
  entries_->read(*first, count, block.indices.data(), block.values.data());
  tidy(block);
  at_ += last - first;
  return true;
}

}  // namespace instar::io
