#include "shared/pca_input.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "io/spooled_rows.hpp"
#include "math/covariance.hpp"
#include "prep/normalize.hpp"
#include "shared/dry_run.hpp"
#include "shared/naming.hpp"
#include "shared/pca_genes.hpp"
#include "shared/raw_matrix.hpp"

namespace instar::tools {
namespace {

std::vector<bool> of_kept(const std::vector<bool>& marks, const std::vector<bool>& keep) {
  std::vector<bool> kept;
  for (std::size_t i = 0; i < marks.size(); ++i)
    if (keep[i]) kept.push_back(marks[i]);
  return kept;
}

/// What the flags leave open or contradict.
void check_request(const PcaRequest& request) {
  const bool variable = variable_options(request.prep.variable).has_value();
  if (request.project_only && variable)
    throw UsageError(
        "--project-only takes the genes of the components it is given: none are chosen (--hvg and the like)");
  if (!request.project_only && request.genes == "hvg" && !variable)
    throw UsageError("--from-counts: say how many variable genes are used (--hvg N), or use all (--genes all)");
}

/// Components of counts that nothing was done to say little but how deep cells were read.
void warn_of_counts(const io::H5adFile& file, const PcaRequest& request, const io::MatrixName& name,
                    core::Reporter& reporter) {
  if (holds_counts(file, name))
    reporter.warning(name.path() + " holds integers: raw counts? This prepares them on the way: " +
                     from_counts_command(file.path(), request.layer, request.output));
}

/// How many genes the components will be of, as far as that is known before the counts are read: at most.
Index most_genes_used(const io::H5adFile& file, const PcaRequest& request) {
  const Index all = request.raw ? static_cast<Index>(file.raw_var_names().size()) : file.n_vars();
  if (request.genes == "all") return all;
  if (request.genes != "hvg")
    return static_cast<Index>(genes_of_list(file.var_names(), file.path(), request.genes, core::silent()).size());
  if (!request.from_counts) return static_cast<Index>(highly_variable(file).size());
  return std::min(all, request.prep.variable.n_top.value_or(all));
}

}  // namespace

std::int64_t pca_working_bytes(const io::H5adFile& file, const PcaRequest& request) {
  // A shape that lies is refused where the matrix is read; raw may have more genes than var.
  const Index cols = std::min(sizes_of(file, matrix_name(request.layer, request.raw)).cols, 8 * file.n_vars());
  const std::int64_t beside = request.from_counts ? prep::working_bytes(cols) : 0;
  if (request.project_only)
    return beside +
           math::projection_bytes(cols, read_stored_basis(*request.project_only, request.n_comps).loadings.cols());
  const auto bytes = [&](Index used) {
    return beside + math::pca_bytes(cols, used, std::min(request.n_comps.value_or(math::kDefaultComponents), used));
  };
  const Index used = std::min(most_genes_used(file, request), cols);
  const bool by_bounds = request.from_counts && request.genes == "hvg" && !request.prep.variable.n_top;
  return by_bounds ? std::max(bytes(used), bytes(std::min(used, math::kGramColumns))) : bytes(used);
}

PcaInput::PcaInput(io::H5adFile& file, const PcaRequest& request, core::Reporter& reporter)
    : name_(matrix_name(request.layer, request.raw)) {
  if (request.from_counts)
    prepare(file, request, reporter);
  else
    open_expression(file, request, reporter);
}

void PcaInput::open_expression(io::H5adFile& file, const PcaRequest& request, core::Reporter& reporter) {
  warn_of_counts(file, request, name_, reporter);
  options.fit_rows = fit_cells(file, request.held_out.time_key, request.held_out.excluded, reporter);
  if (request.project_only)
    known = known_basis(read_stored_basis(*request.project_only, request.n_comps), *request.project_only,
                        file.var_names(), file.path(), reporter);
  else if (request.genes == "hvg")
    options.columns = highly_variable(file);
  else if (request.genes != "all")
    options.columns = genes_of_list(file.var_names(), file.path(), request.genes, reporter);
  file.hold_beside(pca_working_bytes(file, request));
  rows_ = file.matrix(name_);
  const Index used = options.columns.empty() ? rows_->cols() : static_cast<Index>(options.columns.size());
  if (!known && used > math::kGramColumns) rows_ = std::make_unique<io::SpooledRows>(std::move(rows_), reporter);
  writer_ = std::make_unique<io::H5adWriter>(request.output, file, reporter);
}

void PcaInput::prepare(io::H5adFile& file, const PcaRequest& request, core::Reporter& reporter) {
  const auto named = [&](const auto& work) { return naming({file.path(), name_.path()}, work); };
  check_request(request);
  file.hold_beside(pca_working_bytes(file, request));
  counts_ = open_counts(file, name_, request.prep, request.held_out, reporter);
  // New cells are brought to the scale of those that made the components, not to one of their own.
  std::optional<StoredBasis> stored;
  if (request.project_only) stored = read_stored_basis(*request.project_only, request.n_comps);
  if (stored && !counts_.options.target_sum) {
    if (!stored->target_sum)
      throw UsageError("--project-only: " + *request.project_only +
                       " does not say to what total its cells were scaled; give it (--target-sum X)");
    counts_.options.target_sum = stored->target_sum;
  }
  prep::Survey survey = named([&] {
    return counts_.variable ? prep::survey(*counts_.rows, counts_.options, reporter)
                            : prep::Survey{prep::select(*counts_.rows, counts_.options, reporter), {}};
  });
  const prep::Selection& selection = survey.selection;
  const std::vector<std::string> names = kept_names(file, name_, selection.keep_genes);
  std::optional<prep::VariableGenes> genes;
  if (counts_.variable) {
    counts_.variable->gene_names = names;
    genes = named([&] {
      return prep::variable_genes(*counts_.rows, selection, counts_.options, survey.moments, *counts_.variable,
                                  reporter);
    });
  }
  if (request.project_only)
    known = known_basis(*stored, *request.project_only, names, file.path(), reporter);
  else if (request.genes == "hvg")
    options.columns = positions(genes->highly_variable);
  else if (request.genes != "all")
    options.columns = genes_of_list(names, file.path(), request.genes, reporter);
  options.fit_rows = of_kept(counts_.options.fit_rows, selection.keep_cells);

  writer_ = writer_like(request.output, file, name_, selection.keep_cells, selection.keep_genes, reporter);
  write_prepared(*writer_, request.prep, counts_, selection, genes);
  summary = tools::summary(counts_, selection, genes);
  normalized_ = std::make_unique<prep::NormalizedRows>(*counts_.rows, selection, counts_.options.log1p);
  if (request.keep_x) {
    write_x(!request.prep.no_compression, reporter);
    write_log_base(*writer_, counts_.options);
  }
  normalized_->use_only(known ? known->genes : options.columns);
}

void PcaInput::write_x(bool compressed, core::Reporter& reporter) {
  const auto sink =
      writer_->write_matrix({}, normalized_->rows(), normalized_->cols(), io::MatrixKind::csr, compressed);
  core::RowBlock block;
  normalized_->rewind();
  while (normalized_->next(block)) {
    sink->append(block);
    reporter.progress("writing X", static_cast<double>(block.first_row + block.rows()),
                      static_cast<double>(normalized_->rows()), "cells/s");
  }
  sink->finish();
}

void PcaInput::finish(core::Reporter& reporter) {
  if (normalized_) prep::warn_of_empty_cells(normalized_->empty_cells(), reporter);
}

}  // namespace instar::tools
