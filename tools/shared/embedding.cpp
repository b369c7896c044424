#include "shared/embedding.hpp"

#include <cmath>
#include <functional>
#include <sstream>

#include "cli/text.hpp"
#include "core/error.hpp"
#include "core/time_label.hpp"
#include "math/decode.hpp"
#include "shared/naming.hpp"
#include "shared/raw_matrix.hpp"

namespace instar::tools {
namespace {

std::string join(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  return list.empty() ? "none" : list;
}

/// What cells may be fitted in: not their velocities, nor what belongs to a simulation's truth.
std::vector<std::string> embeddings_of(const io::H5adFile& file) {
  std::vector<std::string> names;
  for (const auto& name : file.obsm())
    if (!name.starts_with("velocity_")) names.push_back(name);
  return names;
}

/// A command that works for what the file holds.
std::string how_to_make(const io::H5adFile& file) {
  constexpr Index kFewColumns = 50;  // of a matrix that may be an embedding itself
  if (!file.matrix_info({})) return "use a file that has it: there is no X here to make it of";
  if (holds_counts(file, {}))
    return "make X_pca with `" + from_counts_command(file.path(), std::nullopt, "pca.h5ad") + "`";
  const std::string name = file.path() == "-" ? "FILE" : cli::shell_quote(file.path());
  return (file.n_vars() <= kFewColumns ? "use X as it is where it is an embedding itself (--basis X), or " : "") +
         ("make X_pca with `instar pca " + name) + " -o pca.h5ad" +
         (file.has_var("highly_variable") ? "" : " --genes all") + "`";
}

[[noreturn]] void refuse_value(const io::H5adFile& file, const EmbeddingRequest& request, Index cell, Index column,
                               double value) {
  throw DataError({file.path(), basis_path(request.basis)},
                  "expected finite coordinates, found " + core::format_number(value) + " in column " +
                      std::to_string(column + 1) + " of cell '" + file.obs_names()[static_cast<std::size_t>(cell)] +
                      "'",
                  request.advice.empty() ? "remove such cells or choose another --basis" : "remove such cells");
}

void check_finite(const io::H5adFile& file, const EmbeddingRequest& request, const core::Snapshots& snapshots) {
  for (Index i = 0; i < snapshots.coordinates.rows(); ++i) {
    if (!std::isfinite(snapshots.cell_times[static_cast<std::size_t>(i)])) continue;
    for (Index j = 0; j < snapshots.dims(); ++j)
      if (!std::isfinite(snapshots.coordinates(i, j))) refuse_value(file, request, i, j, snapshots.coordinates(i, j));
  }
}

/// @param found columns of the basis
void check_dims(const io::H5adFile& file, const std::string& basis, std::int64_t dims, Index found,
                const std::string& advice) {
  if (dims > found)
    throw DataError({file.path(), basis_path(basis)},
                    "expected at least " + std::to_string(dims) + " dimensions, found " + std::to_string(found),
                    advice.empty() ? "ask for fewer (--dims), or compute more" : advice);
}

void check_basis(const io::H5adFile& file, const std::string& basis, const std::string& advice,
                 const std::string& or_first) {
  const auto or_else = [&](const std::string& usual) {
    return (or_first.empty() ? "" : or_first + ", or ") + (advice.empty() ? usual : advice);
  };
  if (basis != "X" && !file.has_obsm(basis)) {
    const auto embeddings = embeddings_of(file);
    const std::string others = embeddings.empty() ? "" : "name one of them with --basis (X means the matrix itself)";
    const std::string made = basis == "X_pca" ? how_to_make(file) : "";
    throw DataError({file.path(), basis_path(basis)}, "expected this embedding, found " + join(embeddings),
                    or_else(others + (others.empty() || made.empty() ? "" : ", or ") + made));
  }
  if (basis == "X" && !file.matrix_info({}))
    throw DataError({file.path(), "X"}, "expected a matrix, found none", or_else("name an embedding with --basis"));
}

/// An open file and its times, the coordinates not yet looked at.
std::pair<io::H5adFile, io::CellTimes> open_times(const EmbeddingRequest& request, core::Reporter& reporter) {
  io::H5adFile file(request.input);
  io::CellTimes times = io::read_complete_times(file, request.time_key, request.drop_missing_times, reporter);
  if (!request.time_unit.empty() && !times.unit.empty() && times.unit != request.time_unit)
    throw DataError({file.path(), "obs/" + request.time_key},
                    "expected times in the model's unit (" + request.time_unit + "), found " + times.unit,
                    "convert the labels of this file");
  return {std::move(file), std::move(times)};
}

/// The leading columns of a basis, and of cells with a time finite ones only.
class LeadingColumns : public core::RowBlocks {
 public:
  using Check = std::function<void(Index cell, Index column, double value)>;
  LeadingColumns(std::unique_ptr<core::RowBlocks> all, Index cols, Check check)
      : all_(std::move(all)), cols_(cols), check_(std::move(check)) {}
  Index rows() const override { return all_->rows(); }
  Index cols() const override { return cols_; }
  void rewind() override { all_->rewind(); }

