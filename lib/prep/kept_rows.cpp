#include "prep/kept_rows.hpp"

#include <cmath>

#include "core/error.hpp"
#include "core/parallel.hpp"

namespace instar::prep {
namespace {

constexpr Index kGrainRows = 64;

/// Calls body(k) for every k below count, in pieces.
template <class Body>
void for_each_kept(std::size_t count, const Body& body) {
  core::parallel_chunks(static_cast<Index>(count), kGrainRows, [&](Index begin, Index end) {
    for (auto k = static_cast<std::size_t>(begin); k < static_cast<std::size_t>(end); ++k) body(k);
  });
}

std::size_t at(const std::vector<std::int64_t>& indptr, std::size_t row) {
  return static_cast<std::size_t>(indptr[row]);
}

}  // namespace

KeptRows::KeptRows(const Selection& selection) : selection_(selection) {
  std::int32_t next = 0;
  for (const bool keep : selection.keep_genes) gene_.push_back(keep ? next++ : -1);
  use_only({});
}

void KeptRows::use_only(const std::vector<Index>& genes) {
  std::vector<char> wanted(static_cast<std::size_t>(selection_.genes), genes.empty() ? 1 : 0);
  for (const Index gene : genes) wanted[static_cast<std::size_t>(gene)] = 1;
  used_.assign(gene_.size(), 0);
  for (std::size_t column = 0; column < gene_.size(); ++column)
    if (gene_[column] >= 0) used_[column] = wanted[static_cast<std::size_t>(gene_[column])];
}

void KeptRows::cut(const core::RowBlock& counts, Index first) {
  rows.clear();
  for (Index i = 0; i < counts.rows(); ++i)
    if (selection_.keep_cells[static_cast<std::size_t>(first + i)]) rows.push_back(first + i);
  totals.resize(rows.size());
  entries_.resize(rows.size());
  for_each_kept(rows.size(), [&](std::size_t k) {
    const auto row = static_cast<std::size_t>(rows[k] - first);
    double total = 0;
    Index entries = 0;
    for (std::size_t e = at(counts.indptr, row); e < at(counts.indptr, row + 1); ++e) {
      const auto column = static_cast<std::size_t>(counts.indices[e]);
      if (gene_[column] < 0) continue;
      total += counts.values[e];
      entries += used_[column] != 0 && counts.values[e] != 0 ? 1 : 0;
    }
    totals[k] = total;
    entries_[k] = entries;
  });
  block.first_row = given_;
  block.cols = selection_.genes;
  block.indptr.assign(1, 0);
  for (const Index entries : entries_) block.indptr.push_back(block.indptr.back() + entries);
  block.indices.resize(static_cast<std::size_t>(block.nnz()));
  block.values.resize(static_cast<std::size_t>(block.nnz()));
  for_each_kept(rows.size(), [&](std::size_t k) {
    const auto row = static_cast<std::size_t>(rows[k] - first);
    std::size_t out = at(block.indptr, k);
    for (std::size_t e = at(counts.indptr, row); e < at(counts.indptr, row + 1); ++e) {
      const auto column = static_cast<std::size_t>(counts.indices[e]);
      if (used_[column] == 0 || counts.values[e] == 0) continue;
      block.indices[out] = gene_[column];
      block.values[out++] = counts.values[e];
    }
  });
  given_ += block.rows();
}

void KeptRows::normalize(double target_sum, bool log1p, bool as_written) {
  for_each_kept(totals.size(), [&](std::size_t k) {
    const double factor = totals[k] == 0 ? 1 : totals[k] / target_sum;
    for (std::size_t e = at(block.indptr, k); e < at(block.indptr, k + 1); ++e) {
      double value = block.values[e] / factor;
      if (log1p && value <= -1)
        throw DataError("a negative value has no log(1 + x) after normalisation; use raw counts");
      if (log1p) value = std::log1p(value);
      block.values[e] = as_written ? static_cast<float>(value) : value;
    }
  });
}

std::vector<double> KeptRows::per_total() const {
  std::vector<double> scale;
  scale.reserve(totals.size());
  for (const double total : totals) scale.push_back(total == 0 ? 0 : 1 / total);
  return scale;
}

}  // namespace instar::prep
