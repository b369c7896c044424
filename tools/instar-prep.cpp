// instar-prep: counts to normalised logs and highly variable genes.
#include <algorithm>

#include "cli/command.hpp"
#include "cli/resources.hpp"
#include "prep/normalize.hpp"
#include "shared/dry_run.hpp"
#include "shared/naming.hpp"
#include "shared/prep_flags.hpp"
#include "shared/provenance.hpp"
#include "shared/raw_matrix.hpp"
#include "shared/reading.hpp"

using namespace instar;

namespace {

struct Flags {
  std::string input;
  std::string output;
  std::optional<std::string> layer;
  bool raw = false;
  tools::PrepFlags prep;
  tools::HeldOutFlags held_out;
  bool dry_run = false;
};

void add_flags(cli::Command& command, Flags& flags) {
  command.input(flags.input, "INPUT", "h5ad file with counts, or - for standard input");
  command.output(flags.output, "OUT.h5ad");
  command.output_may_replace(flags.input);
  command.option("--layer", flags.layer, "NAME", "take the counts from this layer instead of X");
  command.flag("--raw", flags.raw, "take the counts from raw/X instead of X");
  command.excludes("--layer", "--raw");
  tools::add_dry_run(command, flags.dry_run);
  tools::add_prep_flags(command, flags.prep);
  tools::add_held_out_flags(command, flags.held_out,
                            "cells of these times choose no genes and no median; they stay in the file");
  command.with_threads();
  command.with_memory();
  tools::with_dry_run_json(command);
  command.with_provenance();
}

int run(Flags& flags, cli::Context& context) {
  io::H5adFile file(flags.input, tools::reading(context));
  tools::resolve_held_out(flags.held_out, file, context.options);
  const io::MatrixName name = tools::matrix_name(flags.layer, flags.raw);
  // A shape that lies is refused where the matrix is read; raw may have more genes than var.
  const std::int64_t working = prep::working_bytes(std::min(tools::sizes_of(file, name).cols, 8 * file.n_vars()));
  if (flags.dry_run) {
    tools::print_dry_run(file, name, true, working, context);
    return 0;
  }
  file.hold_beside(working);
  tools::Counts counts = tools::open_counts(file, name, flags.prep, flags.held_out, context.reporter);
  const prep::Selection selection = tools::naming(
      {file.path(), name.path()}, [&] { return prep::select(*counts.rows, counts.options, context.reporter); });
  const auto writer =
      tools::writer_like(flags.output, file, name, selection.keep_cells, selection.keep_genes, context.reporter);
  const auto sink =
      writer->write_matrix({}, selection.cells, selection.genes, io::MatrixKind::csr, !flags.prep.no_compression);
  const prep::GeneMoments moments = tools::naming({file.path(), name.path()}, [&] {
    return prep::normalize(*counts.rows, selection, counts.options, *sink, context.reporter);
  });
  std::optional<prep::VariableGenes> genes;
  if (counts.variable) {
    counts.variable->gene_names = tools::kept_names(file, name, selection.keep_genes);
    genes = tools::naming({file.path(), name.path()}, [&] {
      return prep::variable_genes(*counts.rows, selection, counts.options, moments, *counts.variable, context.reporter);
    });
  }
  tools::write_prepared(*writer, flags.prep, counts, selection, genes);
  tools::write_log_base(*writer, counts.options);
  if (!flags.held_out.time_key.empty()) writer->set_uns("instar.time_key", flags.held_out.time_key);
  if (!context.common.no_provenance) writer->add_provenance("instar-prep", tools::provenance(context, file.digest()));
  writer->commit();
  context.reporter.info(tools::summary(counts, selection, genes) + cli::peak_memory_note(context.common.verbose));
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
  command.example("instar prep counts.h5ad -o prep.h5ad --hvg 2000 --hvg-flavor seurat_v3 --batch-key time",
                  "genes that vary within times, not only between them");
  command.example("instar prep counts.h5ad -o prep.h5ad --hvg 1000 --exclude-times 2 -t time",
                  "cells of time 2 stay in the file, but choose no genes");
  return command.run(argc, argv, [&](cli::Context& context) { return run(flags, context); });
}
