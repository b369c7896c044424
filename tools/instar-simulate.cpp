// Makes time courses whose velocity and growth are known, with their truth.
#include <cmath>

#include "cli/command.hpp"
#include "core/error.hpp"
#include "core/time_label.hpp"
#include "io/h5ad.hpp"
#include "shared/provenance.hpp"
#include "sim/bifurcation.hpp"
#include "sim/expression.hpp"
#include "sim/gaussian.hpp"
#include "sim/hydrogen.hpp"
#include "sim/moons.hpp"
#include "sim/three_gene.hpp"

namespace {

using namespace instar;

/// An option that only some models have: where its value goes in each of them.
struct Parameter {
  std::string flag, placeholder, help;
  std::vector<std::pair<std::string, double*>> targets;  ///< model, and the variable there
  bool whole = false;
  std::optional<double> given = {};

  /// The help, with the defaults of the models that have it.
  std::string described() const {
    std::string defaults;
    for (const auto& [model, target] : targets) {
      defaults += (defaults.empty() ? "" : ", ") + model + " " + core::format_number(*target);
    }
    return help + " (" + defaults + ")";
  }
  /// @throws UsageError where it was given to a model that does not have it
  void apply(const std::string& chosen) const {
    if (!given) return;
    if (whole && *given != std::floor(*given)) throw UsageError(flag + " must be a whole number");
    for (const auto& [model, target] : targets) {
      if (model == chosen) {
        *target = *given;
        return;
      }
    }
    throw UsageError(flag + " is not an option of the model " + chosen);
  }
};

std::vector<std::string> numbered(const std::string& stem, Index count) {
  std::vector<std::string> names;
  for (Index i = 1; i <= count; ++i) names.push_back(stem + std::to_string(i));
  return names;
}

io::Column time_column(const std::vector<double>& times) {
  bool whole = true;
  for (const double t : times) whole = whole && t == std::floor(t) && std::abs(t) < 1e9;
  return io::Column::of_numbers(times, whole ? "int64" : "float64");
}

void write_truth(io::H5adWriter& writer, const sim::Simulation& cells) {
  writer.set_obs("time", time_column(cells.cell_times));
  writer.set_obs("growth_true", io::Column::of_numbers(cells.growth));
  if (!cells.lineages.empty()) {
    writer.set_obs("lineage", io::Column::of_categories(cells.lineage, cells.lineages));
  }
  writer.set_obsm("X_latent", cells.state);
  if (cells.velocity.rows() > 0) writer.set_obsm("velocity_true", cells.velocity);
  writer.set_uns("population", cells.population);
}

void write_counts(io::H5adWriter& writer, sim::CountRows& counts, core::Reporter& reporter) {
  const auto sink = writer.write_matrix({}, counts.rows(), counts.cols(), io::MatrixKind::csr);
  core::RowBlock block;
  while (counts.next(block)) {
    sink->append(block);
    const auto done = static_cast<double>(block.first_row + block.rows());
    reporter.progress("counting molecules", done, static_cast<double>(counts.rows()));
  }
  sink->finish();
}

/// States that are observed as they are: X, and X_pca so that other tools take them without a --basis.
void write_states(io::H5adWriter& writer, const sim::Simulation& cells) {
  writer.set_matrix({}, cells.state.cast<float>());
  writer.set_obsm("X_pca", cells.state);
}

/// @param expression how genes are counted; none: X holds the states
void write(const std::string& output, const sim::Simulation& made, const sim::ExpressionOptions* expression,
           const cli::Context& context) {
  const auto names = expression ? numbered("gene", expression->genes) : numbered("x", made.state.cols());
  io::H5adWriter writer(output, numbered("cell", made.state.rows()), names);
  if (expression) {
    sim::CountRows counts(made.state, *expression);
    write_counts(writer, counts, context.reporter);
  } else {
    write_states(writer, made);
  }
  write_truth(writer, made);
  if (!context.common.no_provenance) writer.add_provenance("instar-simulate", tools::provenance(context));
  writer.commit();
  context.reporter.info(std::to_string(made.state.rows()) + " cells at " + std::to_string(made.times.size()) +
                        " times written to " + output);
}

}  // namespace

