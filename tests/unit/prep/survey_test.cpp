// What survey() and NormalizedRows give without writing is exactly what normalize() gives.
#include <doctest/doctest.h>

#include "core/rng.hpp"
#include "prep/normalize.hpp"
#include "prep/normalized_rows.hpp"

using namespace instar;
using namespace instar::prep;

namespace {

/// Keeps the rows, dense, as a file has them.
class FloatSink : public core::RowSink {
 public:
  explicit FloatSink(const Selection& selection) : values(Matrix::Zero(selection.cells, selection.genes)) {}
  void append(const core::RowBlock& block) override {
    for (Index i = 0; i < block.rows(); ++i)
      for (auto e = static_cast<std::size_t>(block.indptr[static_cast<std::size_t>(i)]);
           e < static_cast<std::size_t>(block.indptr[static_cast<std::size_t>(i) + 1]); ++e)
        values(block.first_row + i, block.indices[e]) = static_cast<float>(block.values[e]);
  }
  void finish() override {}
  Matrix values;
};

/// Counts how often the rows are read.
class Passes : public core::MemoryRowBlocks {
 public:
  using core::MemoryRowBlocks::MemoryRowBlocks;
  void rewind() override {
    ++passes;
    core::MemoryRowBlocks::rewind();
  }
  int passes = 0;
};

/// 90 cells of 40 genes, some of either empty, some genes seen once or twice.
Matrix counts() {
  core::Rng rng(1, 2);
  Matrix matrix = Matrix::Zero(90, 40);
  for (Index i = 0; i < 90; ++i)
    for (Index j = 0; j < 36; ++j)
      if (rng.uniform() < 0.3) matrix(i, j) = std::floor(rng.uniform() * 9);
  matrix.row(17).setZero();
  matrix(3, 38) = 2;
  matrix(4, 39) = 5;
  return matrix;
}

PrepOptions options(MomentsOf moments, Index min_cells, bool batches) {
  PrepOptions options;
  options.moments = moments;
  options.min_cells = min_cells;
  options.min_genes = min_cells > 0 ? 6 : 0;
  for (Index i = 0; i < 90; ++i) {
    options.fit_rows.push_back(i % 4 != 1);
    if (batches) options.batches.push_back(i % 3 - (i == 5 ? 3 : 0));
  }
  return options;
}

void check_equal(const GeneMoments& a, const GeneMoments& b) {
  CHECK(a.cells == b.cells);
  CHECK(a.sum == b.sum);
  CHECK(a.sum_squares == b.sum_squares);
  REQUIRE(a.batches.size() == b.batches.size());
  for (std::size_t i = 0; i < a.batches.size(); ++i) check_equal(a.batches[i], b.batches[i]);
}

}  // namespace

TEST_CASE("a survey has the selection of select() and the sums of normalize(), bit by bit") {
  for (const MomentsOf moments : {MomentsOf::normalized, MomentsOf::written, MomentsOf::counts})
    for (const Index min_cells : {0, 2})
      for (const bool batches : {false, true}) {
        CAPTURE(static_cast<int>(moments));
        CAPTURE(min_cells);
        CAPTURE(batches);
        const PrepOptions asked = options(moments, min_cells, batches);
        Passes rows(core::sparse_block(counts()), 11);
        const Survey found = survey(rows, asked);
        const int left_out = min_cells > 0 ? 1 : 0;
        CHECK(rows.passes == 1 + left_out + (moments == MomentsOf::written ? 1 : 0));
        const Selection selection = select(rows, asked);
        CHECK(found.selection.keep_cells == selection.keep_cells);
        CHECK(found.selection.keep_genes == selection.keep_genes);
        CHECK(found.selection.genes == (min_cells > 0 ? 36 : 40));
        CHECK(found.selection.target_sum == selection.target_sum);
        FloatSink sink(selection);
        check_equal(found.moments, normalize(rows, selection, asked, sink));
      }
}

TEST_CASE("normalised rows are those that normalize() writes; genes that are not wanted have none") {
  const PrepOptions asked = options(MomentsOf::normalized, 2, false);
  core::MemoryRowBlocks source(core::sparse_block(counts()), 11);
  const Selection selection = select(source, asked);
  FloatSink sink(selection);
  normalize(source, selection, asked, sink);
  NormalizedRows rows(source, selection, true);
  for (const bool some : {false, true}) {
    Matrix expected = sink.values;
    if (some) {
      rows.use_only({1, 4, 30});
      expected.setZero();
      for (const Index gene : {1, 4, 30}) expected.col(gene) = sink.values.col(gene);
    }
    FloatSink read(selection);
    core::RowBlock block;
    rows.rewind();
    while (rows.next(block)) read.append(block);
    CHECK(read.values == expected);
  }
}

TEST_CASE("cells whose counts sum to nothing stay as they are") {
  Matrix odd = counts();
  odd(2, 3) = -odd.row(2).sum() + odd(2, 3);
  core::MemoryRowBlocks source(core::sparse_block(odd), 11);
  PrepOptions plain;
  plain.log1p = false;
  const Selection selection = select(source, plain);
  NormalizedRows rows(source, selection, false);
  FloatSink read(selection);
  core::RowBlock block;
  rows.rewind();
  while (rows.next(block)) read.append(block);
  CHECK(read.values.row(2) == odd.row(2));
  CHECK(rows.empty_cells() == 2);
}
