// Makes time courses whose velocity and growth are known, with their truth.
#include <cmath>

#include "cli/command.hpp"
#include "core/error.hpp"
#include "core/time_label.hpp"
#include "shared/simulation_file.hpp"
#include "sim/bifurcation.hpp"
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

struct Flags {
  std::string model, output, sampling = "auto";
  sim::SnapshotPlan plan;
  sim::BifurcationOptions fork;
  sim::ThreeGeneOptions toggle;
  sim::GaussianOptions gauss;
  sim::HydrogenOptions atom;
  sim::MoonsOptions crescents;
  std::vector<core::TimeLabel> times;
  sim::ExpressionOptions expression;
  double genes = static_cast<double>(expression.genes), dims = static_cast<double>(gauss.dims);
  std::int64_t cells = plan.cells;
};

std::vector<Parameter> parameters_of(Flags& flags) {
  return {
      {"--genes", "G", "number of genes", {{"bifurcation", &flags.genes}}, true},
      {"--depth", "N", "mean number of molecules counted in a cell", {{"bifurcation", &flags.expression.depth}}},
      {"--depth-spread",
       "S",
       "deviation of the logarithm of depths",
       {{"bifurcation", &flags.expression.depth_spread}}},
      {"--dispersion", "A", "variance of a count is mean + A mean^2", {{"bifurcation", &flags.expression.dispersion}}},
      {"--birth",
       "R",
       "rate of division where it is highest",
       {{"bifurcation", &flags.fork.birth}, {"three-gene", &flags.toggle.birth}}},
      {"--death",
       "R",
       "rate of death where it is highest",
       {{"bifurcation", &flags.fork.death}, {"three-gene", &flags.toggle.death}}},
      {"--noise",
       "S",
       "random motion, deviation per square root of time",
       {{"bifurcation", &flags.fork.noise}, {"three-gene", &flags.toggle.noise}}},
      {"--speed",
       "V",
       "distance per unit of time",
       {{"bifurcation", &flags.fork.speed}, {"gaussian", &flags.gauss.speed}}},
      {"--dims", "D", "number of dimensions", {{"gaussian", &flags.dims}}, true},
      {"--growth", "R", "rate of growth", {{"gaussian", &flags.gauss.growth}}},
      {"--dilation", "A", "rate at which distances from the centre grow", {{"gaussian", &flags.gauss.dilation}}},
      {"--deviation", "S", "standard deviation at time 0", {{"gaussian", &flags.gauss.deviation}}},
      {"--scatter", "S", "standard deviation around the half circles", {{"moons", &flags.crescents.scatter}}},
  };
}

void add_flags(cli::Command& command, Flags& flags, std::vector<Parameter>& parameters) {
  command.choice("MODEL", flags.model,
                 {{"bifurcation", "counts of cells in a valley that bends, forks and grows unevenly"},
                  {"three-gene", "a toggle switch of genes, dividing with x2^2/(1+x2^2); X holds the concentrations"},
                  {"gaussian", "a cloud that moves, widens and grows in closed form; X holds the coordinates"},
                  {"hydrogen", "an atom in two states at once; X holds positions, for fit --path snapshots"},
                  {"moons", "noise, then two half circles; X holds points, for generation"}},
                 "what is simulated");
  command.output(flags.output, "OUT.h5ad");
  command.section("Sampling");
  command.option("--cells", flags.cells, "N", "cells in all");
  command.at_least("--cells", 1);
  command.times("--times", flags.times,
                "when cells are observed (hydrogen 101 times from 0 to 88.656, moons 0,1, others 0,1,2,3,4)");
  command.choice("--sampling", flags.sampling,
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
}

/// Hands what was given to the models.
void resolve(Flags& flags, const cli::Context& context) {
  sim::SnapshotPlan& plan = flags.plan;
  const auto times = core::times_in_unit("--times", flags.times, "", "a simulation");
  if (!times.empty())
    plan.times = times;
  else if (flags.model == "hydrogen")
    plan.times = sim::hydrogen_times();
  else if (flags.model == "moons")
    plan.times = {0, 1};
  plan.cells = flags.cells;
  plan.seed = static_cast<std::uint64_t>(context.common.seed);
  const bool equal = flags.sampling == "equal" || (flags.sampling == "auto" && flags.model == "bifurcation");
  plan.sampling = equal ? sim::Sampling::equal : sim::Sampling::population;
  flags.fork.plan = flags.toggle.plan = flags.gauss.plan = flags.atom.plan = flags.crescents.plan = plan;
  flags.gauss.dims = static_cast<Index>(flags.dims);
  flags.expression.genes = static_cast<Index>(flags.genes);
  flags.expression.seed = plan.seed;
  flags.expression.validate();
}

sim::Simulation simulated(const Flags& flags) {
  if (flags.model == "bifurcation") return sim::bifurcation(flags.fork);
  if (flags.model == "three-gene") return sim::three_gene(flags.toggle);
  if (flags.model == "hydrogen") return sim::hydrogen(flags.atom);
  if (flags.model == "moons") return sim::moons(flags.crescents);
  return sim::gaussian(flags.gauss);
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  std::vector<Parameter> parameters = parameters_of(flags);
  cli::Command command("instar-simulate");
  command.describe(
      "Simulates cells observed at several times, none of them twice, and writes what is true of each: obs[time], "
      "obs[growth_true] (birth less death per unit of time), obsm[X_latent] and obsm[velocity_true] (state and drift, "
      "where it is known), "
      "obs[lineage] where there is one, uns[population] (size at each time relative to the first).");
  add_flags(command, flags, parameters);
  return command.run(argc, argv, [&](cli::Context& context) {
    for (const Parameter& p : parameters) p.apply(flags.model);
    resolve(flags, context);
    tools::write_simulation(flags.output, simulated(flags), flags.model == "bifurcation" ? &flags.expression : nullptr,
                            context);
    return 0;
  });
}
