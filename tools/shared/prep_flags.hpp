#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "io/h5ad.hpp"
#include "prep/normalize.hpp"
#include "shared/fit_cells.hpp"
#include "shared/quality_flags.hpp"
#include "shared/variable_flags.hpp"

namespace instar::tools {

/// How counts become what principal components need; without the choice of matrix and of held-out times.
struct PrepFlags {
  std::int64_t min_genes = 0;
  std::int64_t min_cells = 0;
  std::string target_sum = "median";
  bool no_log1p = false;
  bool no_compression = false;
  QualityFlags quality;
  VariableFlags variable;
};

/// Adds them to a tool, in sections of their own. @returns their names
std::vector<std::string> add_prep_flags(cli::Command& command, PrepFlags& flags);

/// Counts that are about to be prepared, and all that is known of them before they are read.
struct Counts {
  io::MatrixName name;
  std::unique_ptr<core::RowBlocks> rows;
  prep::PrepOptions options;
  std::optional<prep::VariableOptions> variable;  ///< absent: no variable genes are wanted
  CellQuality quality;
};

/// Opens a matrix of counts; reads it through where cells are chosen by their quality.
Counts open_counts(const io::H5adFile& file, const io::MatrixName& name, const PrepFlags& flags,
                   const HeldOutFlags& held_out, core::Reporter& reporter);

/// Marks of variable genes, quality, and the total that cells are scaled to.
void write_prepared(io::H5adWriter& writer, const PrepFlags& flags, const Counts& counts,
                    const prep::Selection& selection, const std::optional<prep::VariableGenes>& genes);

/// What X of the output holds, where it is written: scanpy's word for the logarithm.
void write_log_base(io::H5adWriter& writer, const prep::PrepOptions& options);

/// `100 of 120 cells, 900 of 1000 genes, 200 of them highly variable; cells scaled to 5000`
std::string summary(const Counts& counts, const prep::Selection& selection,
                    const std::optional<prep::VariableGenes>& genes);

}  // namespace instar::tools
