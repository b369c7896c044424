#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "io/h5ad.hpp"
#include "prep/variable_genes.hpp"

namespace instar::tools {

/// The flags that say how highly variable genes are found.
struct VariableFlags {
  std::optional<std::int64_t> n_top;
  std::string flavor = "seurat";
  std::string batch_key;
  std::optional<double> min_mean, max_mean, min_dispersion, max_dispersion;
};

/// Adds them to a tool, in a section of their own.
void add_variable_flags(cli::Command& command, VariableFlags& flags);

/// What the flags ask for; nothing where no variable genes are wanted.
/// @throws UsageError for a flavour without a number of genes or a cut-off
std::optional<prep::VariableOptions> variable_options(const VariableFlags& flags);

/// Names of the genes that stay, of the matrix that is prepared: batches break ties by them.
std::vector<std::string> kept_names(const io::H5adFile& file, const io::MatrixName& matrix,
                                    const std::vector<bool>& keep);

/// Batch of every cell by a column of obs: text, a category or a number. Cells without one are in none (-1).
/// @returns [n_obs]; empty without a key
std::vector<Index> cell_batches(const io::H5adFile& file, const std::string& batch_key, core::Reporter& reporter);

/// Writes var columns and uns[hvg] as scanpy does.
void write_variable_genes(io::H5adWriter& writer, const prep::VariableGenes& genes, const std::string& flavor);

}  // namespace instar::tools
