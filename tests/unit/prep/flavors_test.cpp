// Highly variable genes of two real experiments by every flavour, against those that scanpy marks
// (tests/reference/flavors_scanpy.py).
#include <cmath>
#include <doctest/doctest.h>

#include "core/error.hpp"
#include "io/h5ad.hpp"
#include "prep/normalize.hpp"
#include "prep/variable_genes.hpp"
#include "support/reference_table.hpp"
#include "support/shared_data.hpp"

using namespace instar;
using namespace instar::prep;

namespace {

class NoSink : public core::RowSink {
 public:
  void append(const core::RowBlock& /*block*/) override {}
  void finish() override {}
};

std::vector<double> positions(const std::vector<bool>& marks) {
  std::vector<double> result;
  for (std::size_t g = 0; g < marks.size(); ++g)
    if (marks[g]) result.push_back(static_cast<double>(g));
  return result;
}

VariableGenes found(core::RowBlocks& counts, const VariableOptions& options) {
  PrepOptions prep;
  prep.min_genes = 300;
  prep.min_cells = 3;
  prep.moments = moments_of(options.flavor);
  const Selection selection = select(counts, prep);
  NoSink sink;
  return variable_genes(normalize(counts, selection, prep, sink), options);
}

/// Positions are those of the table's rows; see CASES of the script.
std::vector<std::pair<std::size_t, VariableOptions>> cases() {
  const double infinity = std::numeric_limits<double>::infinity();
  return {{0, {Flavor::seurat, 1000}},
          {1, {Flavor::seurat, {}}},
          {2, {Flavor::cell_ranger, 1000}},
          {3, {Flavor::cell_ranger, {}, 0.05, 2.5, 1.0, infinity}}};
}

void compare(const std::string& name, const std::string& file_name) {
  const auto path = test::shared_data(file_name);
  if (!path) return;
  const io::H5adFile file(*path);
  const auto counts = file.matrix({});
  const auto marked = test::reference_table("scanpy_flavors_" + name + "_marked.tsv");
  const auto values = test::reference_table("scanpy_flavors_" + name + "_values.tsv");
  for (const auto& [row, options] : cases()) {
    CAPTURE(row);
    const VariableGenes genes = found(*counts, options);
    CHECK(positions(genes.highly_variable) == marked[row]);
    CHECK(genes.selected == static_cast<Index>(marked[row].size()));
    for (const auto& value : values) {
      const auto g = static_cast<Index>(value[0]);
      // scanpy computes in float32; variances are differences, so they lose a digit or two.
      CHECK(genes.means[g] == doctest::Approx(value[1 + 3 * row]).epsilon(1e-6));
      CHECK(std::isnan(genes.dispersions[g]) == std::isnan(value[2 + 3 * row]));
      if (std::isnan(genes.dispersions[g])) continue;
      CHECK(genes.dispersions[g] == doctest::Approx(value[2 + 3 * row]).epsilon(1e-5));
      CHECK(genes.dispersions_norm[g] == doctest::Approx(value[3 + 3 * row]).epsilon(1e-4));
    }
  }
}

}  // namespace

TEST_CASE("worm neurons: scanpy's highly variable genes by every flavour") {
  compare("worm", "worm_neurons_counts.h5ad");
}

TEST_CASE("reprogrammed fibroblasts: scanpy's highly variable genes by every flavour") {
  compare("treutlein", "treutlein_mef_counts.h5ad");
}

TEST_CASE("cell_ranger bins whose percentiles coincide are one bin") {
  GeneMoments moments{10, Vector::Zero(40), Vector::Zero(40)};
  for (Index g = 30; g < 40; ++g) {
    moments.sum[g] = static_cast<double>(g - 29);
    moments.sum_squares[g] = static_cast<double>((g - 29) * (g - 20));
  }
  VariableOptions options;
  options.flavor = Flavor::cell_ranger;
  options.n_top = 3;
  const VariableGenes genes = variable_genes(moments, options);
  CHECK(genes.selected >= 3);
  for (Index g = 0; g < 30; ++g) CHECK_FALSE(genes.highly_variable[static_cast<std::size_t>(g)]);
}

TEST_CASE("bounds that leave nothing are refused") {
  VariableOptions options;
  options.max_mean = options.min_mean;
  CHECK_THROWS_AS(options.validate(), UsageError);
  options = {};
  options.max_dispersion = 0.5;
  CHECK_THROWS_AS(options.validate(), UsageError);
  options = {};
  options.n_top = 0;
  CHECK_THROWS_AS(options.validate(), UsageError);
}
