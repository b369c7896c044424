// instar-predict: moves cells through time with a fitted model.
#include "am/predict.hpp"
#include "cli/command.hpp"
#include "cli/ending.hpp"
#include "core/error.hpp"
#include "core/time_label.hpp"
#include "shared/embedding.hpp"
#include "shared/fit_cells.hpp"
#include "shared/fit_flags.hpp"
#include "shared/fitted_model.hpp"
#include "shared/gene_table.hpp"
#include "shared/prediction_file.hpp"
#include "shared/provenance.hpp"

using namespace instar;

namespace {

struct Flags {
  std::string model;
  tools::EmbeddingRequest embedding;
  std::string output;
  std::string format = "auto";
  std::string from = "previous";
  std::int64_t grid = 0;
  std::string solver = "dopri5";
  bool genes = false;
  std::string gene_table;
  std::string time_as = "number";
  std::vector<core::TimeLabel> times;
  am::PredictOptions options;
};

void add_flags(cli::Command& command, Flags& flags) {
  command.input(flags.model, "MODEL", "model written by instar-fit");
  command.input(flags.embedding.input, "INPUT", "h5ad file with the cells to start from, or - for standard input");
  command.output(flags.output, "OUT.h5ad|OUT.tsv", "output file (.tsv: a table), or - for a table on standard output");
  command.option("-t,--time-key", flags.embedding.time_key, "KEY",
                 "column of obs that holds the time; not given: the model's");
  command.choice("--format", flags.format,
                 {{"auto", "by the ending of OUT; - is a table"}, {"h5ad", "AnnData"}, {"tsv", "table"}},
                 "output format");
  command.output_kind_by(flags.format);
  command.section("Particles");
  command.option("--from", flags.from, "START",
                 "where particles start: previous (latest fitted time before the target), first, between (previous "
                 "forwards and next "
                 "backwards, joined), or a time");
  command.times("--times", flags.times,
                "times to predict; without it and --grid: all times of INPUT within the fitted ones");
  command.option("--grid", flags.grid, "N", "predict at N evenly spaced times, first to last fitted one");
  command.excludes("--times", "--grid");
  command.option("--cells", flags.options.cells, "N", "start from N cells per time, drawn at random; 0: all");
  command.flag("--paths", flags.options.same_cells,
               "follow the same cells through all times; rows ordered by cell, then time");
  command.flag("--resample", flags.options.resample, "resample particles by weight at each time (systematic)");
  command.excludes("--paths", "--resample");
  command.flag("--extrapolate", flags.options.extrapolate, "allow times outside the fitted ones");
  command.flag("--genes", flags.genes, "write expression as X, of the genes that have loadings");
  command.option("--gene-table", flags.gene_table, "F.tsv",
                 "write a table, too: mean and standard deviation of each gene that has loadings along predicted time, "
                 "beside those of the observed cells (X of INPUT)");
  command.another_output("--gene-table", flags.gene_table);
  command.choice("--time-as", flags.time_as,
                 {{"number", "obs[time] holds numbers"}, {"category", "a category of numbers, as scanpy colours by"}},
                 "kind of the time column of OUT.h5ad");
  command.flag("--drop-missing-times", flags.embedding.drop_missing_times, "leave cells without a time out");
  command.section("Integration");
  command.choice("--solver", flags.solver,
                 {{"dopri5", "Dormand-Prince, adaptive"}, {"rk4", "Runge-Kutta, 50 steps to each target"}},
                 "integrator");
  command.option("--rtol", flags.options.ode.rtol, "R", "relative tolerance of dopri5");
  command.option("--atol", flags.options.ode.atol, "A", "absolute tolerance of dopri5, in units of the cells' spread");
  command.with_threads();
  command.with_seed();
  command.with_provenance();
  command.example("instar predict model.instar pca.h5ad --from previous --times 2 -o pred.h5ad",
                  "the cells at time 2, from those observed before");
  command.example("instar predict model.instar pca.h5ad --from 0 --grid 20 --paths --cells 100 -o paths.tsv",
                  "a hundred trajectories as a table");
}

void choose_times(const Flags& flags, const am::Model& model, const core::Snapshots& snapshots,
                  am::PredictOptions& options) {
  if (flags.grid == 1 || flags.grid < 0) throw UsageError("--grid: expected at least 2 times");
  for (std::int64_t i = 0; i < flags.grid; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(flags.grid - 1);
    options.times.push_back((1 - share) * model.times.front() + share * model.times.back());
  }
  if (!options.times.empty()) return;
  for (double time : snapshots.times)
    if (time >= model.times.front() && time <= model.times.back()) options.times.push_back(time);
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  cli::Command command("instar-predict");
  command.describe(
      "Moves observed cells along the fitted velocity to any time between the first and the last fitted one, forwards "
      "or backwards, "
      "and lets their weights grow and shrink with the fitted growth. A weight is relative to the origin cell: 1 at "
      "its own time.");
  command.describe("Coordinates and velocities are in the units of INPUT, rates per unit of its time column.");
  add_flags(command, flags);

  return command.run(argc, argv, [&](cli::Context& context) {
    const tools::FittedModel fitted = tools::read_model(flags.model);
    const am::Model& model = fitted.model;
    tools::use_model(flags.embedding, model);
    const tools::Embedding embedding = tools::read_embedding(flags.embedding, context.reporter);
    am::PredictOptions options = flags.options;
    const std::string& unit = model.time_unit_name.empty() ? embedding.times.unit : model.time_unit_name;
    const std::string place = tools::place_of_times(embedding.file.path(), flags.embedding.time_key);
    options.start = am::parse_start(flags.from, unit, place);
    context.options["from"] = am::to_string(options.start);
    options.times = core::times_in_unit("--times", flags.times, unit, place);
    if (!options.times.empty()) context.options["times"] = options.times;
    if (options.start.kind == am::Start::Kind::at)
      tools::require_times("--from", {options.start.time}, embedding.snapshots.times, embedding.file.path());
    options.ode.solver = flags.solver == "rk4" ? math::OdeOptions::Solver::rk4 : math::OdeOptions::Solver::dopri5;
    options.seed = static_cast<std::uint64_t>(context.common.seed);
    choose_times(flags, model, embedding.snapshots, options);
    tools::PredictionFile file(flags.output, flags.format, fitted, embedding);
    if (flags.genes) file.decode_genes();
    if (flags.time_as == "category") file.use_categories();
    std::optional<tools::GeneTable> gene_table;
    if (!flags.gene_table.empty()) {
      cli::require_ending("--gene-table", flags.gene_table, {".tsv"});
      gene_table.emplace(flags.gene_table, fitted, embedding);
    }
    tools::warn_of_other_coordinates(fitted, embedding.file, embedding.snapshots, context.reporter);
    const am::Prediction prediction = am::predict(model, embedding.snapshots, options, context.reporter);
    if (!context.common.no_provenance) file.set_provenance(tools::provenance(context, embedding.file.digest()));
    file.write(prediction, options.same_cells);
    if (gene_table) gene_table->write(prediction, context.reporter);
    for (const auto& total : prediction.totals)
      context.reporter.info("time " + core::format_number(total.time) + ": " + std::to_string(total.rows) +
                            " particles, relative mass " + core::format_short(total.mass));
    return 0;
  });
}
