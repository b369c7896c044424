#include "shared/prep_flags.hpp"

#include <charconv>
#include <cmath>

#include "core/error.hpp"
#include "core/format.hpp"
#include "io/spooled_rows.hpp"
#include "shared/naming.hpp"

namespace instar::tools {
namespace {

std::optional<double> parse_target(const std::string& word) {
  if (word == "median") return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size() || !(value > 0) || !std::isfinite(value))
    throw UsageError("--target-sum: expected a positive number or median, found '" + word + "'");
  return value;
}

}  // namespace

std::vector<std::string> add_prep_flags(cli::Command& command, PrepFlags& flags) {
  command.section("Cells and genes");
  command.option("--min-genes", flags.min_genes, "N", "leave out cells with fewer genes than N");
  command.option("--min-cells", flags.min_cells, "N", "leave out genes seen in fewer cells than N");
  command.at_least("--min-genes", 0);
  command.at_least("--min-cells", 0);
  add_quality_flags(command, flags.quality);
  command.section("Normalisation");
  command.option("--target-sum", flags.target_sum, "X|median",
                 "scale every cell to this total, or to the median of totals");
  command.flag("--no-log1p", flags.no_log1p, "do not take log(1 + x)");
  command.flag("--no-compression", flags.no_compression, "write X as scanpy does: faster, but large");
  add_variable_flags(command, flags.variable);
  return {"--min-genes", "--min-cells",  "--max-mito", "--mito-prefix",    "--keep-cells", "--drop-cells",
          "--qc",        "--target-sum", "--no-log1p", "--no-compression", "--hvg",        "--hvg-flavor",
          "--batch-key", "--min-mean",   "--max-mean", "--min-disp",       "--max-disp"};
}

Counts open_counts(const io::H5adFile& file, const io::MatrixName& name, const PrepFlags& flags,
                   const HeldOutFlags& held_out, core::Reporter& reporter) {
  Counts counts;
  prep::PrepOptions& options = counts.options;
  options.min_genes = flags.min_genes;
  options.min_cells = flags.min_cells;
  options.target_sum = parse_target(flags.target_sum);
  options.log1p = !flags.no_log1p;
  counts.variable = variable_options(flags.variable);
  if (counts.variable) options.moments = prep::moments_of(counts.variable->flavor);
  counts.name = name;
  counts.rows = std::make_unique<io::SpooledRows>(file.matrix(name), reporter);
  options.fit_rows = fit_cells(file, held_out.time_key, held_out.excluded, reporter);
  options.batches = cell_batches(file, flags.variable.batch_key, reporter);
  counts.quality = naming({file.path(), name.path()},
                          [&] { return apply_quality(file, name, *counts.rows, flags.quality, options, reporter); });
  return counts;
}

void write_prepared(io::H5adWriter& writer, const PrepFlags& flags, const Counts& counts,
                    const prep::Selection& selection, const std::optional<prep::VariableGenes>& genes) {
  if (genes) write_variable_genes(writer, *genes, flags.variable.flavor);
  if (flags.quality.write) write_quality(writer, counts.quality, selection);
  // So that later cells can be brought to the same scale.
  writer.set_uns("instar.target_sum", selection.target_sum);
}

void write_log_base(io::H5adWriter& writer, const prep::PrepOptions& options) {
  // scanpy stores no base for the natural logarithm, as a null that older versions cannot read; e says the same to all.
  if (options.log1p) writer.set_uns("log1p.base", std::exp(1.0));
}

namespace {

/// A total for people: four digits, and of large ones all before the point.
std::string of_people(double total) {
  constexpr double kLarge = 1000;
  return total < kLarge ? core::format_short(total) : core::format_number(std::round(10 * total) / 10);
}

}  // namespace

std::string summary(const Counts& counts, const prep::Selection& selection,
                    const std::optional<prep::VariableGenes>& genes) {
  return std::to_string(selection.cells) + " of " + std::to_string(counts.rows->rows()) + " cells, " +
         std::to_string(selection.genes) + " of " + std::to_string(counts.rows->cols()) + " genes" +
         (genes ? ", " + std::to_string(genes->selected) + " of them highly variable" : "") + "; cells scaled to " +
         of_people(selection.target_sum);
}

}  // namespace instar::tools
