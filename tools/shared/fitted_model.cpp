#include "shared/fitted_model.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "am/predict.hpp"
#include "cli/text.hpp"
#include "core/error.hpp"
#include "io/record_file.hpp"
#include "shared/naming.hpp"
#include "shared/pca_output.hpp"

namespace instar::tools {
namespace {

/// A loading is at most 1, and files may hold it as float32: a hundred roundings.
constexpr double kRounding = 100 * std::numeric_limits<float>::epsilon();

/// Whether the components of a file are others than those of the model. A gene that only one of them knows of is no
/// difference where it has no loadings; of a name that several genes have it is not known which is meant.
bool has_other_components(const StoredBasis& basis, const io::H5adFile& file) {
  if (!file.has_varm("PCs")) return false;
  const Matrix here = file.varm("PCs");
  const Index dims = std::min(here.cols(), basis.loadings.cols());
  if (dims == 0) return false;
  std::unordered_map<std::string, Index> row, genes_called;
  for (std::size_t g = 0; g < basis.genes.size(); ++g) row.emplace(basis.genes[g], static_cast<Index>(g));
  const std::vector<std::string> names = file.var_names();
  for (const std::string& name : names) ++genes_called[name];
  Index shared = 0;
  for (std::size_t g = 0; g < names.size(); ++g) {
    if (genes_called[names[g]] > 1) continue;
    Vector difference = here.row(static_cast<Index>(g)).head(dims);
    if (const auto there = row.find(names[g]); there != row.end()) {
      difference -= basis.loadings.row(there->second).head(dims).transpose();
      ++shared;
    }
    if (!(difference.cwiseAbs().maxCoeff() <= kRounding)) return true;
  }
  return shared == 0;
}

std::string difference_of(const FittedModel& fitted, const io::H5adFile& file) {
  return "the components in " + file.path() + " (varm/PCs) are not those that " + fitted.path + " was fitted on";
}

std::string way_out(const FittedModel& fitted) {
  return "use the file of the fit, or put these cells on the model's components: instar pca INPUT -o OUT.h5ad "
         "--project-only " +
         cli::shell_quote(fitted.path) + " (of counts: with --from-counts)";
}

}  // namespace

FittedModel read_model(const std::string& path) {
  const core::Record record = io::read_record(path);
  return {path, naming({path}, [&] { return am::from_record(record); }), basis_in_record(record, path)};
}

void warn_of_other_coordinates(const FittedModel& fitted, const io::H5adFile& file, const core::Snapshots& snapshots,
                               core::Reporter& reporter) {
  if (fitted.basis && has_other_components(*fitted.basis, file))
    reporter.warning(difference_of(fitted, file) + ", so what the model says of these cells means nothing; " +
                     way_out(fitted));
  else
    am::warn_of_strangers(fitted.model, snapshots, reporter);
}

Decoder decoder_of(const FittedModel& fitted, const io::H5adFile& file) {
  if (!fitted.basis) return read_decoder(file, fitted.model.basis, fitted.model.dims());
  if (has_other_components(*fitted.basis, file))
    throw DataError({file.path(), "varm/PCs"},
                    "expected the components that " + fitted.path + " was fitted on, found others", way_out(fitted));
  KnownBasis known = known_basis(*fitted.basis, fitted.path, file.var_names(), file.path(), core::silent());
  return {std::move(known.basis.loadings), std::move(known.basis.mean)};
}

}  // namespace instar::tools
