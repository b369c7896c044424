// instar-drivers: genes that the fitted velocity changes most, and genes that go with growth.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "am/drivers.hpp"
#include "am/predict.hpp"
#include "cli/command.hpp"
#include "core/error.hpp"
#include "core/time_label.hpp"
#include "io/output.hpp"
#include "shared/annotation.hpp"
#include "shared/cell_subset.hpp"
#include "shared/driver_input.hpp"
#include "shared/embedding.hpp"
#include "shared/fit_cells.hpp"
#include "shared/fitted_model.hpp"
#include "shared/naming.hpp"
#include "shared/score_input.hpp"

using namespace instar;

namespace {

struct Flags {
  std::string model;
  tools::EmbeddingRequest embedding;
  std::string output;
  std::string lineage;
  std::string predictions;
  std::optional<std::string> from, to;
  std::string layer;
  std::string sort = "change";
  am::DriverOptions options;
};

void add_flags(cli::Command& command, Flags& flags) {
  command.input(flags.model, "MODEL", "model written by instar-fit");
  command.input(flags.embedding.input, "INPUT",
                "h5ad file with the cells and their expression, or - for standard input");
  command.output(flags.output, "OUT.tsv", "table of genes, or - for standard output");
  command.option("-t,--time-key", flags.embedding.time_key, "KEY",
                 "column of obs that holds the time; not given: the model's");
  command.option("--layer", flags.layer, "NAME", "expression in this layer; empty: in X");
  command.flag("--drop-missing-times", flags.embedding.drop_missing_times, "leave cells without a time out");
  command.section("Which change");
  command.option("--lineage", flags.lineage, "COLUMN=VALUE",
                 "only cells that have this in obs (predicted ones: that start from such a cell); empty: all");
  command.option(
      "--predictions", flags.predictions, "P.h5ad",
      "along trajectories that instar-predict wrote from INPUT, with their weights; empty: at observed cells");
  command.option("--from", flags.from, "T", "start of the interval; not given: the first fitted time");
  command.option("--to", flags.to, "T", "end of the interval; not given: the last fitted time");
  command.section("Table");
  command.choice("--sort", flags.sort,
                 {{"change", "largest change first, up or down"}, {"growth", "highest correlation with growth first"}},
                 "order of the genes");
  command.option("--permutations", flags.options.permutations, "N", "shuffles for the p-values; 0: none");
  command.at_least("--permutations", 0);
  command.with_threads();
  command.with_seed();
  command.example("instar drivers model.instar pca.h5ad -o drivers.tsv --lineage \"lineage=branch A\" --from 2",
                  "what changes in one lineage after time 2");
  command.example("instar drivers model.instar pca.h5ad -o - --sort growth | head", "genes of the cells that divide");
}

/// Groups of cells without those that are not wanted.
std::vector<std::vector<Index>> only(const std::vector<std::vector<Index>>& groups, const std::vector<bool>& wanted) {
  auto kept = groups;
  for (auto& group : kept)
    group.erase(
        std::remove_if(group.begin(), group.end(), [&](Index i) { return !wanted[static_cast<std::size_t>(i)]; }),
        group.end());
  return kept;
}

/// Mean velocities along predicted trajectories.
am::MeanVelocities along_predictions(const Flags& flags, const am::Model& model, const std::vector<bool>& wanted) {
  const io::H5adFile file(flags.predictions);
  const auto cells = tools::read_score_input(file, model.basis, tools::predicted_time_key(file, ""), true);
  const std::string key = tools::velocity_key(model.basis);
  if (!file.has_obsm(key) || !file.has_obs("origin"))
    throw DataError({file.path()}, "expected obsm/" + key + " and obs/origin, which instar-predict writes");
  const Matrix velocity = file.obsm(key);
  if (velocity.cols() != model.dims())
    throw DataError({file.path(), "obsm/" + key}, "expected " + std::to_string(model.dims()) +
                                                      " dimensions, as the model has, found " +
                                                      std::to_string(velocity.cols()));
  std::vector<bool> of_wanted;
  for (const double origin : file.obs("origin").numbers) {
    if (!(origin >= 0 && origin < static_cast<double>(wanted.size())))
      throw DataError({file.path(), "obs/origin"}, "expected rows of INPUT",
                      "name the file that the cells started from");
    of_wanted.push_back(wanted[static_cast<std::size_t>(origin)]);
  }
  return am::mean_velocities(cells.snapshots.times, only(cells.snapshots.cells, of_wanted), velocity, cells.weights);
}

std::string table_of(const am::Drivers& drivers, const std::vector<std::string>& genes, bool by_growth) {
  std::vector<std::size_t> order(genes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto rank = [&](std::size_t g) {  // genes without a value come last
    const double value =
        by_growth ? drivers.growth(static_cast<Index>(g)) : std::abs(drivers.change(static_cast<Index>(g)));
    return std::isnan(value) ? -2.0 : value;
  };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return rank(a) > rank(b); });
  std::string text = "gene\tmean\tchange\teffect\tchange_p\tchange_q\tgrowth_correlation\tgrowth_p\tgrowth_q\n";
  for (const std::size_t g : order) {
    text += genes[g];
    for (const Vector* column : {&drivers.mean, &drivers.change, &drivers.effect, &drivers.change_p, &drivers.change_q,
                                 &drivers.growth, &drivers.growth_p, &drivers.growth_q})
      text += '\t' + core::format_number((*column)(static_cast<Index>(g)));
    text += '\n';
  }
  return text;
}

