#include "shared/simulation_file.hpp"

#include <cmath>

#include "io/h5ad.hpp"
#include "shared/naming.hpp"
#include "shared/provenance.hpp"

namespace instar::tools {
namespace {

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

}  // namespace

void write_simulation(const std::string& output, const sim::Simulation& made, const sim::ExpressionOptions* expression,
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
  if (!context.common.no_provenance) writer.add_provenance("instar-simulate", provenance(context));
  writer.commit();
  context.reporter.info(std::to_string(made.state.rows()) + " cells at " + std::to_string(made.times.size()) +
                        " times written to " + told(output));
}

}  // namespace instar::tools
