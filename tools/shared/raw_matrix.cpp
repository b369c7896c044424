#include "shared/raw_matrix.hpp"

#include <algorithm>

#include "cli/text.hpp"
#include "core/error.hpp"
#include "io/matrix_stats.hpp"

namespace instar::tools {
namespace {

template <class T>
std::vector<T> take(const std::vector<T>& all, const std::vector<bool>& keep) {
  if (all.empty()) return {};
  std::vector<T> kept;
  for (std::size_t i = 0; i < keep.size(); ++i)
    if (keep[i]) kept.push_back(all[i]);
  return kept;
}

io::Column take(io::Column column, const std::vector<bool>& keep) {
  column.numbers = take(column.numbers, keep);
  column.text = take(column.text, keep);
  column.codes = take(column.codes, keep);
  column.missing = take(column.missing, keep);
  return column;
}

void copy_cells(io::H5adWriter& writer, const io::H5adFile& input, const std::vector<bool>& keep,
                core::Reporter& reporter) {
  for (const std::string& name : input.obs_columns()) {
    try {
      writer.set_obs(name, take(input.obs(name), keep));
    } catch (const DataError&) {
      reporter.warning("the column obs/" + name + " is of a kind that cannot be copied and is left out");
    }
  }
  std::vector<Index> rows;
  for (std::size_t i = 0; i < keep.size(); ++i)
    if (keep[i]) rows.push_back(static_cast<Index>(i));
  for (const std::string& name : input.obsm()) {
    try {
      const Matrix all = input.obsm(name);
      writer.set_obsm(name, Matrix(all(rows, Eigen::all)));
    } catch (const DataError&) {
      reporter.warning("obsm/" + name + " is of a kind that cannot be copied and is left out");
    }
  }
}

}  // namespace

io::MatrixName matrix_name(const std::optional<std::string>& layer, bool raw) {
  if (raw) return {io::MatrixName::Slot::raw};
  if (layer) return {io::MatrixName::Slot::layer, *layer};
  return {};
}

bool holds_counts(const io::H5adFile& file, const io::MatrixName& name) {
  constexpr Index kGlance = 100'000;  // values
  const io::MatrixStats stats = io::measure(file.first_values(name, kGlance));
  return stats.nonzero > 0 && stats.integers && stats.min >= 0;
}

std::string from_counts_command(const std::string& input, const std::optional<std::string>& layer,
                                const std::string& output) {
  return "instar pca --from-counts " + (input == "-" ? "FILE" : cli::shell_quote(input)) +
         (layer ? " --layer " + cli::shell_quote(*layer) : "") + " -o " + cli::shell_quote(output) + " --hvg 2000";
}

std::unique_ptr<io::H5adWriter> writer_like(const std::string& output, const io::H5adFile& input,
                                            const io::MatrixName& matrix, const std::vector<bool>& keep_cells,
                                            const std::vector<bool>& keep_genes, core::Reporter& reporter) {
  const bool raw = matrix.slot == io::MatrixName::Slot::raw;
  if (!raw || input.raw_var_names() == input.var_names())
    return std::make_unique<io::H5adWriter>(output, input, reporter, true, keep_cells, keep_genes);
  reporter.warning(
      "raw holds other genes than X: the output has raw's genes, and of the rest of the file the columns "
      "of obs and the embeddings");
  auto writer = std::make_unique<io::H5adWriter>(output, take(input.obs_names(), keep_cells),
                                                 take(input.raw_var_names(), keep_genes));
  copy_cells(*writer, input, keep_cells, reporter);
  return writer;
}

}  // namespace instar::tools
