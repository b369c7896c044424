#include "shared/refit_pca.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "io/matrix_stats.hpp"
#include "math/pca.hpp"
#include "prep/normalize.hpp"
#include "prep/variable_genes.hpp"
#include "shared/naming.hpp"
#include "shared/raw_matrix.hpp"

namespace instar::tools {
namespace {

/// Keeps the rows it is given.
class MemorySink : public core::RowSink {
 public:
  void append(const core::RowBlock& block) override {
    if (all_.indptr.empty()) all_.indptr.push_back(0);
    all_.cols = block.cols;
    const std::int64_t before = all_.nnz();
    for (std::size_t r = 1; r < block.indptr.size(); ++r) all_.indptr.push_back(before + block.indptr[r]);
    all_.indices.insert(all_.indices.end(), block.indices.begin(), block.indices.end());
    all_.values.insert(all_.values.end(), block.values.begin(), block.values.end());
  }
  void finish() override {}
  core::RowBlock take() { return std::move(all_); }

 private:
  core::RowBlock all_;
};

/// Moments of what was logged, as prep::normalize gives them for counts.
prep::GeneMoments moments_of_logged(core::RowBlocks& expression, const std::vector<bool>& rows) {
  prep::GeneMoments moments{0, Vector::Zero(expression.cols()), Vector::Zero(expression.cols())};
  core::RowBlock block;
  expression.rewind();
  while (expression.next(block)) {
    for (Index r = 0; r < block.rows(); ++r) {
      if (!rows[static_cast<std::size_t>(block.first_row + r)]) continue;
      ++moments.cells;
      for (auto k = block.indptr[static_cast<std::size_t>(r)]; k < block.indptr[static_cast<std::size_t>(r) + 1]; ++k) {
        const double value = std::expm1(block.values[static_cast<std::size_t>(k)]);
        moments.sum(block.indices[static_cast<std::size_t>(k)]) += value;
        moments.sum_squares(block.indices[static_cast<std::size_t>(k)]) += value * value;
      }
    }
  }
  expression.rewind();
  return moments;
}

Matrix components(core::RowBlocks& expression, const prep::GeneMoments& moments, const RefitRequest& request,
                  std::int64_t dims, const std::vector<bool>& rows, core::Reporter& reporter) {
  const prep::VariableGenes genes = prep::variable_genes(moments, request.variable_genes);
  math::PcaOptions options;
  options.fit_rows = rows;
  for (std::size_t g = 0; g < genes.highly_variable.size(); ++g)
    if (genes.highly_variable[g]) options.columns.push_back(static_cast<Index>(g));
  const Index most = std::min(static_cast<Index>(options.columns.size()), moments.cells) - 1;
  options.n_comps = dims > 0 ? dims : std::clamp<Index>(most, 1, math::kDefaultComponents);
  return math::pca(expression, options, reporter).scores;
}

}  // namespace

Embedding read_without_coordinates(const EmbeddingRequest& request, core::Reporter& reporter) {
  io::H5adFile file(request.input);
  io::CellTimes times = io::read_complete_times(file, request.time_key, request.drop_missing_times, reporter);
  core::Snapshots snapshots = core::make_snapshots(Matrix::Zero(file.n_obs(), 1), times.values);
  return {std::move(file), std::move(times), std::move(snapshots)};
}

Matrix refitted_components(const Embedding& input, const RefitRequest& request, std::int64_t dims,
                           const std::vector<double>& excluded, core::Reporter& reporter) {
  std::vector<bool> rows;
  for (const double time : input.snapshots.cell_times)
    rows.push_back(std::isfinite(time) && core::find_time(excluded, time) < 0);
  const io::MatrixName name = matrix_name(request.layer, false);
  const auto matrix = input.file.matrix(name);
  return naming({input.file.path(), name.path()}, [&] {
    const bool counts = io::measure(*matrix).integers;
    matrix->rewind();
    if (!counts) return components(*matrix, moments_of_logged(*matrix, rows), request, dims, rows, reporter);
    prep::PrepOptions options;
    options.fit_rows = rows;
    const prep::Selection selection = prep::select(*matrix, options, reporter);
    MemorySink sink;
    const prep::GeneMoments moments = prep::normalize(*matrix, selection, options, sink, reporter);
    core::MemoryRowBlocks normalised(sink.take());
    return components(normalised, moments, request, dims, rows, reporter);
  });
}

}  // namespace instar::tools
