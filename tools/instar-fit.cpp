// instar-fit: learns the action s(t, x) of a time course.
#include <iostream>

#include "am/fit.hpp"
#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/resources.hpp"
#include "core/parallel.hpp"
#include "core/time_label.hpp"
#include "io/json.hpp"
#include "io/output.hpp"
#include "io/record_file.hpp"
#include "nn/mlp.hpp"
#include "shared/fit_flags.hpp"
#include "shared/naming.hpp"
#include "shared/provenance.hpp"
#include "shared/seen_times.hpp"
#include "shared/stored_basis.hpp"
#include "shared/training_session.hpp"

using namespace instar;

namespace {

/// What a fit reports at its end: one line for people, the same as JSON.
struct Report {
  const am::FitResult& result;
  double coupling_seconds;
  double training_seconds;

  std::string line() const {
    const am::Model& model = result.model;
    std::string text = std::to_string(result.steps) + " steps in " + cli::format_seconds(training_seconds) +
                       " (couplings " + cli::format_seconds(coupling_seconds) + "), loss " +
                       core::format_short(result.loss) + ", " + std::to_string(model.parameters.size()) + " parameters";
    if (model.has_growth())
      text += ", growth scale " + core::format_short(model.growth_scale) + " (" + model.growth_scale_rule + ")";
    return text + ", peak memory " + cli::format_bytes(cli::peak_memory_bytes());
  }

