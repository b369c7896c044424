#include "shared/variable_flags.hpp"

#include <cmath>
#include <map>

#include "core/error.hpp"
#include "core/format.hpp"

namespace instar::tools {
namespace {

/// What names the batch of a cell; empty where the column has no value.
std::string batch_name(const io::Column& column, std::size_t cell) {
  if (!column.missing.empty() && column.missing[cell]) return {};
  if (column.kind == io::Column::Kind::text) return column.text[cell];
  if (column.kind == io::Column::Kind::category)
    return column.codes[cell] < 0 ? "" : column.categories[static_cast<std::size_t>(column.codes[cell])];
  return std::isnan(column.numbers[cell]) ? "" : core::format_number(column.numbers[cell]);
}

}  // namespace

void add_variable_flags(cli::Command& command, VariableFlags& flags) {
  const prep::VariableOptions defaults;
  const auto bound = [&](const std::string& name, std::optional<double>& variable, const std::string& says,
                         double otherwise) {
    command.option(name, variable, "X", says + " (not given: " + core::format_number(otherwise) + ")");
    command.excludes(name, "--hvg");
  };
  command.section("Highly variable genes");
  command.option("--hvg", flags.n_top, "N", "mark the N most variable genes in var[highly_variable]");
  command.at_least("--hvg", 1);
  command.choice("--hvg-flavor", flags.flavor,
                 {{"seurat", "dispersion of the normalised values, standardised among genes of like means"},
                  {"cell_ranger", "dispersion of the logs, standardised by medians between percentiles of the mean"},
                  {"seurat_v3", "variance of the counts against that of genes of like means, by local regression"},
                  {"seurat_v3_paper", "the same; with --batch-key, first by the number of batches that agree"}},
                 "how they are found");
  command.option("--batch-key", flags.batch_key, "KEY",
                 "choose the genes in each batch of this column of obs, and join the choices");
  bound("--min-mean", flags.min_mean, "instead of --hvg: mark genes whose mean is above X", defaults.min_mean);
  bound("--max-mean", flags.max_mean, "instead of --hvg: mark genes whose mean is below X", defaults.max_mean);
  bound("--min-disp", flags.min_dispersion, "instead of --hvg: mark genes whose standardised dispersion is above X",
        defaults.min_dispersion);
  bound("--max-disp", flags.max_dispersion, "instead of --hvg: mark genes whose standardised dispersion is below X",
        defaults.max_dispersion);
}

std::optional<prep::VariableOptions> variable_options(const VariableFlags& flags) {
  prep::VariableOptions options;
  if (flags.flavor == "cell_ranger") options.flavor = prep::Flavor::cell_ranger;
  if (flags.flavor == "seurat_v3") options.flavor = prep::Flavor::seurat_v3;
  if (flags.flavor == "seurat_v3_paper") options.flavor = prep::Flavor::seurat_v3_paper;
  const bool bounded = flags.min_mean || flags.max_mean || flags.min_dispersion || flags.max_dispersion;
  if (!flags.n_top && !bounded) {
    if (!flags.batch_key.empty())
      throw UsageError("--batch-key: say how many genes to mark (--hvg N), or give a cut-off");
    if (flags.flavor == "seurat") return std::nullopt;  // the default: nothing was asked for
    throw UsageError("--hvg-flavor " + flags.flavor + ": say how many genes to mark (--hvg N), or give a cut-off");
  }
  options.n_top = flags.n_top;
  options.min_mean = flags.min_mean.value_or(options.min_mean);
  options.max_mean = flags.max_mean.value_or(options.max_mean);
  options.min_dispersion = flags.min_dispersion.value_or(options.min_dispersion);
  options.max_dispersion = flags.max_dispersion.value_or(options.max_dispersion);
  options.validate();
  return options;
}

std::vector<std::string> kept_names(const io::H5adFile& file, const io::MatrixName& matrix,
                                    const std::vector<bool>& keep) {
  const std::vector<std::string> all =
      matrix.slot == io::MatrixName::Slot::raw ? file.raw_var_names() : file.var_names();
  std::vector<std::string> kept;
  for (std::size_t g = 0; g < keep.size(); ++g)
    if (keep[g]) kept.push_back(all[g]);
  return kept;
}

std::vector<Index> cell_batches(const io::H5adFile& file, const std::string& batch_key, core::Reporter& reporter) {
  if (batch_key.empty()) return {};
  const io::Column column = file.obs(batch_key);
  std::map<std::string, Index> number;
  std::vector<Index> batches;
  Index missing = 0;
  for (Index cell = 0; cell < file.n_obs(); ++cell) {
    const std::string name = batch_name(column, static_cast<std::size_t>(cell));
    if (name.empty()) ++missing;
    batches.push_back(name.empty() ? -1 : number.emplace(name, static_cast<Index>(number.size())).first->second);
  }
  if (missing > 0)
    reporter.warning("cells without a value in obs/" + batch_key + ": " + std::to_string(missing) +
                     "; they are in no batch and choose no genes");
  reporter.detail("obs/" + batch_key + ": " + std::to_string(number.size()) + " batches");
  return batches;
}

void write_variable_genes(io::H5adWriter& writer, const prep::VariableGenes& genes, const std::string& flavor) {
  const auto numbers = [](const Vector& values, const std::string& dtype) {
    return io::Column::of_numbers({values.begin(), values.end()}, dtype);
  };
  writer.set_var("highly_variable", io::Column::of_booleans(genes.highly_variable));
  writer.set_var("means", numbers(genes.means, "float64"));
  if (genes.rank.size() > 0) {
    writer.set_var("highly_variable_rank", numbers(genes.rank, "float32"));
    writer.set_var("variances", numbers(genes.variances, "float64"));
    writer.set_var("variances_norm", numbers(genes.variances_norm, "float64"));
  } else {
    writer.set_var("dispersions", numbers(genes.dispersions, "float64"));
    writer.set_var("dispersions_norm", numbers(genes.dispersions_norm, "float32"));
  }
  if (!genes.n_batches.empty()) {
    writer.set_var("highly_variable_nbatches",
                   io::Column::of_numbers({genes.n_batches.begin(), genes.n_batches.end()}, "int64"));
    std::vector<bool> in_all;
    for (const Index count : genes.n_batches) in_all.push_back(count == genes.batches);
    if (genes.rank.size() == 0) writer.set_var("highly_variable_intersection", io::Column::of_booleans(in_all));
  }
  writer.set_uns("hvg.flavor", flavor);
}

}  // namespace instar::tools
