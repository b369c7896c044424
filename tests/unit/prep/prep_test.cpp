#include <cmath>
#include <doctest/doctest.h>
#include <limits>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "prep/normalize.hpp"
#include "prep/quality.hpp"
#include "prep/variable_genes.hpp"
#include "support/reference_table.hpp"

using namespace instar;
using namespace instar::prep;

namespace {

/// Keeps what it is given, dense.
class DenseSink : public core::RowSink {
 public:
  DenseSink(Index rows, Index cols) : values(Matrix::Zero(rows, cols)) {}
  void append(const core::RowBlock& block) override {
    CHECK(block.first_row == rows_seen);
    for (Index i = 0; i < block.rows(); ++i)
      for (auto e = static_cast<std::size_t>(block.indptr[static_cast<std::size_t>(i)]);
           e < static_cast<std::size_t>(block.indptr[static_cast<std::size_t>(i) + 1]); ++e)
        values(rows_seen + i, block.indices[e]) = block.values[e];
    rows_seen += block.rows();
  }
  void finish() override { finished = true; }

  Matrix values;
  Index rows_seen = 0;
  bool finished = false;
};

class Warnings : public core::Reporter {
 public:
  void warning(const std::string& text) override { texts.push_back(text); }
  std::vector<std::string> texts;
};

struct Prepared {
  Selection selection;
  Matrix values;
  GeneMoments moments;
};

Prepared prepare(const Matrix& counts, const PrepOptions& options, core::Reporter& reporter = core::silent()) {
  core::MemoryRowBlocks blocks(core::sparse_block(counts), 7);
  Prepared result{select(blocks, options, reporter), {}, {}};
  DenseSink sink(result.selection.cells, result.selection.genes);
  result.moments = normalize(blocks, result.selection, options, sink, reporter);
  CHECK(sink.finished);
  CHECK(sink.rows_seen == result.selection.cells);
  result.values = sink.values;
  return result;
}

Matrix recorded_counts() {
  Matrix counts = Matrix::Zero(60, 120);
  for (const auto& row : test::reference_table("scanpy_small_counts.tsv"))
    counts(static_cast<Index>(row[0]), static_cast<Index>(row[1])) = row[2];
  return counts;
}

}  // namespace

TEST_CASE("normalised logs and variable genes are scanpy's, with and without held-out cells") {
  const Matrix counts = recorded_counts();
  for (const bool all : {true, false}) {
    PrepOptions options;
    for (Index i = 0; !all && i < 60; ++i) options.fit_rows.push_back(i < 40);
    const Prepared prepared = prepare(counts, options);
    const VariableGenes genes = variable_genes(prepared.moments, 20);
    const auto expected =
        test::reference_table(std::string("scanpy_small_") + (all ? "all" : "held_out") + "_genes.tsv");
    CHECK(genes.selected == (all ? 21 : 20));  // among all cells two genes alone in their bins tie with the last one
    for (std::size_t g = 0; g < expected.size(); ++g) {
      const auto gene = static_cast<Index>(g);
      CAPTURE(g);
      // scanpy computes in float32 (6e-8 a value); variances are differences, so they lose a digit or two.
      CHECK(prepared.values.col(gene).sum() == doctest::Approx(expected[g][0]).epsilon(1e-6));
      CHECK(genes.means[gene] == doctest::Approx(expected[g][1]).epsilon(1e-6));
      CHECK(std::isnan(genes.dispersions[gene]) == std::isnan(expected[g][2]));
      if (!std::isnan(expected[g][2])) {
        CHECK(genes.dispersions[gene] == doctest::Approx(expected[g][2]).epsilon(1e-5));
        CHECK(genes.dispersions_norm[gene] == doctest::Approx(expected[g][3]).epsilon(1e-5));
      }
      CHECK(genes.highly_variable[g] == (expected[g][4] == 1));
    }
  }
}

TEST_CASE("cells are left out first, then genes by the fitted cells that stay") {
  Matrix counts(4, 3);
  counts << 1, 0, 0,  // one gene only
      2, 3, 0,        //
      1, 1, 4,        // held out
      5, 1, 0;
  PrepOptions options;
  options.min_genes = 2;
  options.min_cells = 1;
  options.fit_rows = {true, true, false, true};
  const Prepared prepared = prepare(counts, options);
  CHECK(prepared.selection.keep_cells == std::vector<bool>{false, true, true, true});
  CHECK(prepared.selection.keep_genes == std::vector<bool>{true, true, false});
  // The median of 5 and 6, fitted cells' totals over the genes that stay.
  CHECK(prepared.selection.target_sum == 5.5);
  CHECK(prepared.values(0, 0) == doctest::Approx(std::log1p(2.2)).epsilon(1e-14));
  CHECK(prepared.values(1, 0) == doctest::Approx(std::log1p(2.75)).epsilon(1e-14));
  CHECK(prepared.moments.cells == 2);
}

TEST_CASE("cells that may not stay are left out") {
  Matrix counts(3, 2);
  counts << 1, 2, 3, 4, 5, 6;
  PrepOptions options;
  options.may_stay = {true, false, true};
  options.min_genes = 1;
  const Prepared prepared = prepare(counts, options);
  CHECK(prepared.selection.keep_cells == options.may_stay);
  CHECK(prepared.selection.target_sum == 7);
  options.may_stay = {false, false, false};
  CHECK_THROWS_AS(prepare(counts, options), DataError);
  options.may_stay = {true};
  CHECK_THROWS_AS(prepare(counts, options), DataError);
}

