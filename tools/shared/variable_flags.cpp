#include "shared/variable_flags.hpp"

#include "core/error.hpp"
#include "core/format.hpp"

namespace instar::tools {

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
                  {"cell_ranger", "dispersion of the logs, standardised by medians between percentiles of the mean"}},
                 "how they are found");
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
  const bool bounded = flags.min_mean || flags.max_mean || flags.min_dispersion || flags.max_dispersion;
  if (!flags.n_top && !bounded) {
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

void write_variable_genes(io::H5adWriter& writer, const prep::VariableGenes& genes, const std::string& flavor) {
  const auto numbers = [](const Vector& values, const std::string& dtype) {
    return io::Column::of_numbers({values.begin(), values.end()}, dtype);
  };
  writer.set_var("highly_variable", io::Column::of_booleans(genes.highly_variable));
  writer.set_var("means", numbers(genes.means, "float64"));
  writer.set_var("dispersions", numbers(genes.dispersions, "float64"));
  writer.set_var("dispersions_norm", numbers(genes.dispersions_norm, "float32"));
  writer.set_uns("hvg.flavor", flavor);
}

}  // namespace instar::tools