int run(Flags& flags, cli::Context& context) {
  const tools::FittedModel fitted = tools::read_model(flags.model);
  const am::Model& model = fitted.model;
  if (flags.sort == "growth" && !model.has_growth())
    throw UsageError("--sort growth: the model was fitted without growth (--method " + model.method + ")");
  tools::use_model(flags.embedding, model);
  const tools::Embedding embedding = tools::read_embedding(flags.embedding, context.reporter);
  const core::Snapshots& cells = embedding.snapshots;
  tools::warn_of_other_coordinates(fitted, embedding.file, cells, context.reporter);
  const auto expression = tools::expression_of(embedding.file, flags.layer);
  io::AtomicOutput output(flags.output);
  const auto all = static_cast<std::size_t>(cells.coordinates.rows());
  const std::vector<bool> wanted =
      flags.lineage.empty() ? std::vector<bool>(all, true) : tools::cells_where(embedding.file, flags.lineage);
  const std::string& unit = model.time_unit_name.empty() ? embedding.times.unit : model.time_unit_name;
  const auto interval = tools::interval_of(flags.from, flags.to, model.times, unit,
                                           tools::place_of_times(embedding.file.path(), embedding.times.key));
  const double from = interval.first, to = interval.second;

  const am::FieldValues values = tools::annotate(model, cells, false).values;
  am::DriverCells held{cells.coordinates, {}, {}, cells.cell_times};
  const auto mean = flags.predictions.empty()
                        ? am::mean_velocities(cells.times, only(cells.cells, wanted), values.velocity, {})
                        : along_predictions(flags, model, wanted);
  held.displacement = tools::naming({embedding.file.path()}, [&] { return am::displacement(mean, from, to); });
  for (std::size_t i = 0; i < all; ++i) {
    const auto row = static_cast<Index>(i);
    // Cells outside the fitted times are none that the model speaks of.
    if (!std::isfinite(values.potential(row))) held.coordinates.row(row).setConstant(std::nan(""));
    const bool counts = model.has_growth() && wanted[i] && cells.cell_times[i] >= from && cells.cell_times[i] <= to;
    held.growth.push_back(counts ? values.growth(row) : std::nan(""));
  }
  flags.options.seed = static_cast<std::uint64_t>(context.common.seed);
  const am::Drivers drivers =
      tools::naming({embedding.file.path()}, [&] { return am::find_drivers(*expression, held, flags.options); });
  output.write(table_of(drivers, embedding.file.var_names(), flags.sort == "growth"));
  output.commit();
  context.reporter.info("from " + core::format_number(from) + " to " + core::format_number(to) + ": " +
                        std::to_string(drivers.mean.size()) + " genes, decoded from " + std::to_string(drivers.cells) +
                        " cells, held against the growth of " + std::to_string(drivers.growth_cells));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  cli::Command command("instar-drivers");
  command.describe(
      "Ranks genes by how much the fitted velocity changes them from one time to another: the mean velocity of the "
      "cells "
      "is integrated over the interval, and what that displacement means for a gene is read off its slopes on the "
      "model's coordinates (for principal components: its loadings). effect is the change in standard deviations of "
      "the gene. change_p: the gene's values are shuffled among all cells, as if they had nothing to do with where a "
      "cell is.");
  command.describe(
      "growth_correlation is among cells of the same time, in the lineage and interval; growth_p shuffles within "
      "times. p counts shuffles at least as large in absolute value; q are false discovery rates over the genes "
      "(Benjamini and Hochberg). nan: of a gene that does not vary, where no cell has a growth rate, or with "
      "--permutations 0.");
  add_flags(command, flags);
  return command.run(argc, argv, [&](cli::Context& context) { return run(flags, context); });
}