int main(int argc, char** argv) {
  std::string model, output, sampling = "auto";
  sim::SnapshotPlan plan;
  sim::BifurcationOptions fork;
  sim::ThreeGeneOptions toggle;
  sim::GaussianOptions gauss;
  sim::HydrogenOptions atom;
  sim::MoonsOptions crescents;
  std::vector<core::TimeLabel> wanted_times;
  sim::ExpressionOptions expression;
  auto genes = static_cast<double>(expression.genes), dims = static_cast<double>(gauss.dims);
  auto cells = static_cast<std::int64_t>(plan.cells);
  std::vector<Parameter> parameters{
      {"--genes", "G", "number of genes", {{"bifurcation", &genes}}, true},
      {"--depth", "N", "mean number of molecules counted in a cell", {{"bifurcation", &expression.depth}}},
      {"--depth-spread", "S", "deviation of the logarithm of depths", {{"bifurcation", &expression.depth_spread}}},
      {"--dispersion", "A", "variance of a count is mean + A mean^2", {{"bifurcation", &expression.dispersion}}},
      {"--birth",
       "R",
       "rate of division where it is highest",
       {{"bifurcation", &fork.birth}, {"three-gene", &toggle.birth}}},
      {"--death",
       "R",
       "rate of death where it is highest",
       {{"bifurcation", &fork.death}, {"three-gene", &toggle.death}}},
      {"--noise",
       "S",
       "random motion, deviation per square root of time",
       {{"bifurcation", &fork.noise}, {"three-gene", &toggle.noise}}},
      {"--speed", "V", "distance per unit of time", {{"bifurcation", &fork.speed}, {"gaussian", &gauss.speed}}},
      {"--dims", "D", "number of dimensions", {{"gaussian", &dims}}, true},
      {"--growth", "R", "rate of growth", {{"gaussian", &gauss.growth}}},
      {"--dilation", "A", "rate at which distances from the centre grow", {{"gaussian", &gauss.dilation}}},
      {"--deviation", "S", "standard deviation at time 0", {{"gaussian", &gauss.deviation}}},
      {"--scatter", "S", "standard deviation around the half circles", {{"moons", &crescents.scatter}}},
  };

  cli::Command command("instar-simulate");
  command.describe(
      "Simulates cells observed at several times, none of them twice, and writes what is true of each: obs[time], "
      "obs[growth_true] (birth less death per unit of time), obsm[X_latent] and obsm[velocity_true] (state and drift, "
      "where it is known), "
      "obs[lineage] where there is one, uns[population] (size at each time relative to the first).");
  command.choice("MODEL", model,
                 {{"bifurcation", "counts of cells in a valley that bends, forks and grows unevenly"},
                  {"three-gene", "a toggle switch of genes, dividing with x2^2/(1+x2^2); X holds the concentrations"},
                  {"gaussian", "a cloud that moves, widens and grows in closed form; X holds the coordinates"},
                  {"hydrogen", "an atom in two states at once; X holds positions, for fit --path snapshots"},
                  {"moons", "noise, then two half circles; X holds points, for generation"}},
                 "what is simulated");
  command.output(output, "OUT.h5ad");
  command.section("Sampling");
  command.option("--cells", cells, "N", "cells in all");
  command.at_least("--cells", 1);
  command.times("--times", wanted_times,
                "when cells are observed (hydrogen 101 times from 0 to 88.656, moons 0,1, others 0,1,2,3,4)");
  command.choice("--sampling", sampling,
                 {{"auto", "equal for bifurcation, population for the others"},
                  {"equal", "as many cells at every time"},
                  {"population", "cell numbers in proportion to the population"}},
                 "how the cells are shared among the times");
  command.section("Model (with the models that have the option, and their defaults)");
  for (Parameter& p : parameters) command.option(p.flag, p.given, p.placeholder, p.described());
  command.example("instar simulate bifurcation -o counts.h5ad --cells 5000", "counts of 5,000 cells at five times");
  command.example("instar simulate gaussian -o cloud.h5ad --dims 2 --growth 0.5", "a growing cloud in the plane");
  command.with_seed();
  command.with_threads();
  command.with_provenance();
  return command.run(argc, argv, [&](cli::Context& context) {
    for (const Parameter& p : parameters) p.apply(model);
    const auto times = core::times_in_unit("--times", wanted_times, "", "a simulation");
    plan.times = !times.empty() ? times : model == "hydrogen" ? sim::hydrogen_times() : plan.times;
    if (times.empty() && model == "moons") plan.times = {0, 1};
    plan.cells = cells;
    plan.seed = static_cast<std::uint64_t>(context.common.seed);
    const bool equal = sampling == "equal" || (sampling == "auto" && model == "bifurcation");
    plan.sampling = equal ? sim::Sampling::equal : sim::Sampling::population;
    fork.plan = toggle.plan = gauss.plan = atom.plan = crescents.plan = plan;
    gauss.dims = static_cast<Index>(dims);
    expression.genes = static_cast<Index>(genes);
    expression.seed = plan.seed;
    expression.validate();

    const sim::Simulation made = model == "bifurcation"  ? sim::bifurcation(fork)
                                 : model == "three-gene" ? sim::three_gene(toggle)
                                 : model == "hydrogen"   ? sim::hydrogen(atom)
                                 : model == "moons"      ? sim::moons(crescents)
                                                         : sim::gaussian(gauss);
    write(output, made, model == "bifurcation" ? &expression : nullptr, context);
    return 0;
  });
}