  bool next(core::RowBlock& block) override {
    if (!all_->next(block)) return false;
    std::int64_t kept = 0, at = 0;
    for (Index i = 0; i < block.rows(); ++i) {
      const std::int64_t end = block.indptr[static_cast<std::size_t>(i) + 1];
      for (; at < end; ++at) {
        const auto from = static_cast<std::size_t>(at);
        if (block.indices[from] >= cols_) continue;
        if (!std::isfinite(block.values[from])) check_(block.first_row + i, block.indices[from], block.values[from]);
        block.indices[static_cast<std::size_t>(kept)] = block.indices[from];
        block.values[static_cast<std::size_t>(kept++)] = block.values[from];
      }
      block.indptr[static_cast<std::size_t>(i) + 1] = kept;
    }
    block.cols = cols_;
    return true;
  }

 private:
  std::unique_ptr<core::RowBlocks> all_;
  Index cols_;
  Check check_;
};

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
                        const std::string& advice, const std::string& or_first) {
  check_basis(file, basis, advice, or_first);
  Matrix all = basis == "X" ? file.dense({}) : file.obsm(basis);
  check_dims(file, basis, dims, all.cols(), advice);
  if (dims == 0 || dims == all.cols()) return all;
  return all.leftCols(dims);
}

Embedding read_embedding(const EmbeddingRequest& request, core::Reporter& reporter) {
  auto [file, times] = open_times(request, reporter);
  Matrix coordinates = read_coordinates(file, request.basis, request.dims, request.advice, request.or_first);
  core::Snapshots snapshots = core::make_snapshots(std::move(coordinates), times.values);
  check_finite(file, request, snapshots);
  return {std::move(file), std::move(times), std::move(snapshots)};
}

StreamedEmbedding open_embedding(const EmbeddingRequest& request, core::Reporter& reporter) {
  auto [file, times] = open_times(request, reporter);
  check_basis(file, request.basis, request.advice, request.or_first);
  auto rows = request.basis == "X" ? file.matrix({}) : file.obsm_rows(request.basis);
  if (rows->rows() != file.n_obs())  // a list that is one row
    rows = std::make_unique<core::MemoryRowBlocks>(core::sparse_block(file.dense({})));
  check_dims(file, request.basis, request.dims, rows->cols(), request.advice);
  const Index dims = request.dims > 0 ? request.dims : rows->cols();
  core::Snapshots snapshots = core::make_snapshots(Matrix(file.n_obs(), 0), times.values);
  snapshots.coordinates.resize(0, dims);
  StreamedEmbedding result{{std::move(file), std::move(times), std::move(snapshots)}, nullptr};
  // The file knows its cells' names only where one is refused: they are read then, not held.
  result.coordinates = std::make_unique<LeadingColumns>(
      std::move(rows), dims,
      [request, timed = result.cells.snapshots.cell_times](Index cell, Index column, double value) {
        if (std::isfinite(timed[static_cast<std::size_t>(cell)]))
          refuse_value(io::H5adFile(request.input), request, cell, column, value);
      });
  return result;
}

void use_model(EmbeddingRequest& request, const am::Model& model) {
  request.basis = model.basis;
  request.dims = model.dims();
  request.time_unit = model.time_unit_name;
  request.advice = "the model was fitted on " + std::to_string(model.dims()) + " dimensions of " + model.basis +
                   "; use a file that has them";
  if (request.time_key.empty()) request.time_key = model.time_key;
}

std::vector<Index> genes_with_loadings(const Decoder& decoder) {
  std::vector<Index> genes;
  for (Index g = 0; g < decoder.loadings.rows(); ++g)
    if (!decoder.loadings.row(g).isZero(0)) genes.push_back(g);
  return genes;
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
