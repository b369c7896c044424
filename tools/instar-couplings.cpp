// instar-couplings: the transport maps between neighbouring times, for WOT, moscot and CellRank.
#include <filesystem>

#include "cli/command.hpp"
#include "cli/ending.hpp"
#include "core/error.hpp"
#include "core/format.hpp"
#include "io/output.hpp"
#include "shared/coupling_file.hpp"
#include "shared/fit_flags.hpp"
#include "shared/naming.hpp"
#include "shared/provenance.hpp"

using namespace instar;

namespace {

std::vector<std::string> names_of(const std::vector<std::string>& all, const std::vector<Index>& cells) {
  std::vector<std::string> names;
  for (const Index cell : cells) names.push_back(all[static_cast<std::size_t>(cell)]);
  return names;
}

void write_all(const am::FitProblem& problem, const tools::Embedding& embedding, const std::string& stem,
               const core::Facts& provenance, core::Reporter& reporter) {
  const auto names = embedding.file.obs_names();
  const core::Snapshots& all = embedding.snapshots;
  for (std::size_t k = 0; k < problem.intervals.size(); ++k) {
    const am::Interval& interval = problem.intervals[k];
    const auto cells = [&](double time) -> const std::vector<Index>& {
      return all.cells[static_cast<std::size_t>(core::find_time(all.times, time))];
    };
    const double from = problem.model.times[k], to = problem.model.times[k + 1];
    const auto map =
        am::transport_map(interval.coupling, interval.source->rows(), interval.target->rows(), interval.source_mass);
    const std::string path = tools::map_path(stem, from, to);
    tools::write_transport_map(path, map, names_of(names, cells(from)), names_of(names, cells(to)), provenance);
    if (interval.coupling.relevant > map.map.nnz())
      reporter.warning(path + ": of " + std::to_string(interval.coupling.relevant) +
                       " entries that matter, a sample of " + std::to_string(map.map.nnz()) +
                       " is kept (sums of rows and columns stay); --partners 0 keeps all");
    reporter.info(path + ": " + std::to_string(map.map.rows()) + " cells to " + std::to_string(map.map.cols) + ", " +
                  std::to_string(map.map.nnz()) + " entries");
  }
}

}  // namespace

int main(int argc, char** argv) {
  tools::FitFlags flags;
  std::string output, prefix;
  cli::Command command("instar-couplings");
  command.describe(
      "Couples the cells of each two neighbouring times as instar-fit does, and writes one h5ad for each pair, "
      "FROM_TO.h5ad, in the layout of WOT: rows are the earlier cells, columns the later, X is how many later cells "
      "each earlier one becomes. CellRank's RealTimeKernel.from_wot reads the folder where a --prefix is given.");
  command.input(flags.embedding.input, "INPUT",
                "h5ad file with an embedding and a time column, or - for standard input");
  command.output(output, "DIR", "folder for the maps; made where it is not there");
  command.option("--prefix", prefix, "TEXT",
                 "names become TEXT_FROM_TO.h5ad, as WOT's own are (tmaps); CellRank needs a prefix to tell the times "
                 "from the folder");
  flags.add_cells(command);
  command.section("Couplings");
  flags.path = "wfr";
  command.choice("--path", flags.path,
                 {{"wfr", "optimal, mass may grow and die"}, {"ot", "optimal, balanced: every cell has as many"}},
                 "which problem is solved");
  flags.add_coupling(command);
  flags.options.coupling_partners = 1000;
  command.option(
      "--partners", flags.options.coupling_partners, "N",
      "of a blurred map with more than N entries for each cell keep about N, an unbiased sample; 0: keep all "
      "that matter");
  command.at_least("--partners", 0);
  command.with_threads();
  command.with_seed();
  command.with_provenance();
  command.example("instar couplings pca.h5ad -o maps -t time --dims 10", "maps/0_1.h5ad, maps/1_2.h5ad and so on");
  command.example("instar couplings pca.h5ad -o maps -t time --prefix tmaps",
                  "for CellRank: RealTimeKernel.from_wot(adata, path=\"maps\", time_key=\"time\")");

  return command.run(argc, argv, [&](cli::Context& context) {
    if (output == "-") throw UsageError("--output: expected a folder, since there is a file for each pair of times");
    std::error_code unknown;
    if (!cli::promised_ending(output).empty() && !std::filesystem::is_directory(output, unknown))
      throw UsageError("--output " + output +
                       ": expected a folder, since there is an h5ad file for each pair of times; "
                       "found the name of a file");
    const tools::Embedding embedding = tools::read_embedding(flags.embedding, context.reporter);
    tools::detail_times(embedding.times, context.reporter);
    const am::FitOptions options = flags.resolve(embedding, context);
    io::make_folder(output);
    io::check_writable_folder(output);
    const std::string stem = output + "/" + (prefix.empty() ? "" : prefix + "_");
    std::vector<double> coupled;
    for (const double time : embedding.snapshots.times)
      if (core::find_time(options.exclude_times, time) < 0) coupled.push_back(time);
    tools::require_no_other_maps(output, stem, coupled);
    const am::FitProblem problem = tools::naming(
        {embedding.file.path()}, [&] { return am::prepare_fit(embedding.snapshots, options, context.reporter); });
    if (!options.exclude_times.empty()) context.options["exclude-times"] = options.exclude_times;
    context.options["growth-scale"] = problem.model.growth_scale;
    write_all(problem, embedding, stem,
              context.common.no_provenance ? core::Facts{} : tools::provenance(context, embedding.file.digest()),
              context.reporter);
    return 0;
  });
}
