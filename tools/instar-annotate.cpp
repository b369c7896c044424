// instar-annotate: what a fitted model says of every observed cell.
#include "am/predict.hpp"
#include "cli/command.hpp"
#include "core/error.hpp"
#include "core/time_label.hpp"
#include "math/decode.hpp"
#include "shared/annotation.hpp"
#include "shared/embedding.hpp"
#include "shared/fit_flags.hpp"
#include "shared/fitted_model.hpp"
#include "shared/naming.hpp"
#include "shared/provenance.hpp"

using namespace instar;

namespace {

struct Flags {
  std::string model;
  tools::EmbeddingRequest embedding;
  std::string output;
  bool genes = false;
  bool extrapolate = false;
};

void add_flags(cli::Command& command, Flags& flags) {
  command.input(flags.model, "MODEL", "model written by instar-fit");
  command.input(flags.embedding.input, "INPUT", "h5ad file, or - for standard input");
  command.output(flags.output, "OUT.h5ad");
  command.output_may_replace(flags.embedding.input);
  command.option("-t,--time-key", flags.embedding.time_key, "KEY",
                 "column of obs that holds the time; not given: the model's");
  command.flag("--genes", flags.genes,
               "add what scVelo reads: layers[velocity] in gene space, layers[Ms], the expression it belongs to, and "
               "var[velocity_genes]; genes not chosen for the components have no loadings, and NaN in both layers");
  command.flag("--extrapolate", flags.extrapolate, "annotate cells outside the fitted times too");
  command.with_threads();
  command.with_provenance();
  command.example("instar annotate model.instar pca.h5ad -o annotated.h5ad",
                  "growth, potential and velocity of every cell");
}

void warn_of_outside(Index outside, const am::Model& model, core::Reporter& reporter) {
  if (outside > 0)
    reporter.warning(std::to_string(outside) + " cells lie outside the fitted times, " +
                     core::format_number(model.times.front()) + " to " + core::format_number(model.times.back()) +
                     ", and get NaN; --extrapolate annotates them too");
}

void set_values(io::H5adWriter& writer, const am::FieldValues& values, const am::Model& model,
                const io::H5adFile& input) {
  const auto numbers = [](const Vector& column) {
    return io::Column::of_numbers(std::vector<double>(column.data(), column.data() + column.size()));
  };
  writer.set_obs("growth_rate", numbers(values.growth));
  writer.set_obs("potential", numbers(values.potential));
  if (model.ensemble > 1) {
    writer.set_obs("growth_rate_sd", numbers(values.growth_spread));
    writer.set_obs("velocity_sd", numbers(values.velocity_spread));
  }
  writer.set_obsm(tools::velocity_key(model.basis), tools::as_wide_as_basis(values.velocity, input, model.basis));
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  cli::Command command("instar-annotate");
  command.describe(
      "Copies INPUT and adds, for every cell at its own time, obs[growth_rate] (per unit of time), obs[potential] and "
      "obsm[velocity_<basis>], named as scVelo and CellRank read them. Cells without a time, and cells outside the "
      "fitted times, get NaN.");
  add_flags(command, flags);

  return command.run(argc, argv, [&](cli::Context& context) {
    const tools::FittedModel fitted = tools::read_model(flags.model);
    const am::Model& model = fitted.model;
    tools::use_model(flags.embedding, model);
    flags.embedding.drop_missing_times = true;
    const tools::Embedding embedding = tools::read_embedding(flags.embedding, context.reporter);
    std::optional<tools::Decoder> decoder;
    if (flags.genes) decoder = tools::decoder_of(fitted, embedding.file);
    tools::warn_of_other_coordinates(fitted, embedding.file, embedding.snapshots, context.reporter);
    const tools::Annotation annotation = tools::annotate(model, embedding.snapshots, flags.extrapolate);
    warn_of_outside(annotation.outside, model, context.reporter);
    for (const std::string& layer : embedding.file.layers())
      if (flags.genes && (layer == "Ms" || layer == "velocity"))
        context.reporter.warning("layers[" + layer + "] of INPUT is replaced");
    io::H5adWriter writer(flags.output, embedding.file, context.reporter);
    set_values(writer, annotation.values, model, embedding.file);
    if (decoder)
      tools::write_gene_layers(writer, embedding.snapshots.coordinates, annotation.values.velocity, *decoder);
    if (!context.common.no_provenance)
      writer.add_provenance("instar-annotate", tools::provenance(context, embedding.file.digest()));
    writer.commit();
    context.reporter.info("growth, potential and velocity of " + std::to_string(annotation.values.potential.size()) +
                          " cells" + (flags.genes ? ", velocity and expression of genes" : "") + " written to " +
                          tools::told(flags.output));
    return 0;
  });
}
