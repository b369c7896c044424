// Counts of two real experiments, from the file to principal components, against what scanpy made of them
// (tests/reference/prep_scanpy.py).
#include <cmath>
#include <doctest/doctest.h>

#include "io/h5ad.hpp"
#include "io/times.hpp"
#include "math/pca.hpp"
#include "prep/normalize.hpp"
#include "prep/variable_genes.hpp"
#include "support/reference_table.hpp"
#include "support/shared_data.hpp"

using namespace instar;

namespace {

/// Keeps the rows in memory, to be read again.
class MemorySink : public core::RowSink {
 public:
  void append(const core::RowBlock& block) override {
    all.cols = block.cols;
    if (all.indptr.empty()) all.indptr.push_back(0);
    for (Index i = 1; i <= block.rows(); ++i)
      all.indptr.push_back(all.nnz_before + block.indptr[static_cast<std::size_t>(i)]);
    all.nnz_before += block.nnz();
    all.indices.insert(all.indices.end(), block.indices.begin(), block.indices.end());
    for (const double value : block.values) all.values.push_back(static_cast<float>(value));  // as a file holds it
  }
  void finish() override {}

  struct : core::RowBlock {
    std::int64_t nnz_before = 0;
  } all;
};

void compare(const std::string& name, const std::string& file_name, double held_out, Index top) {
  const auto path = test::shared_data(file_name);
  if (!path) return;
  const io::H5adFile file(*path);
  const auto counts = file.matrix({});
  prep::PrepOptions options;
  options.min_genes = 300;
  options.min_cells = 3;
  for (const double time : io::read_times(file, "time").values) options.fit_rows.push_back(time != held_out);
  const prep::Selection selection = prep::select(*counts, options);
  MemorySink sink;
  const prep::GeneMoments moments = prep::normalize(*counts, selection, options, sink);
  const prep::VariableGenes genes = prep::variable_genes(moments, top);

  const std::string stem = "scanpy_" + name;
  const auto sizes = test::reference_table(stem + "_sizes.tsv").front();
  REQUIRE(selection.cells == static_cast<Index>(sizes[0]));
  REQUIRE(selection.genes == static_cast<Index>(sizes[1]));
  CHECK(selection.target_sum == sizes[2]);
  math::PcaOptions pca;
  pca.n_comps = 20;
  double checksum = 0;
  for (std::size_t g = 0; g < genes.highly_variable.size(); ++g) {
    if (!genes.highly_variable[g]) continue;
    pca.columns.push_back(static_cast<Index>(g));
    checksum += static_cast<double>(g);
  }
  CHECK(genes.selected == static_cast<Index>(sizes[3]));
  CHECK(checksum == sizes[4]);
  for (const auto& row : test::reference_table(stem + "_genes.tsv")) {
    const auto g = static_cast<Index>(row[0]);
    CHECK(genes.means[g] == doctest::Approx(row[1]).epsilon(1e-6));  // scanpy computes in float32
    CHECK(std::isnan(genes.dispersions[g]) == std::isnan(row[2]));
    if (std::isnan(row[2])) continue;
    CHECK(genes.dispersions[g] == doctest::Approx(row[2]).epsilon(1e-6));
    CHECK(genes.dispersions_norm[g] == doctest::Approx(row[3]).epsilon(1e-6));
    CHECK(genes.highly_variable[static_cast<std::size_t>(g)] == (row[4] == 1));
  }

  for (std::size_t i = 0; i < selection.keep_cells.size(); ++i)
    if (selection.keep_cells[i]) pca.fit_rows.push_back(options.fit_rows[i]);
  core::MemoryRowBlocks logs(sink.all);
  const math::PcaResult result = math::pca(logs, pca);
  const auto variance = test::reference_table(stem + "_variance.tsv");
  for (Index k = 0; k < 20; ++k) {
    CHECK(result.variance[k] == doctest::Approx(variance[static_cast<std::size_t>(k)][0]).epsilon(1e-6));
    CHECK(result.variance_ratio[k] == doctest::Approx(variance[static_cast<std::size_t>(k)][1]).epsilon(1e-6));
  }
  // A score is a sum over hundreds of genes of float32 logs; neighbouring components mix by rounding over their gap.
  const double scale = result.scores.cwiseAbs().maxCoeff();
  for (const auto& row : test::reference_table(stem + "_scores.tsv"))
    for (Index k = 0; k < 20; ++k)
      CHECK(std::abs(result.scores(static_cast<Index>(row[0]), k) - row[static_cast<std::size_t>(k) + 1]) <
            1e-6 * scale);
}

}  // namespace

TEST_CASE("worm neurons: scanpy's genes and components, one time held out") {
  compare("worm", "worm_neurons_counts.h5ad", 3, 1000);
}

TEST_CASE("reprogrammed fibroblasts: scanpy's genes and components, one time held out") {
  compare("treutlein", "treutlein_mef_counts.h5ad", 5, 500);
}
