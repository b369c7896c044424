#include "shared/embedding.hpp"

#include <cmath>
#include <sstream>

#include "core/error.hpp"
#include "core/time_label.hpp"
#include "io/record_file.hpp"
#include "math/decode.hpp"
#include "shared/naming.hpp"

namespace instar::tools {
namespace {

std::string join(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  return list.empty() ? "none" : list;
}

void check_finite(const io::H5adFile& file, const EmbeddingRequest& request, const core::Snapshots& snapshots) {
  for (Index i = 0; i < snapshots.coordinates.rows(); ++i) {
    if (!std::isfinite(snapshots.cell_times[static_cast<std::size_t>(i)])) continue;
    for (Index j = 0; j < snapshots.dims(); ++j)
      if (!std::isfinite(snapshots.coordinates(i, j)))
        throw DataError({file.path(), basis_path(request.basis)},
                        "expected finite coordinates, found " + core::format_number(snapshots.coordinates(i, j)) +
                            " in column " + std::to_string(j + 1) + " of cell '" +
                            file.obs_names()[static_cast<std::size_t>(i)] + "'",
                        request.advice.empty() ? "remove such cells or choose another --basis" : "remove such cells");
  }
}

}  // namespace

void detail_times(const io::CellTimes& times, core::Reporter& reporter) {
  std::istringstream table(io::describe(times));
  for (std::string line; std::getline(table, line);) reporter.detail("time " + line);
}

std::string basis_path(const std::string& basis) { return basis == "X" ? "X" : "obsm/" + basis; }

std::string velocity_key(const std::string& basis) {
  return "velocity_" + (basis.size() > 2 && basis.starts_with("X_") ? basis.substr(2) : basis);
}

Matrix read_coordinates(const io::H5adFile& file, const std::string& basis, std::int64_t dims,
                        const std::string& advice) {
  const auto or_else = [&](const std::string& usual) { return advice.empty() ? usual : advice; };
  if (basis != "X" && !file.has_obsm(basis))
    throw DataError({file.path(), basis_path(basis)}, "expected this embedding, found " + join(file.obsm()),
                    or_else("name one of them with --basis (X means the matrix itself)"));
  if (basis == "X" && !file.matrix_info({}))
    throw DataError({file.path(), "X"}, "expected a matrix, found none", or_else("name an embedding with --basis"));
  Matrix all = basis == "X" ? file.dense({}) : file.obsm(basis);
  if (dims > all.cols())
    throw DataError({file.path(), basis_path(basis)},
                    "expected at least " + std::to_string(dims) + " dimensions, found " + std::to_string(all.cols()),
                    or_else("ask for fewer (--dims), or compute more"));
  if (dims == 0 || dims == all.cols()) return all;
  return all.leftCols(dims);
}

Embedding read_embedding(const EmbeddingRequest& request, core::Reporter& reporter) {
  io::H5adFile file(request.input);
  io::CellTimes times = io::read_complete_times(file, request.time_key, request.drop_missing_times, reporter);
  if (!request.time_unit.empty() && !times.unit.empty() && times.unit != request.time_unit)
    throw DataError({file.path(), "obs/" + request.time_key},
                    "expected times in the model's unit (" + request.time_unit + "), found " + times.unit,
                    "convert the labels of this file");
  Matrix coordinates = read_coordinates(file, request.basis, request.dims, request.advice);
  core::Snapshots snapshots = core::make_snapshots(std::move(coordinates), times.values);
  check_finite(file, request, snapshots);
  return {std::move(file), std::move(times), std::move(snapshots)};
}

void use_model(EmbeddingRequest& request, const am::Model& model) {
  request.basis = model.basis;
  request.dims = model.dims();
  request.time_unit = model.time_unit_name;
  request.advice = "the model was fitted on " + std::to_string(model.dims()) + " dimensions of " + model.basis +
                   "; use a file that has them";
  if (request.time_key.empty()) request.time_key = model.time_key;
}

am::Model read_model(const std::string& path) {
  const core::Record record = io::read_record(path);
  return naming({path}, [&] { return am::from_record(record); });
}

Decoder read_decoder(const io::H5adFile& file, const std::string& basis, Index dims) {
  if (basis == "X") {  // coordinates are the expression
    return {Matrix::Identity(file.n_vars(), dims), Vector::Zero(file.n_vars())};
  }
  if (basis != "X_pca" || !file.has_varm("PCs"))
    throw DataError({file.path(), "varm/PCs"},
                    "expected loadings to turn " + basis + " into genes, found none" +
                        (basis == "X_pca" ? "" : " (only principal components, X_pca, have them)"),
                    "leave --genes out, or compute the embedding with instar-pca");
  const Matrix loadings = file.varm("PCs");
  if (loadings.cols() < dims)
    throw DataError({file.path(), "varm/PCs"}, "expected at least " + std::to_string(dims) + " components, found " +
                                                   std::to_string(loadings.cols()));
  Decoder decoder{loadings.leftCols(dims), Vector::Zero(file.n_vars())};
  if (const auto mean = file.uns_numbers("instar/pca_mean")) {
    if (static_cast<Index>(mean->size()) != file.n_vars())
      throw DataError({file.path(), "uns/instar/pca_mean"},
                      "expected " + std::to_string(file.n_vars()) + " values, found " + std::to_string(mean->size()));
    decoder.mean = Eigen::Map<const Vector>(mean->data(), file.n_vars());
  } else {
    decoder.mean = math::column_means(*file.matrix({}));
  }
  return decoder;
}

}  // namespace instar::tools
