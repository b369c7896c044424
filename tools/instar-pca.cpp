// instar-pca: principal components of an expression matrix, or of counts.
#include <algorithm>
#include <cmath>

#include "cli/command.hpp"
#include "cli/resources.hpp"
#include "math/pca.hpp"
#include "shared/dry_run.hpp"
#include "shared/naming.hpp"
#include "shared/pca_input.hpp"
#include "shared/pca_output.hpp"
#include "shared/provenance.hpp"
#include "shared/raw_matrix.hpp"
#include "shared/reading.hpp"

using namespace instar;

namespace {

struct Flags : tools::PcaRequest {
  std::string input;
  bool dry_run = false;
};

void add_flags(cli::Command& command, Flags& flags) {
  command.input(flags.input, "INPUT", "h5ad file with normalised expression (or counts), or - for standard input");
  command.output(flags.output, "OUT.h5ad");
  // What is made of counts replaces X, or leaves it out; those of a layer stay.
  command.output_may_replace(flags.input, [&flags] { return !flags.from_counts || flags.layer.has_value(); });
  command.section("Components");
  command.option("-n,--n-comps", flags.n_comps, "N",
                 "how many components (not given: " + std::to_string(math::kDefaultComponents) + ", or all)");
  command.at_least("--n-comps", 1);
  command.option("--genes", flags.genes, "hvg|all|FILE",
                 "which genes are used: the highly variable, all, or those that FILE names, one on a line");
  command.option("--layer", flags.layer, "NAME", "take the expression (or counts) from this layer instead of X");
  command.option("--project-only", flags.project_only, "MODEL|H5AD",
                 "fit nothing: project the cells on the components of this model or file, genes matched by name");
  tools::add_dry_run(command, flags.dry_run);
  tools::add_held_out_flags(command, flags.held_out,
                            "fit the components without the cells of these times, and project them");
  command.excludes("--project-only", "--genes");
  command.excludes("--project-only", "--exclude-times");
  command.section("From counts");
  command.flag("--from-counts", flags.from_counts,
               "INPUT holds counts: prepare them on the way, as instar-prep does with the flags below");
  command.flag("--raw", flags.raw, "take the counts from raw/X instead of X");
  command.flag("--keep-x", flags.keep_x, "write the normalised X too (else there is none)");
  command.excludes("--layer", "--raw");
  std::vector<std::string> of_counts = tools::add_prep_flags(command, flags.prep);
  of_counts.insert(of_counts.end(), {"--raw", "--keep-x"});
  for (const std::string& name : of_counts) command.needs(name, "--from-counts");
  command.needs("--no-compression", "--keep-x");
  command.with_threads();
  command.with_memory();
  tools::with_dry_run_json(command);
  command.with_provenance();
}

math::PcaBasis fitted(tools::PcaInput& input, const Flags& flags, cli::Context& context) {
  const std::vector<bool>& fit = input.options.fit_rows;
  const Index genes =
      input.options.columns.empty() ? input.rows().cols() : static_cast<Index>(input.options.columns.size());
  const Index cells = fit.empty() ? input.cells() : static_cast<Index>(std::count(fit.begin(), fit.end(), true));
  input.options.n_comps =
      flags.n_comps ? *flags.n_comps : std::clamp<Index>(std::min(genes, cells) - 1, 1, math::kDefaultComponents);
  context.options["n-comps"] = static_cast<std::int64_t>(input.options.n_comps);
  math::PcaBasis basis = math::pca_basis(input.rows(), input.options, context.reporter);
  input.summary += (input.summary.empty() ? "" : "; ") + std::to_string(input.options.n_comps) + " components of " +
                   std::to_string(genes) + " genes, fitted on " + std::to_string(cells) + " of " +
                   std::to_string(input.cells()) + " cells, hold " +
                   std::to_string(std::lround(100 * basis.variance_ratio.sum())) + " % of the variance";
  return basis;
}

math::PcaBasis given(tools::PcaInput& input, const Flags& flags) {
  math::PcaBasis basis = std::move(input.known->basis);
  input.summary += (input.summary.empty() ? "" : "; ") + std::to_string(input.cells()) + " cells projected on " +
                   std::to_string(basis.loadings.cols()) + " components of " + *flags.project_only + ", by " +
                   std::to_string(input.known->genes.size()) + " genes";
  return basis;
}

void print_plan(const io::H5adFile& file, const Flags& flags, const cli::Context& context) {
  tools::print_dry_run(file, tools::matrix_name(flags.layer, flags.raw), flags.keep_x,
                       tools::pca_working_bytes(file, flags), context);
}

int run(Flags& flags, cli::Context& context) {
  io::H5adFile file(flags.input, tools::reading(context));
  tools::resolve_held_out(flags.held_out, file, context.options);
  if (flags.dry_run) {
    print_plan(file, flags, context);
    return 0;
  }
  tools::PcaInput input(file, flags, context.reporter);
  tools::naming({file.path(), input.name().path()}, [&] {
    const math::PcaBasis basis = input.known ? given(input, flags) : fitted(input, flags, context);
    tools::write_scores(input.writer(), input.rows(), basis, context.reporter);
    tools::write_basis(input.writer(), basis, {!input.known && flags.genes == "hvg", flags.layer});
    return 0;
  });
  input.finish(context.reporter);
  if (!flags.held_out.time_key.empty()) input.writer().set_uns("instar.time_key", flags.held_out.time_key);
  if (!context.common.no_provenance)
    input.writer().add_provenance("instar-pca", tools::provenance(context, file.digest()));
  input.writer().commit();
  const std::string without_x = flags.from_counts && !flags.keep_x ? "; X was not written (--keep-x writes it)" : "";
  context.reporter.info(input.summary + without_x + cli::peak_memory_note(context.common.verbose));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  cli::Command command("instar-pca");
  command.describe(
      "Computes exact principal components without making the matrix dense, and writes them where scanpy has them: "
      "scores in obsm[X_pca], loadings in varm[PCs], variances in uns[pca]. The largest loading of each component is "
      "positive.");
  command.describe(
      "With --exclude-times the components are fitted without the cells of these times, which are only projected: "
      "nothing of them leaks into a prediction.");
  command.describe(
      "With --from-counts it does instar-prep's work, too, with the numbers of the two tools, in memory that does not "
      "grow with the cells.");
  add_flags(command, flags);
  command.example("instar pca --from-counts counts.h5ad -o pca.h5ad --hvg 2000 -n 50",
                  "from counts to components of the 2000 most variable genes, in one go");
  command.example("instar pca prep.h5ad -o pca.h5ad -n 20", "twenty components of the highly variable genes");
  command.example("instar pca prep.h5ad -o pca.h5ad -t time --exclude-times 2",
                  "time 2 held out: it chooses no component");
  command.example("instar pca --from-counts new.h5ad -o new_pca.h5ad --project-only pca.h5ad",
                  "new cells in the coordinates of old ones");
  return command.run(argc, argv, [&](cli::Context& context) { return run(flags, context); });
}
