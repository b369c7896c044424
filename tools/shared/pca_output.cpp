#include "shared/pca_output.hpp"

#include <algorithm>
#include <unordered_map>

#include "core/error.hpp"
#include "core/row_blocks.hpp"
#include "shared/embedding.hpp"

namespace instar::tools {
namespace {

/// Below this share of the genes that have loadings a projection says little.
constexpr double kLeastShare = 0.5;

std::vector<double> numbers(const Vector& values) { return {values.begin(), values.end()}; }

Vector leading(const io::H5adFile& file, const std::string& path, Index count) {
  const auto stored = file.uns_numbers(path);
  if (!stored || static_cast<Index>(stored->size()) < count) return {};
  return Eigen::Map<const Vector>(stored->data(), count);
}

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

double stored_target_sum(const std::string& path) {
  const auto target = io::H5adFile(path).uns_numbers("instar/target_sum");
  if (!target || target->size() != 1)
    throw UsageError("--project-only: " + path +
                     " does not say to what total its cells were scaled; give it (--target-sum X)");
  return target->front();
}

KnownBasis read_basis(const std::string& path, const std::vector<std::string>& names, const std::string& data,
                      std::optional<std::int64_t> n_comps, core::Reporter& reporter) {
  const io::H5adFile file(path);
  if (!file.has_varm("PCs"))
    throw DataError({path, "varm/PCs"}, "expected the loadings of components, found none",
                    "run instar-pca on it first");
  const Index count = n_comps ? *n_comps : file.varm("PCs").cols();
  const Decoder decoder = read_decoder(file, "X_pca", count);
  std::unordered_map<std::string, Index> position;
  for (std::size_t g = 0; g < names.size(); ++g) position.emplace(names[g], static_cast<Index>(g));

  KnownBasis known;
  known.basis.loadings.setZero(static_cast<Index>(names.size()), count);
  known.basis.mean.setZero(static_cast<Index>(names.size()));
  const std::vector<std::string> theirs = file.var_names();
  std::string example;
  for (Index g = 0; g < decoder.loadings.rows(); ++g) {
    if (decoder.loadings.row(g).isZero(0)) continue;
    const std::string& name = theirs[static_cast<std::size_t>(g)];
    const auto here = position.find(name);
    if (here == position.end()) {
      if (known.missing++ == 0) example = name;
      continue;
    }
    known.basis.loadings.row(here->second) = decoder.loadings.row(g);
    known.basis.mean[here->second] = decoder.mean[g];
    known.genes.push_back(here->second);
  }
  std::sort(known.genes.begin(), known.genes.end());
  warn_of_missing(known, path, data, example, reporter);
  known.basis.variance = leading(file, "pca/variance", count);
  known.basis.variance_ratio = leading(file, "pca/variance_ratio", count);
  return known;
}

}  // namespace instar::tools
