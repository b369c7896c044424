#include "shared/pca_output.hpp"

#include <algorithm>
#include <unordered_map>

#include "core/error.hpp"
#include "core/row_blocks.hpp"

namespace instar::tools {
namespace {

/// Below this share of the genes that have loadings a projection says little.
constexpr double kLeastShare = 0.5;

std::vector<double> numbers(const Vector& values) { return {values.begin(), values.end()}; }

void warn_of_missing(const KnownBasis& known, const std::string& path, const std::string& data,
                     const std::string& example, core::Reporter& reporter) {
  const auto found = static_cast<double>(known.genes.size());
  const std::string count =
      std::to_string(known.missing) + " of " + std::to_string(known.missing + static_cast<Index>(known.genes.size()));
  if (found < kLeastShare * (found + static_cast<double>(known.missing)))
    throw DataError({data},
                    "genes of the components in " + path + " that are not here: " + count + ", '" + example + "' first",
                    "genes are known by their names: are these the same kind (symbols, identifiers)?");
  if (known.missing > 0)
    reporter.warning("genes of the components in " + path + " that are not in " + data + ": " + count + ", '" +
                     example + "' first; they count as having their mean there in every cell");
}

}  // namespace

void write_basis(io::H5adWriter& writer, const math::PcaBasis& basis, const PcaParams& params) {
  writer.set_varm("PCs", basis.loadings);
  writer.remove_uns("pca");
  if (basis.variance.size() > 0) writer.set_uns("pca.variance", numbers(basis.variance));
  if (basis.variance_ratio.size() > 0) writer.set_uns("pca.variance_ratio", numbers(basis.variance_ratio));
  writer.set_uns("pca.params.zero_center", true);
  writer.set_uns("pca.params.use_highly_variable", params.variable_genes);
  if (params.variable_genes) writer.set_uns("pca.params.mask_var", std::string("highly_variable"));
  if (params.layer) writer.set_uns("pca.params.layer", *params.layer);
  // What the scores are centred by: with it and the loadings, coordinates become expression again.
  writer.set_uns("instar.pca_mean", numbers(basis.mean));
}

void write_scores(io::H5adWriter& writer, core::RowBlocks& expression, const math::PcaBasis& basis,
                  core::Reporter& reporter) {
  const auto sink = writer.write_obsm("X_pca", basis.loadings.cols());
  math::project(
      expression, basis,
      [&](Index first, const Matrix& scores) {
        core::RowBlock block = core::sparse_block(scores);
        block.first_row = first;
        sink->append(block);
      },
      reporter);
  sink->finish();
}

KnownBasis known_basis(const StoredBasis& stored, const std::string& path, const std::vector<std::string>& names,
                       const std::string& data, core::Reporter& reporter) {
  std::unordered_map<std::string, Index> position;
  for (std::size_t g = 0; g < names.size(); ++g) position.emplace(names[g], static_cast<Index>(g));
  KnownBasis known;
  known.basis.loadings.setZero(static_cast<Index>(names.size()), stored.loadings.cols());
  known.basis.mean.setZero(static_cast<Index>(names.size()));
  std::string example;
  for (std::size_t g = 0; g < stored.genes.size(); ++g) {
    const auto here = position.find(stored.genes[g]);
    if (here == position.end()) {
      if (known.missing++ == 0) example = stored.genes[g];
      continue;
    }
    known.basis.loadings.row(here->second) = stored.loadings.row(static_cast<Index>(g));
    known.basis.mean[here->second] = stored.mean[static_cast<Index>(g)];
    known.genes.push_back(here->second);
  }
  std::sort(known.genes.begin(), known.genes.end());
  warn_of_missing(known, path, data, example, reporter);
  known.basis.variance = stored.variance;
  known.basis.variance_ratio = stored.variance_ratio;
  return known;
}

}  // namespace instar::tools
