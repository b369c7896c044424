#include "prep/normalize.hpp"

#include <algorithm>
#include <string>

#include "core/parallel.hpp"
#include "prep/kept_rows.hpp"
#include "prep/moment_sums.hpp"

namespace instar::prep {
namespace {

constexpr Index kGrainRows = 64;

/// No count above the limit of its gene in the batch of its cell (without batches: the one limit).
void clip(KeptRows& kept, const PrepOptions& options, const std::vector<Vector>& limits) {
  core::RowBlock& block = kept.block;
  core::parallel_chunks(block.rows(), kGrainRows, [&](Index begin, Index end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const Index batch = options.batches.empty() ? 0 : options.batches[static_cast<std::size_t>(kept.rows[i])];
      if (batch < 0) continue;
      const Vector& limit = limits[static_cast<std::size_t>(batch)];
      for (auto e = static_cast<std::size_t>(block.indptr[i]); e < static_cast<std::size_t>(block.indptr[i + 1]); ++e)
        block.values[e] = std::min(block.values[e], limit[block.indices[e]]);
    }
  });
}

}  // namespace

GeneMoments normalize(core::RowBlocks& counts, const Selection& selection, const PrepOptions& options,
                      core::RowSink& sink, core::Reporter& reporter) {
  MomentSums sums(selection.genes, options);
  KeptRows kept(selection);
  Index empty_cells = 0;
  core::RowBlock block;
  counts.rewind();
  for (Index first = 0; counts.next(block); first += block.rows()) {
    kept.cut(block, first);
    empty_cells += std::count(kept.totals.begin(), kept.totals.end(), 0.0);
    if (options.moments == MomentsOf::counts) sums.add(kept.block, kept.rows);
    if (options.moments == MomentsOf::normalized) sums.add(kept.block, kept.rows, kept.per_total());
    kept.normalize(selection.target_sum, options.log1p, options.moments == MomentsOf::written);
    if (options.moments == MomentsOf::written) sums.add(kept.block, kept.rows);
    sink.append(kept.block);
    reporter.progress("normalising", static_cast<double>(first + block.rows()), static_cast<double>(counts.rows()),
                      "cells/s");
  }
  sink.finish();
  warn_of_empty_cells(empty_cells, reporter);
  const std::vector<bool> every(static_cast<std::size_t>(selection.genes), true);
  return sums.moments(every, options.moments == MomentsOf::normalized ? selection.target_sum : 1);
}

std::int64_t working_bytes(Index genes) {
  constexpr std::int64_t kPerGene = 400;  // its name, marks, sums and statistics
  return kPerGene * genes;
}

void warn_of_empty_cells(Index cells, core::Reporter& reporter) {
  if (cells > 0)
    reporter.warning("cells without counts: " + std::to_string(cells) +
                     "; they stay as they are (--min-genes 1 leaves them out)");
}

std::vector<GeneMoments> clipped_moments(core::RowBlocks& counts, const Selection& selection,
                                         const PrepOptions& options, const std::vector<Vector>& limits,
                                         core::Reporter& reporter) {
  MomentSums sums(selection.genes, options);
  KeptRows kept(selection);
  core::RowBlock block;
  counts.rewind();
  for (Index first = 0; counts.next(block); first += block.rows()) {
    kept.cut(block, first);
    clip(kept, options, limits);
    sums.add(kept.block, kept.rows);
    reporter.progress("clipping counts", static_cast<double>(first + block.rows()), static_cast<double>(counts.rows()),
                      "cells/s");
  }
  const GeneMoments all = sums.moments(std::vector<bool>(static_cast<std::size_t>(selection.genes), true));
  return options.batches.empty() ? std::vector{all} : all.batches;
}

}  // namespace instar::prep
