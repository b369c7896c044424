// instar-prep: counts to normalised logs and highly variable genes.
#include <charconv>
#include <cmath>

#include "cli/command.hpp"
#include "core/error.hpp"
#include "core/time_label.hpp"
#include "prep/normalize.hpp"
#include "shared/fit_cells.hpp"
#include "shared/naming.hpp"
#include "shared/provenance.hpp"
#include "shared/quality_flags.hpp"
#include "shared/raw_matrix.hpp"
#include "shared/variable_flags.hpp"

using namespace instar;

namespace {

struct Flags {
  std::string input;
  std::string output;
  std::optional<std::string> layer;
  bool raw = false;
  std::int64_t min_genes = 0;
  std::int64_t min_cells = 0;
  std::string target_sum = "median";
  bool no_log1p = false;
  tools::QualityFlags quality;
  tools::VariableFlags variable;
  std::string time_key;
  std::vector<double> excluded;
};

void add_flags(cli::Command& command, Flags& flags) {
  command.input(flags.input, "INPUT", "h5ad file with counts, or - for standard input");
  command.output(flags.output, "OUT.h5ad");
  command.option("--layer", flags.layer, "NAME", "take the counts from this layer instead of X");
  command.flag("--raw", flags.raw, "take the counts from raw/X instead of X");
  command.excludes("--layer", "--raw");
  command.section("Cells and genes");
  command.option("--min-genes", flags.min_genes, "N", "leave out cells with fewer genes than N");
  command.option("--min-cells", flags.min_cells, "N", "leave out genes seen in fewer cells than N");
  command.at_least("--min-genes", 0);
  command.at_least("--min-cells", 0);
  tools::add_quality_flags(command, flags.quality);
  command.section("Normalisation");
  command.option("--target-sum", flags.target_sum, "X|median",
                 "scale every cell to this total, or to the median of totals");
  command.flag("--no-log1p", flags.no_log1p, "do not take log(1 + x)");
  tools::add_variable_flags(command, flags.variable);
  command.section("Held-out times");
  command.times("--exclude-times", flags.excluded,
                "cells of these times choose no genes and no median; they stay in the file");
  command.option("-t,--time-key", flags.time_key, "KEY", "column of obs that holds the time");
  command.needs("--exclude-times", "--time-key");
  command.with_threads();
  command.with_provenance();
}

std::optional<double> parse_target(const std::string& word) {
  if (word == "median") return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size() || !(value > 0) || !std::isfinite(value))
    throw UsageError("--target-sum: expected a positive number or median, found '" + word + "'");
  return value;
}

int run(Flags& flags, cli::Context& context) {
  prep::PrepOptions options;
  options.min_genes = flags.min_genes;
  options.min_cells = flags.min_cells;
  options.target_sum = parse_target(flags.target_sum);
  options.log1p = !flags.no_log1p;
  auto variable = tools::variable_options(flags.variable);
  if (variable) options.moments = prep::moments_of(variable->flavor);

  const io::H5adFile file(flags.input);
  const io::MatrixName name = tools::matrix_name(flags.layer, flags.raw);
  const auto counts = file.matrix(name);
  options.fit_rows = tools::fit_cells(file, flags.time_key, flags.excluded, context.reporter);
  options.batches = tools::cell_batches(file, flags.variable.batch_key, context.reporter);
  const tools::CellQuality quality = tools::naming({file.path(), name.path()}, [&] {
    return tools::apply_quality(file, name, *counts, flags.quality, options, context.reporter);
  });
  const prep::Selection selection =
      tools::naming({file.path(), name.path()}, [&] { return prep::select(*counts, options, context.reporter); });
  const auto writer =
      tools::writer_like(flags.output, file, name, selection.keep_cells, selection.keep_genes, context.reporter);
  const auto sink = writer->write_matrix({}, selection.cells, selection.genes, io::MatrixKind::csr);
  const prep::GeneMoments moments = prep::normalize(*counts, selection, options, *sink, context.reporter);

  std::string found;
  if (variable) {
    variable->gene_names = tools::kept_names(file, name, selection.keep_genes);
    const prep::VariableGenes genes = tools::naming({file.path(), name.path()}, [&] {
      return prep::variable_genes(*counts, selection, options, moments, *variable, context.reporter);
    });
    tools::write_variable_genes(*writer, genes, flags.variable.flavor);
    found = ", " + std::to_string(genes.selected) + " of them highly variable";
  }
  if (flags.quality.write) tools::write_quality(*writer, quality, selection);
  // scanpy stores no base for the natural logarithm, as a null that older versions cannot read; e says the same to all.
  if (options.log1p) writer->set_uns("log1p.base", std::exp(1.0));
  if (!flags.time_key.empty()) writer->set_uns("instar.time_key", flags.time_key);
  if (!context.common.no_provenance) writer->add_provenance("instar-prep", tools::provenance(context, file.digest()));
  writer->commit();
  context.reporter.info(std::to_string(selection.cells) + " of " + std::to_string(counts->rows()) + " cells, " +
                        std::to_string(selection.genes) + " of " + std::to_string(counts->cols()) + " genes" + found +
                        "; cells scaled to " + core::format_number(selection.target_sum));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  cli::Command command("instar-prep");
  command.describe(
      "Turns counts into what principal components need, as scanpy does: leaves out poor cells and rare genes, scales "
      "every cell to the same total (normalize_total), takes log(1 + x), and marks highly variable genes.");
  command.describe("The result is X of OUT.h5ad (float32); everything else in INPUT is copied.");
  add_flags(command, flags);
  command.example("instar prep counts.h5ad -o prep.h5ad --min-genes 200 --min-cells 3 --hvg 2000",
                  "the usual first step of an analysis");
  command.example("instar prep counts.h5ad -o prep.h5ad --hvg 2000 --hvg-flavor seurat_v3 --batch-key donor",
                  "genes that vary within donors, not between them");
  command.example("instar prep counts.h5ad -o prep.h5ad --hvg 1000 --exclude-times 2 -t time",
                  "cells of time 2 stay in the file, but choose no genes");
  return command.run(argc, argv, [&](cli::Context& context) { return run(flags, context); });
}
