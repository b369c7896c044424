// instar-annotate: what a fitted model says of every observed cell.
#include "am/predict.hpp"
#include "cli/command.hpp"
#include "core/error.hpp"
#include "core/time_label.hpp"
#include "math/decode.hpp"
#include "shared/annotation.hpp"
#include "shared/embedding.hpp"
#include "shared/fit_flags.hpp"
#include "shared/naming.hpp"
#include "shared/provenance.hpp"

using namespace instar;

int main(int argc, char** argv) {
  std::string model_path;
  tools::EmbeddingRequest request;
  std::string output;
  bool genes = false;
  bool extrapolate = false;

  cli::Command command("instar-annotate");
  command.describe(
      "Copies INPUT and adds, for every cell at its own time, obs[growth_rate] (per unit of time), obs[potential] and "
      "obsm[velocity_<basis>], named as scVelo and CellRank read them. Cells without a time, and cells outside the "
      "fitted times, get NaN.");
  command.input(model_path, "MODEL", "model written by instar-fit");
  command.input(request.input, "INPUT", "h5ad file, or - for standard input");
  command.output(output, "OUT.h5ad");
  command.output_may_replace(request.input);
  command.option("-t,--time-key", request.time_key, "KEY", "column of obs that holds the time; not given: the model's");
  command.flag("--genes", genes,
               "add what scVelo reads: layers[velocity] in gene space, layers[Ms], the expression it belongs to, and "
               "var[velocity_genes] (NaN for genes without loadings)");
  command.flag("--extrapolate", extrapolate, "annotate cells outside the fitted times too");
  command.with_threads();
  command.with_provenance();
  command.example("instar annotate model.instar pca.h5ad -o annotated.h5ad",
                  "growth, potential and velocity of every cell");

  return command.run(argc, argv, [&](cli::Context& context) {
    const am::Model model = tools::read_model(model_path);
    tools::use_model(request, model);
    request.drop_missing_times = true;
    const tools::Embedding embedding = tools::read_embedding(request, context.reporter);
    am::warn_of_strangers(model, embedding.snapshots, context.reporter);
    const tools::Annotation annotation = tools::annotate(model, embedding.snapshots, extrapolate);
    if (annotation.outside > 0)
      context.reporter.warning(std::to_string(annotation.outside) + " cells lie outside the fitted times, " +
                               core::format_number(model.times.front()) + " to " +
                               core::format_number(model.times.back()) +
                               ", and get NaN; --extrapolate annotates them too");
    std::optional<tools::Decoder> decoder;
    if (genes) decoder = tools::read_decoder(embedding.file, model.basis, model.dims());
    for (const std::string& layer : embedding.file.layers())
      if (genes && (layer == "Ms" || layer == "velocity"))
        context.reporter.warning("layers[" + layer + "] of INPUT is replaced");
    io::H5adWriter writer(output, embedding.file, context.reporter);
    const auto numbers = [](const Vector& values) {
      return io::Column::of_numbers(std::vector<double>(values.data(), values.data() + values.size()));
    };
    writer.set_obs("growth_rate", numbers(annotation.values.growth));
    writer.set_obs("potential", numbers(annotation.values.potential));
    if (model.ensemble > 1) {
      writer.set_obs("growth_rate_sd", numbers(annotation.values.growth_spread));
      writer.set_obs("velocity_sd", numbers(annotation.values.velocity_spread));
    }
    writer.set_obsm(tools::velocity_key(model.basis),
                    tools::as_wide_as_basis(annotation.values.velocity, embedding.file, model.basis));
    if (decoder)
      tools::write_gene_layers(writer, embedding.snapshots.coordinates, annotation.values.velocity, *decoder);
    if (!context.common.no_provenance)
      writer.add_provenance("instar-annotate", tools::provenance(context, embedding.file.digest()));
    writer.commit();
    context.reporter.info("growth, potential and velocity of " + std::to_string(annotation.values.potential.size()) +
                          " cells" + (genes ? ", velocity and expression of genes" : "") + " written to " +
                          tools::told(output));
    return 0;
  });
}
