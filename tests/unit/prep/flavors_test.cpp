// Highly variable genes of two real experiments by every flavour, against those that scanpy marks
// (tests/reference/flavors_scanpy.py).
#include <algorithm>
#include <cmath>
#include <doctest/doctest.h>
#include <iterator>

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

/// How many of `wanted` are not in `have`; both ascend.
double missing(const std::vector<double>& have, const std::vector<double>& wanted) {
  std::vector<double> rest;
  std::set_difference(wanted.begin(), wanted.end(), have.begin(), have.end(), std::back_inserter(rest));
  return static_cast<double>(rest.size());
}

VariableGenes found(core::RowBlocks& counts, const std::vector<std::string>& names, const VariableOptions& asked,
                    bool batches) {
  PrepOptions prep;
  prep.min_genes = 300;
  prep.min_cells = 3;
  prep.moments = moments_of(asked.flavor);
  const Selection selection = select(counts, prep);
  if (batches) {  // of the cells that stay, every other one
    Index kept = 0;
    for (const bool keep : selection.keep_cells) prep.batches.push_back(keep ? kept++ % 2 : -1);
  }
  VariableOptions options = asked;
  for (std::size_t g = 0; g < names.size(); ++g)
    if (selection.keep_genes[g]) options.gene_names.push_back(names[g]);
  NoSink sink;
  const GeneMoments moments = normalize(counts, selection, prep, sink);
  return variable_genes(counts, selection, prep, moments, options);
}

struct Case {
  VariableOptions options;
  bool batches = false;
  bool ties_any = false;  ///< scanpy breaks ties as it comes
};

/// CASES of the script, in its order.
std::vector<Case> cases() {
  VariableOptions bounds{Flavor::cell_ranger, {}};
  bounds.min_mean = 0.05;
  bounds.max_mean = 2.5;
  bounds.min_dispersion = 1;
  return {{{Flavor::seurat, 1000}},
          {{Flavor::seurat, {}}},
          {{Flavor::cell_ranger, 1000}},
          {bounds},
          {{Flavor::seurat_v3, 1000}},
          {{Flavor::seurat_v3_paper, 1000}},
          {{Flavor::seurat, 1000}, true},
          {{Flavor::seurat, {}}, true},
          {{Flavor::cell_ranger, 1000}, true},
          {{Flavor::seurat_v3, 1000}, true, true},
          {{Flavor::seurat_v3_paper, 1000}, true, true},
          {{Flavor::seurat_v3, 1000}, true},
          {{Flavor::seurat_v3_paper, 1000}, true}};
}

void compare(const std::string& name, const std::string& file_name) {
  const auto path = test::shared_data(file_name);
  if (!path) return;
  const io::H5adFile file(*path);
  const auto counts = file.matrix({});
  const auto marked = test::reference_table("scanpy_flavors_" + name + "_marked.tsv");
  const auto values = test::reference_table("scanpy_flavors_" + name + "_values.tsv");
  const std::vector<std::string> names = file.var_names();
  const auto all = cases();
  for (std::size_t k = 0; k < all.size(); ++k) {
    CAPTURE(k);
    const VariableGenes genes = found(*counts, names, all[k].options, all[k].batches);
    // Genes of equal standardised variance have ranks that, in numpy, depend on the machine: then a few are exchanged.
    if (all[k].ties_any)
      CHECK(missing(positions(genes.highly_variable), marked[k]) <= 0.002 * 1000);
    else
      CHECK(positions(genes.highly_variable) == marked[k]);
    CHECK(genes.selected == static_cast<Index>(marked[k].size()));
    const bool v3 = genes.variances.size() > 0;
    const Vector& spread = v3 ? genes.variances : genes.dispersions;
    const Vector& standardised = v3 ? genes.variances_norm : genes.dispersions_norm;
    for (const auto& value : values) {
      const auto g = static_cast<Index>(value[0]);
      // scanpy computes in float32; variances are differences, so they lose a digit or two.
      CHECK(genes.means[g] == doctest::Approx(value[1 + 3 * k]).epsilon(1e-6));
      CHECK(std::isnan(spread[g]) == std::isnan(value[2 + 3 * k]));
      if (std::isnan(spread[g])) continue;
      CHECK(spread[g] == doctest::Approx(value[2 + 3 * k]).epsilon(1e-5));
      CHECK(standardised[g] == doctest::Approx(value[3 + 3 * k]).epsilon(1e-4));
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
