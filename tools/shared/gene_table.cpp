#include "shared/gene_table.hpp"

#include "core/format.hpp"
#include "io/output.hpp"
#include "math/column_moments_by_group.hpp"
#include "shared/naming.hpp"

namespace instar::tools {

GeneTable::GeneTable(std::string path, const FittedModel& fitted, const Embedding& embedding)
    : path_(std::move(path)), embedding_(embedding) {
  io::check_writable(path_);  // before the work, not after it
  const std::vector<std::string> names = embedding.file.var_names();
  const Decoder all = decoder_of(fitted, embedding.file);
  columns_ = genes_with_loadings(all);
  decoder_ = {all.loadings(columns_, Eigen::all), all.mean(columns_)};
  for (const Index column : columns_) genes_.push_back(names[static_cast<std::size_t>(column)]);
}

std::vector<GeneTable::Rows> GeneTable::predicted(const am::Prediction& prediction) const {
  std::vector<Rows> all;
  for (const auto& total : prediction.totals) {
    const Matrix scores = prediction.coordinates.middleRows(total.first_row, total.rows);
    const Vector weights = prediction.weight.segment(total.first_row, total.rows);
    all.push_back({total.time, total.rows, math::decoded_moments(scores, weights, decoder_.loadings, decoder_.mean)});
  }
  return all;
}

std::vector<GeneTable::Rows> GeneTable::observed() const {
  const core::Snapshots& cells = embedding_.snapshots;
  std::vector<Index> group(cells.cell_times.size(), -1);
  for (std::size_t g = 0; g < cells.cells.size(); ++g)
    for (const Index row : cells.cells[g]) group[static_cast<std::size_t>(row)] = static_cast<Index>(g);
  const auto moments = math::column_moments_by_group(*embedding_.file.matrix({}), columns_, group,
                                                     static_cast<Index>(cells.times.size()));
  std::vector<Rows> all;
  for (std::size_t g = 0; g < moments.size(); ++g)
    all.push_back({cells.times[g], static_cast<Index>(cells.cells[g].size()), moments[g]});
  return all;
}

void GeneTable::write(const am::Prediction& prediction, core::Reporter& reporter) const {
  const bool measured = embedding_.file.matrix_info({}).has_value();
  if (!measured)
    reporter.warning(told(path_) + ": " + embedding_.file.path() +
                     " holds no X, so there are no observed means beside those predicted");
  const std::vector<Rows> moving = predicted(prediction), standing = measured ? observed() : std::vector<Rows>{};
  io::AtomicOutput output(path_);
  output.write("gene\ttime\tkind\tcells\tmean\tsd\n");
  for (std::size_t k = 0; k < genes_.size(); ++k) {
    std::string text;
    for (const auto* rows : {&standing, &moving})
      for (const Rows& row : *rows)
        text += genes_[k] + '\t' + core::format_number(row.time) +
                (rows == &standing ? "\tobserved\t" : "\tpredicted\t") + std::to_string(row.cells) + '\t' +
                core::format_number(row.moments.mean(static_cast<Index>(k))) + '\t' +
                core::format_number(row.moments.sd(static_cast<Index>(k))) + '\n';
    output.write(text);
  }
  output.commit();
  reporter.info("means and spread of " + std::to_string(genes_.size()) + " genes written to " + told(path_));
}

}  // namespace instar::tools
