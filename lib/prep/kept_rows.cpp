#include "prep/kept_rows.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>

#include "core/error.hpp"
#include "core/parallel.hpp"

namespace instar::prep {
namespace {

constexpr std::size_t kPieceRows = 64;
constexpr std::size_t kSmallCounts = 8;
constexpr Index kGrainEntries = Index{1} << 16;

/// Calls body(k) for every k below count, in pieces.
template <class Body>
void for_each_kept(std::size_t count, const Body& body) {
  core::parallel_chunks(static_cast<Index>(count), static_cast<Index>(kPieceRows), [&](Index begin, Index end) {
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

const std::vector<char>& KeptRows::use_only(const std::vector<Index>& genes) {
  std::vector<char> wanted(static_cast<std::size_t>(selection_.genes), genes.empty() ? 1 : 0);
  for (const Index gene : genes) wanted[static_cast<std::size_t>(gene)] = 1;
  used_.assign(gene_.size(), 0);
  for (std::size_t column = 0; column < gene_.size(); ++column)
    if (gene_[column] >= 0) used_[column] = wanted[static_cast<std::size_t>(gene_[column])];
  all_used_ = std::count(used_.begin(), used_.end(), 1) == static_cast<std::ptrdiff_t>(used_.size());
  return used_;
}

double KeptRows::cut_row(const core::RowBlock& counts, std::size_t row, std::size_t& out) {
  double total = 0;
  for (std::size_t e = at(counts.indptr, row); e < at(counts.indptr, row + 1); ++e) {
    const auto column = static_cast<std::size_t>(counts.indices[e]);
    const double value = counts.values[e];
    if (gene_[column] < 0) continue;
    total += value;
    if (used_[column] == 0 || value == 0) continue;
    spare_.indices[out] = gene_[column];
    spare_.values[out++] = value;
  }
  return total;
}

bool KeptRows::is_whole(const core::RowBlock& counts) const {
  if (!all_used_ || selection_.totals.empty() || static_cast<Index>(rows.size()) != counts.rows()) return false;
  std::atomic<bool> zero{false};
  core::parallel_chunks(counts.nnz(), kGrainEntries, [&](Index begin, Index end) {
    bool found = false;
    for (auto e = static_cast<std::size_t>(begin); e < static_cast<std::size_t>(end); ++e)
      found |= counts.values[e] == 0;
    if (found) zero = true;
  });
  return !zero;
}

void KeptRows::cut(core::RowBlock& counts, Index first) {
  rows.clear();
  for (Index i = 0; i < counts.rows(); ++i)
    if (selection_.keep_cells[static_cast<std::size_t>(first + i)]) rows.push_back(first + i);
  totals.resize(rows.size());
  block.first_row = given_;
  block.cols = selection_.genes;
  if (is_whole(counts)) {
    for (std::size_t k = 0; k < rows.size(); ++k) totals[k] = selection_.totals[static_cast<std::size_t>(rows[k])];
    block.indptr = counts.indptr;
    std::swap(block.indices, counts.indices);
    std::swap(block.values, counts.values);
    given_ += block.rows();
    return;
  }
  // Every piece of the cells is cut to where it begins in the counts, then the pieces are moved together.
  const auto pieces = (rows.size() + kPieceRows - 1) / kPieceRows;
  std::vector<std::size_t> from(pieces), size(pieces);
  block.indptr.assign(rows.size() + 1, 0);
  spare_.indices.resize(counts.indices.size());
  spare_.values.resize(counts.values.size());
  core::parallel_for(static_cast<Index>(pieces), [&](Index p) {
    const auto piece = static_cast<std::size_t>(p);
    const std::size_t begin = piece * kPieceRows;
    const std::size_t end = std::min(rows.size(), begin + kPieceRows);
    from[piece] = at(counts.indptr, static_cast<std::size_t>(rows[begin] - first));
    std::size_t out = from[piece];
    for (std::size_t k = begin; k < end; ++k) {
      const std::size_t before = out;
      totals[k] = cut_row(counts, static_cast<std::size_t>(rows[k] - first), out);
      if (!selection_.totals.empty()) totals[k] = selection_.totals[static_cast<std::size_t>(rows[k])];
      block.indptr[k + 1] = static_cast<std::int64_t>(out - before);
    }
    size[piece] = out - from[piece];
  });
  for (std::size_t k = 0; k < rows.size(); ++k) block.indptr[k + 1] += block.indptr[k];
  block.indices.resize(static_cast<std::size_t>(block.nnz()));
  block.values.resize(static_cast<std::size_t>(block.nnz()));
  core::parallel_for(static_cast<Index>(pieces), [&](Index p) {
    const auto piece = static_cast<std::size_t>(p);
    const auto to = static_cast<std::ptrdiff_t>(block.indptr[piece * kPieceRows]);
    const auto begin = static_cast<std::ptrdiff_t>(from[piece]);
    const auto end = begin + static_cast<std::ptrdiff_t>(size[piece]);
    std::copy(spare_.indices.begin() + begin, spare_.indices.begin() + end, block.indices.begin() + to);
    std::copy(spare_.values.begin() + begin, spare_.values.begin() + end, block.values.begin() + to);
  });
  given_ += block.rows();
}

void KeptRows::normalize(double target_sum, bool log1p, bool as_written) {
  for_each_kept(totals.size(), [&](std::size_t k) {
    const double factor = totals[k] == 0 ? 1 : totals[k] / target_sum;
    const auto normalized = [&](double count) {
      double value = count / factor;
      if (log1p && value <= -1)
        throw DataError("a negative value has no log(1 + x) after normalisation; use raw counts");
      if (log1p) value = std::log1p(value);
      return as_written ? static_cast<double>(static_cast<float>(value)) : value;
    };
    // Most counts of a cell are small, and the same ones again and again.
    std::array<double, kSmallCounts> of_small{};
    std::array<bool, kSmallCounts> known{};
    for (std::size_t e = at(block.indptr, k); e < at(block.indptr, k + 1); ++e) {
      const double count = block.values[e];
      const auto small = count >= 0 && count < kSmallCounts ? static_cast<std::size_t>(static_cast<int>(count)) : 0;
      if (static_cast<double>(small) != count) {
        block.values[e] = normalized(count);
        continue;
      }
      if (!known[small]) of_small[small] = normalized(count);
      known[small] = true;
      block.values[e] = of_small[small];
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
