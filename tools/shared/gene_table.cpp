#include "shared/gene_table.hpp"

#include <cmath>
#include <numeric>

#include "core/format.hpp"
#include "io/output.hpp"
#include "shared/naming.hpp"

namespace instar::tools {

GeneTable::GeneTable(std::string path, const am::Model& model, const Embedding& embedding)
    : path_(std::move(path)), embedding_(embedding) {
  io::check_writable(path_);  // before the work, not after it
  const std::vector<std::string> names = embedding.file.var_names();
  if (model.basis == "X") {
    columns_.resize(static_cast<std::size_t>(model.dims()));
    std::iota(columns_.begin(), columns_.end(), Index{0});
    decoder_ = {Matrix::Identity(model.dims(), model.dims()), Vector::Zero(model.dims())};
  } else {
    const Decoder all = read_decoder(embedding.file, model.basis, model.dims());
    columns_ = genes_with_loadings(all);
    decoder_ = {all.loadings(columns_, Eigen::all), all.mean(columns_)};
  }
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
  const auto groups = static_cast<Index>(cells.times.size()), genes = static_cast<Index>(columns_.size());
  const auto blocks = embedding_.file.matrix({});
  std::vector<Index> place(static_cast<std::size_t>(blocks->cols()), -1);
  std::vector<char> wanted(place.size(), 0);
  for (std::size_t k = 0; k < columns_.size(); ++k) {
    place[static_cast<std::size_t>(columns_[k])] = static_cast<Index>(k);
    wanted[static_cast<std::size_t>(columns_[k])] = 1;
  }
  Matrix sum = Matrix::Zero(groups, genes), squares = sum;
  blocks->want_columns(wanted);
  blocks->rewind();
  core::RowBlock block;
  while (blocks->next(block))
    for (Index r = 0; r < block.rows(); ++r) {
      const double time = cells.cell_times[static_cast<std::size_t>(block.first_row + r)];
      const Index group = std::isfinite(time) ? core::find_time(cells.times, time) : -1;
      if (group < 0) continue;
      for (auto at = static_cast<std::size_t>(block.indptr[static_cast<std::size_t>(r)]);
           at < static_cast<std::size_t>(block.indptr[static_cast<std::size_t>(r) + 1]); ++at) {
        const Index gene = place[static_cast<std::size_t>(block.indices[at])];
        if (gene < 0) continue;
        sum(group, gene) += block.values[at];
        squares(group, gene) += block.values[at] * block.values[at];
      }
    }
  std::vector<Rows> all;
  for (Index g = 0; g < groups; ++g) {
    const auto count = static_cast<Index>(cells.cells[static_cast<std::size_t>(g)].size());
    const Vector mean = sum.row(g).transpose() / static_cast<double>(count);
    const Vector variance = squares.row(g).transpose() / static_cast<double>(count) - mean.cwiseAbs2();
    all.push_back({cells.times[static_cast<std::size_t>(g)], count, {mean, variance.cwiseMax(0.0).cwiseSqrt()}});
  }
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