  io::Json json() const {
    const am::Model& model = result.model;
    io::Json report = io::Json::object();
    report.set("steps", result.steps).set("seconds", coupling_seconds + training_seconds);
    report.set("coupling_seconds", coupling_seconds).set("training_seconds", training_seconds);
    report.set("loss", result.loss).set("parameters", static_cast<std::int64_t>(model.parameters.size()));
    report.set("growth_scale", model.growth_scale).set("growth_scale_rule", model.growth_scale_rule);
    report.set("times", io::Json::array(model.times)).set("masses", io::Json::array(model.masses));
    report.set("peak_memory_bytes", cli::peak_memory_bytes());
    return report;
  }
};

void print_plan(const tools::StreamedEmbedding& input, const am::FitOptions& options, cli::Context& context) {
  const tools::Embedding& embedding = input.cells;
  const am::FitPlan plan = tools::naming(
      {embedding.file.path()}, [&] { return am::plan_fit(embedding.snapshots, *input.coordinates, options); });
  tools::record_choices(context.options, options, plan.growth_scale);
  io::Json report = io::Json::object();
  report.set("options", io::Json::of(context.options));
  report.set("cells", input.coordinates->rows()).set("dims", embedding.snapshots.dims());
  report.set("times", io::Json::array(plan.times)).set("parameters", plan.parameters);
  report.set("growth_scale_rule", plan.growth_scale_rule);
  report.set("rows_per_step", plan.rows_per_step).set("memory_bytes", plan.memory_bytes);
  if (context.common.json) {
    std::cout << report.text() << '\n';
    return;
  }
  for (const auto& [name, value] : context.options) std::cout << name << '\t' << io::Json::of(value).text(0) << '\n';
  std::cout << "cells\t" << input.coordinates->rows() << "\ntimes\t" << plan.times.size() << "\ngrowth scale rule\t"
            << plan.growth_scale_rule << "\nparameters\t" << plan.parameters << "\nrows per step\t"
            << plan.rows_per_step << "\nmemory\tabout " << cli::format_bytes(plan.memory_bytes) << '\n';
}

struct Flags {
  tools::FitFlags fit;
  tools::TrainingFlags training;
  std::string output;
  bool dry_run = false;
};

void add_flags(cli::Command& command, Flags& flags) {
  command.input(flags.fit.embedding.input, "INPUT",
                "h5ad file with an embedding and a time column, or - for standard input");
  command.output(flags.output, "MODEL.instar");
  flags.fit.add_to(command);
  flags.training.add_to(command);
  command.section("Report");
  command.flag("--dry-run", flags.dry_run, "print resolved options, sizes and the memory estimate, and stop");
  command.with_threads();
  command.with_seed();
  command.with_json();
  command.with_provenance();
  command.example("instar fit pca.h5ad -o model.instar -t time --dims 10 --exclude-times 2",
                  "ten components, without the cells of time 2");
}

/// The couplings, which cannot be resumed.
am::FitProblem coupled(const tools::StreamedEmbedding& input, const am::FitOptions& options, core::Reporter& reporter) {
  const cli::InterruptNote note(
      "instar-fit: interrupted while cells were coupled: nothing was written, and nothing of it can be kept; "
      "the same command starts anew");
  return tools::naming({input.cells.file.path()},
                       [&] { return am::prepare_fit(input.cells.snapshots, *input.coordinates, options, reporter); });
}

void write_model(const std::string& output, am::Model model, const io::H5adFile& input, const cli::Context& context) {
  if (!context.common.no_provenance)
    for (const auto& [name, value] : tools::provenance(context, input.digest()))
      model.facts["provenance." + name] = value;
  core::Record record = am::to_record(model);
  tools::store_basis(record, model, input);
  io::write_record(output, record);
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  cli::Command command("instar-fit");
  command.describe(
      "Fits one scalar field s(t, x), a neural network, to cells observed at several times: its gradient is the cells' "
      "velocity, its value over DELTA squared their growth rate (unbalanced Action Matching). Times left out with "
      "--exclude-times enter nothing, so they can be predicted and scored.");
  command.describe(
      "Which method: uam (with --path wfr, both the default) for cells that divide and die; it needs a growth scale, "
      "which "
      "held-out times choose best. am where growth is nothing or unknown: it only moves cells. eam and ueam where "
      "cells "
      "also diffuse with a known --sigma: they learn the drift alone, and predictions scatter; with --path ot eam "
      "learns the Schroedinger bridge. Which path: wfr or ot between few, distant times; snapshots for a dense series, "
      "which needs no guess of what lies between; linear only to see what the others gain. The estimator follows from "
      "the path. For predicting times that were not measured, --time-smoothness and --ensemble help with any method.");
  add_flags(command, flags);

  return command.run(argc, argv, [&](cli::Context& context) {
    const tools::StreamedEmbedding input = tools::open_embedding(flags.fit.embedding, context.reporter);
    const tools::Embedding& embedding = input.cells;
    tools::detail_times(embedding.times, context.reporter);
    am::FitOptions options = flags.fit.resolve(embedding, context);
    tools::warn_of_seen_times(embedding.file, flags.fit.embedding.basis, options.exclude_times, "", context.reporter);
    if (flags.dry_run) {
      print_plan(input, options, context);
      return 0;
    }
    io::check_writable(flags.output);  // before the work, not after it
    context.reporter.detail("products by " + nn::kernel_description() + ", " + std::to_string(core::threads()) +
                            " threads");
    tools::TrainingSession session(flags.training, context);
    const cli::Stopwatch coupling;
    am::FitProblem problem = coupled(input, options, context.reporter);
    const double coupling_seconds = coupling.seconds();
    tools::record_choices(context.options, options, problem.model.growth_scale);
    problem.model.basis = flags.fit.embedding.basis;
    problem.model.time_key = flags.fit.embedding.time_key;
    problem.model.time_unit_name = embedding.times.unit;
    const cli::Stopwatch training;
    const am::FitResult result = session.run(std::move(problem), options);
    if (!result.finished) return session.leave(result, options);
    const double training_seconds = training.seconds();
    write_model(flags.output, result.model, embedding.file, context);
    const Report report{result, coupling_seconds, training_seconds};
    context.reporter.info(report.line());
    if (context.common.json) std::cout << report.json().text() << '\n';
    return 0;
  });
}
