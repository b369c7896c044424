#include "prep/normalized_rows.hpp"

#include <cmath>
#include <utility>

#include "core/error.hpp"
#include "core/parallel.hpp"

namespace instar::prep {
namespace {

constexpr Index kGrainRows = 64;

}  // namespace

NormalizedRows::NormalizedRows(core::RowBlocks& counts, Selection selection, PrepOptions options)
    : counts_(counts), selection_(std::move(selection)), options_(std::move(options)) {
  std::int32_t next = 0;
  for (const bool keep : selection_.keep_genes) gene_.push_back(keep ? next++ : -1);
  use_only({});
}

void NormalizedRows::use_only(const std::vector<Index>& genes) {
  std::vector<char> wanted(static_cast<std::size_t>(selection_.genes), genes.empty() ? 1 : 0);
  for (const Index gene : genes) wanted[static_cast<std::size_t>(gene)] = 1;
  used_.assign(gene_.size(), 0);
  for (std::size_t column = 0; column < gene_.size(); ++column)
    if (gene_[column] >= 0) used_[column] = wanted[static_cast<std::size_t>(gene_[column])];
}

void NormalizedRows::rewind() {
  counts_.rewind();
  at_ = 0;
  given_ = 0;
}

// The total and the number of wanted entries of every row that stays.
void NormalizedRows::weigh_rows() {
  kept_.clear();
  for (Index i = 0; i < read_.rows(); ++i)
    if (selection_.keep_cells[static_cast<std::size_t>(at_ + i)]) kept_.push_back(i);
  factors_.resize(kept_.size());
  entries_.resize(kept_.size());
  core::parallel_chunks(static_cast<Index>(kept_.size()), kGrainRows, [&](Index begin, Index end) {
    for (auto k = static_cast<std::size_t>(begin); k < static_cast<std::size_t>(end); ++k) {
      const auto row = static_cast<std::size_t>(kept_[k]);
      double total = 0;
      std::int64_t entries = 0;
      for (auto e = static_cast<std::size_t>(read_.indptr[row]); e < static_cast<std::size_t>(read_.indptr[row + 1]);
           ++e) {
        const auto column = static_cast<std::size_t>(read_.indices[e]);
        if (gene_[column] < 0) continue;
        total += read_.values[e];
        if (read_.values[e] != 0) entries += used_[column];
      }
      factors_[k] = total == 0 ? 1 : total / selection_.target_sum;
      entries_[k] = entries;
    }
  });
}

void NormalizedRows::fill(core::RowBlock& block) const {
  core::parallel_chunks(static_cast<Index>(kept_.size()), kGrainRows, [&](Index begin, Index end) {
    for (auto k = static_cast<std::size_t>(begin); k < static_cast<std::size_t>(end); ++k) {
      const auto row = static_cast<std::size_t>(kept_[k]);
      auto out = static_cast<std::size_t>(block.indptr[k]);
      for (auto e = static_cast<std::size_t>(read_.indptr[row]); e < static_cast<std::size_t>(read_.indptr[row + 1]);
           ++e) {
        const auto column = static_cast<std::size_t>(read_.indices[e]);
        if (used_[column] == 0 || read_.values[e] == 0) continue;
        double value = read_.values[e] / factors_[k];
        if (options_.log1p && value <= -1)
          throw DataError("a negative value has no log(1 + x) after normalisation; use raw counts");
        if (options_.log1p) value = std::log1p(value);
        block.indices[out] = gene_[column];
        block.values[out++] = static_cast<float>(value);
      }
    }
  });
}

bool NormalizedRows::next(core::RowBlock& block) {
  // A block without a row that stays would look like the end.
  do {
    if (!counts_.next(read_)) return false;
    weigh_rows();
    at_ += read_.rows();
  } while (kept_.empty());
  block.first_row = given_;
  block.cols = cols();
  block.indptr.assign(1, 0);
  for (const std::int64_t entries : entries_) block.indptr.push_back(block.indptr.back() + entries);
  block.indices.resize(static_cast<std::size_t>(block.nnz()));
  block.values.resize(static_cast<std::size_t>(block.nnz()));
  fill(block);
  given_ += block.rows();
  return true;
}

}  // namespace instar::prep
