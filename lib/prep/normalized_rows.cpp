#include "prep/normalized_rows.hpp"

#include <algorithm>
#include <utility>

namespace instar::prep {

NormalizedRows::NormalizedRows(core::RowBlocks& counts, Selection selection, bool log1p)
    : counts_(counts), selection_(std::move(selection)), kept_(selection_), log1p_(log1p) {}

void NormalizedRows::use_only(const std::vector<Index>& genes) {
  const std::vector<char>& columns = kept_.use_only(genes);
  // Without totals they have to be summed, which takes all genes that stay.
  if (!selection_.totals.empty()) counts_.want_columns(genes.empty() ? std::vector<char>{} : columns);
}

void NormalizedRows::rewind() {
  counts_.rewind();
  kept_.restart();
  at_ = 0;
  empty_cells_ = 0;
}

bool NormalizedRows::next(core::RowBlock& block) {
  // A block without a row that stays would look like the end.
  do {
    if (!counts_.next(read_)) return false;
    kept_.cut(read_, at_);
    at_ += read_.rows();
  } while (kept_.rows.empty());
  empty_cells_ += std::count(kept_.totals.begin(), kept_.totals.end(), 0.0);
  kept_.normalize(selection_.target_sum, log1p_, true);
  std::swap(block, kept_.block);
  return true;
}

}  // namespace instar::prep
