#include "shared/stored_basis.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/record_reader.hpp"
#include "io/record_file.hpp"
#include "shared/embedding.hpp"

namespace instar::tools {
namespace {

Vector leading(const io::H5adFile& file, const std::string& path, Index count) {
  const auto stored = file.uns_numbers(path);
  if (!stored || static_cast<Index>(stored->size()) < count) return {};
  return Eigen::Map<const Vector>(stored->data(), count);
}

StoredBasis of_h5ad(const io::H5adFile& file, std::optional<std::int64_t> n_comps) {
  if (!file.has_varm("PCs"))
    throw DataError({file.path(), "varm/PCs"}, "expected the loadings of components, found none",
                    "run instar-pca on it first");
  const Index count = n_comps ? *n_comps : file.varm("PCs").cols();
  const Decoder all = read_decoder(file, "X_pca", count);
  const std::vector<Index> used = genes_with_loadings(all);
  const std::vector<std::string> names = file.var_names();
  StoredBasis basis;
  for (const Index gene : used) basis.genes.push_back(names[static_cast<std::size_t>(gene)]);
  basis.loadings = all.loadings(used, Eigen::all);
  basis.mean = all.mean(used);
  basis.variance = leading(file, "pca/variance", count);
  basis.variance_ratio = leading(file, "pca/variance_ratio", count);
  const auto target = file.uns_numbers("instar/target_sum");
  if (target && target->size() == 1) basis.target_sum = target->front();
  return basis;
}

Vector vector_of(const std::vector<double>& values) {
  return Eigen::Map<const Vector>(values.data(), static_cast<Index>(values.size()));
}

StoredBasis of_model(const std::string& path, std::optional<std::int64_t> n_comps) {
  if (auto basis = basis_in_record(io::read_record(path), path, n_comps)) return std::move(*basis);
  throw DataError({path},
                  "a model that holds no principal components (it was fitted on other coordinates, on a file "
                  "without loadings and their mean, or by an older instar)",
                  "give the h5ad file that it was fitted on");
}

core::Tensor tensor(const Vector& values) { return core::tensor_of(std::vector<double>(values.begin(), values.end())); }

}  // namespace

std::optional<StoredBasis> basis_in_record(const core::Record& record, const std::string& path,
                                           std::optional<std::int64_t> n_comps) {
  const core::RecordReader from(record, "the model", "instar-fit");
  if (!from.has_tensor("basis.loadings")) return std::nullopt;
  StoredBasis basis;
  basis.genes = from.fact<std::vector<std::string>>("basis.genes");
  const auto genes = static_cast<std::int64_t>(basis.genes.size());
  const auto& loadings = from.numbers<double>("basis.loadings");
  const Index held = static_cast<Index>(loadings.size()) / std::max<Index>(1, genes);
  if (genes == 0 || held < 1 || held * genes != static_cast<Index>(loadings.size()))
    throw DataError({path, "basis.loadings"}, "expected as many loadings of every gene");
  const Index count = n_comps ? *n_comps : held;
  if (count > held)
    throw DataError({path, "basis.loadings"},
                    "expected at least " + std::to_string(count) + " components, found " + std::to_string(held));
  basis.loadings = Eigen::Map<const Matrix>(loadings.data(), genes, held).leftCols(count);
  basis.mean = vector_of(from.numbers<double>("basis.mean", genes));
  if (from.has_tensor("basis.variance"))
    basis.variance = vector_of(from.numbers<double>("basis.variance", held)).head(count);
  if (from.has_tensor("basis.variance_ratio"))
    basis.variance_ratio = vector_of(from.numbers<double>("basis.variance_ratio", held)).head(count);
  if (record.facts.contains("basis.target_sum")) basis.target_sum = from.fact<double>("basis.target_sum");
  return basis;
}

StoredBasis read_stored_basis(const std::string& path, std::optional<std::int64_t> n_comps) {
  return io::is_record(path) ? of_model(path, n_comps) : of_h5ad(io::H5adFile(path), n_comps);
}

void store_basis(core::Record& record, const am::Model& model, const io::H5adFile& input) {
  if (model.basis != "X_pca" || !input.has_varm("PCs") || !input.uns_numbers("instar/pca_mean")) return;
  if (input.varm("PCs").cols() < model.dims()) return;
  const StoredBasis basis = of_h5ad(input, model.dims());
  record.facts["basis.genes"] = basis.genes;
  record.tensors["basis.loadings"] = {
      {basis.loadings.rows(), basis.loadings.cols()},
      std::vector<double>(basis.loadings.data(), basis.loadings.data() + basis.loadings.size())};
  record.tensors["basis.mean"] = tensor(basis.mean);
  if (basis.variance.size() > 0) record.tensors["basis.variance"] = tensor(basis.variance);
  if (basis.variance_ratio.size() > 0) record.tensors["basis.variance_ratio"] = tensor(basis.variance_ratio);
  if (basis.target_sum) record.facts["basis.target_sum"] = *basis.target_sum;
}

}  // namespace instar::tools
