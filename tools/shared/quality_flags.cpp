#include "shared/quality_flags.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "core/error.hpp"

namespace instar::tools {
namespace {

/// Names that start with the prefix, in capitals or not (MT-CO1 of man, mt-Co1 of the mouse).
std::vector<bool> starting_with(const std::vector<std::string>& names, const std::string& prefix) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
  };
  std::vector<bool> marks;
  for (const std::string& name : names)
    marks.push_back(name.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), name.begin(), same));
  return marks;
}

std::vector<double> truths(const io::H5adFile& file, const std::string& key) {
  const io::Column column = file.obs(key);
  bool good = column.kind == io::Column::Kind::boolean || column.kind == io::Column::Kind::number;
  for (const double value : column.numbers) good = good && (value == 0 || value == 1);
  if (!good)
    throw DataError({file.path(), "obs/" + key}, "expected a column of true and false (or 1 and 0) without gaps");
  return column.numbers;
}

std::vector<double> kept(const std::vector<double>& all, const std::vector<bool>& keep) {
  std::vector<double> values;
  for (std::size_t i = 0; i < keep.size(); ++i)
    if (keep[i]) values.push_back(all[i]);
  return values;
}

std::vector<double> logs(std::vector<double> values) {
  for (double& value : values) value = std::log1p(value);
  return values;
}

void write_of_genes(io::H5adWriter& writer, const prep::Quality& measured, const prep::Selection& selection) {
  const auto set = [&](const std::string& name, const std::vector<double>& values) {
    writer.set_var(name, io::Column::of_numbers(values));
  };
  const auto all_cells = static_cast<double>(measured.total_of_cell.size());
  const auto cells = kept(measured.cells_of_gene, selection.keep_genes);
  const auto totals = kept(measured.total_of_gene, selection.keep_genes);
  std::vector<double> means, dropouts;
  for (const double total : totals) means.push_back(total / all_cells);
  for (const double count : cells) dropouts.push_back((1 - count / all_cells) * 100);
  writer.set_var("n_cells_by_counts", io::Column::of_numbers(cells, "int64"));
  set("mean_counts", means);
  set("log1p_mean_counts", logs(means));
  set("pct_dropout_by_counts", dropouts);
  set("total_counts", totals);
  set("log1p_total_counts", logs(totals));
}

}  // namespace

void add_quality_flags(cli::Command& command, QualityFlags& flags) {
  command.option("--max-mito", flags.max_mito, "F",
                 "leave out cells with more than this fraction of their counts in mitochondrial genes");
  command.option("--mito-prefix", flags.mito_prefix, "TEXT",
                 "mitochondrial genes are those whose names start so, in capitals or not");
  command.option("--keep-cells", flags.keep_key, "KEY", "keep only the cells true in this column of obs");
  command.option("--drop-cells", flags.drop_key, "KEY",
                 "leave out the cells for which this column of obs is true (predicted doublets)");
  command.flag("--qc", flags.write, "write the quality of cells and genes, before any is left out, to obs and var");
}

CellQuality apply_quality(const io::H5adFile& file, const io::MatrixName& matrix, core::RowBlocks& counts,
                          const QualityFlags& flags, prep::PrepOptions& options, core::Reporter& reporter) {
  if (flags.max_mito && !(*flags.max_mito > 0 && *flags.max_mito <= 1))
    throw UsageError("--max-mito: expected a fraction above 0 and at most 1");
  CellQuality quality;
  if (flags.write || flags.max_mito) {
    const bool raw = matrix.slot == io::MatrixName::Slot::raw;
    quality.mitochondrial = starting_with(raw ? file.raw_var_names() : file.var_names(), flags.mito_prefix);
    const bool none = std::count(quality.mitochondrial.begin(), quality.mitochondrial.end(), true) == 0;
    if (none && flags.max_mito)
      throw DataError({file.path(), raw ? "raw/var" : "var"}, "no gene's name starts with '" + flags.mito_prefix + "'",
                      "say how mitochondrial genes are named here (--mito-prefix)");
    quality.measured = prep::measure_quality(counts, quality.mitochondrial, reporter);
    if (none) quality.mitochondrial.clear();
  }
  std::vector<bool> stay(static_cast<std::size_t>(file.n_obs()), true);
  const auto leave_out = [&](const std::string& key, double unwanted) {
    if (key.empty()) return;
    const std::vector<double> values = truths(file, key);
    for (std::size_t i = 0; i < stay.size(); ++i)
      if (values[i] == unwanted) stay[i] = false;
  };
  leave_out(flags.keep_key, 0);
  leave_out(flags.drop_key, 1);
  for (std::size_t i = 0; flags.max_mito && i < stay.size(); ++i)
    if (quality.measured->marked_percent(static_cast<Index>(i)) > 100 * *flags.max_mito) stay[i] = false;
  options.may_stay = std::move(stay);
  return quality;
}

void write_quality(io::H5adWriter& writer, const CellQuality& quality, const prep::Selection& selection) {
  const prep::Quality& measured = *quality.measured;
  const auto set = [&](const std::string& name, const std::vector<double>& values, const std::string& dtype) {
    writer.set_obs(name, io::Column::of_numbers(values, dtype));
  };
  const auto genes = kept(measured.genes_of_cell, selection.keep_cells);
  const auto totals = kept(measured.total_of_cell, selection.keep_cells);
  set("n_genes_by_counts", genes, "int64");
  set("log1p_n_genes_by_counts", logs(genes), "float64");
  set("total_counts", totals, "float32");
  set("log1p_total_counts", logs(totals), "float32");
  for (std::size_t k = 0; k < prep::kTopGenes.size(); ++k)
    if (!measured.top_of_cell[k].empty())
      set("pct_counts_in_top_" + std::to_string(prep::kTopGenes[k]) + "_genes",
          kept(measured.top_of_cell[k], selection.keep_cells), "float64");
  write_of_genes(writer, measured, selection);
  if (quality.mitochondrial.empty()) return;
  const auto marked = kept(measured.marked_of_cell, selection.keep_cells);
  std::vector<double> percent;
  for (std::size_t i = 0; i < marked.size(); ++i) percent.push_back(marked[i] / totals[i] * 100);
  set("total_counts_mt", marked, "float32");
  set("log1p_total_counts_mt", logs(marked), "float32");
  set("pct_counts_mt", percent, "float32");
  std::vector<bool> mitochondrial;
  for (std::size_t g = 0; g < selection.keep_genes.size(); ++g)
    if (selection.keep_genes[g]) mitochondrial.push_back(quality.mitochondrial[g]);
  writer.set_var("mt", io::Column::of_booleans(mitochondrial));
}

}  // namespace instar::tools