TEST_CASE("quality of cells and genes is as counted by hand") {
  Matrix counts = Matrix::Zero(3, 60);
  counts.row(0).setOnes();
  counts(1, 0) = 3;
  counts(1, 1) = 1;
  std::vector<bool> marked(60, false);
  marked[1] = true;
  core::MemoryRowBlocks blocks(core::sparse_block(counts), 2);
  const Quality quality = measure_quality(blocks, marked);
  CHECK(quality.genes_of_cell == std::vector<double>{60, 2, 0});
  CHECK(quality.total_of_cell == std::vector<double>{60, 4, 0});
  CHECK(quality.marked_percent(1) == 25);
  CHECK(std::isnan(quality.marked_percent(2)));
  CHECK(quality.top_of_cell[0][0] == doctest::Approx(100 * 50.0 / 60).epsilon(1e-15));
  CHECK(quality.top_of_cell[0][1] == 100);
  CHECK(quality.top_of_cell[1].empty());
  CHECK(quality.cells_of_gene[0] == 2);
  CHECK(quality.total_of_gene[0] == 4);
  CHECK_THROWS_AS(measure_quality(blocks, {true}), DataError);
}

TEST_CASE("held-out cells move nothing but their own rows") {
  Matrix counts = recorded_counts();
  PrepOptions options;
  options.min_cells = 5;
  for (Index i = 0; i < 60; ++i) options.fit_rows.push_back(i % 3 != 0);
  const Prepared before = prepare(counts, options);
  for (Index i = 0; i < 60; i += 3) counts.row(i) = (counts.row(i).reverse() * 5).eval();
  const Prepared after = prepare(counts, options);
  CHECK(before.selection.keep_genes == after.selection.keep_genes);
  CHECK(before.selection.target_sum == after.selection.target_sum);
  CHECK(before.moments.sum == after.moments.sum);
  CHECK(before.moments.sum_squares == after.moments.sum_squares);
  CHECK(before.values.row(1) == after.values.row(1));
  CHECK(before.values.row(0) != after.values.row(0));
}

TEST_CASE("a given total, and no logarithm") {
  PrepOptions options;
  options.target_sum = 1e4;
  options.log1p = false;
  const Prepared prepared = prepare(recorded_counts(), options);
  for (Index i = 0; i < 60; ++i) CHECK(prepared.values.row(i).sum() == doctest::Approx(1e4).epsilon(1e-12));
}

TEST_CASE("empty cells stay empty, and oddities are counted") {
  Matrix counts = Matrix::Ones(3, 2);
  counts.row(1).setZero();
  counts(0, 0) = 2.5;
  Warnings warnings;
  const Prepared prepared = prepare(counts, {}, warnings);
  CHECK(prepared.values.row(1).isZero());
  REQUIRE(warnings.texts.size() == 2);
  CHECK(warnings.texts[0].find("values that are not whole numbers: 1") == 0);
  CHECK(warnings.texts[1].find("cells without counts: 1") == 0);
}

TEST_CASE("what cannot be normalised is refused") {
  Matrix counts = Matrix::Ones(3, 2);
  PrepOptions options;
  options.min_genes = 3;
  CHECK_THROWS_WITH_AS(prepare(counts, options), doctest::Contains("no cell has 3 genes"), DataError);
  options = {};
  options.min_cells = 4;
  CHECK_THROWS_WITH_AS(prepare(counts, options), doctest::Contains("no gene is seen in 4"), DataError);
  options = {};
  options.target_sum = 0;
  CHECK_THROWS_AS(prepare(counts, options), UsageError);
  CHECK_THROWS_AS(prepare(Matrix::Zero(3, 2), {}), DataError);
  counts(1, 1) = -0.9;
  counts(1, 0) = 1;
  CHECK_THROWS_AS(prepare(counts, {}), DataError);
  counts(1, 1) = std::numeric_limits<double>::infinity();
  CHECK_THROWS_AS(prepare(counts, {}), DataError);
}

TEST_CASE("genes that tie with the last one chosen are chosen, too") {
  GeneMoments moments{10, Vector::Constant(6, 10), Vector(6)};
  moments.sum_squares << 20, 20, 20, 11, 12, 13;
  const VariableGenes genes = variable_genes(moments, 1);
  CHECK(genes.selected == 3);
  CHECK(variable_genes(moments, 4).selected == 4);
  CHECK(variable_genes(moments, 100).selected == 6);
  CHECK_THROWS_AS(variable_genes(moments, 0), UsageError);
}

TEST_CASE("a gene alone in its bin has the standardised dispersion 1") {
  GeneMoments moments{10, Vector::Constant(5, 10), Vector(5)};
  moments.sum[4] = 1000;
  moments.sum_squares << 20, 19, 18, 17, 200000;
  const VariableGenes genes = variable_genes(moments, 2);
  CHECK(genes.dispersions_norm[4] == doctest::Approx(1).epsilon(1e-15));
}

TEST_CASE("the same bytes for any number of threads") {
  const Matrix counts = recorded_counts();
  core::set_threads(1);
  const Prepared one = prepare(counts, {});
  core::set_threads(3);
  const Prepared three = prepare(counts, {});
  CHECK(one.values == three.values);
  CHECK(one.moments.sum_squares == three.moments.sum_squares);
}
