#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/reporter.hpp"
#include "io/h5ad.hpp"

namespace instar::tools {

/// Slot of an input matrix from the flags --layer and --raw.
io::MatrixName matrix_name(const std::optional<std::string>& layer, bool raw);

/// Whether the first values of a matrix are those of raw counts: whole numbers from 0.
bool holds_counts(const io::H5adFile& file, const io::MatrixName& name);

/// The command that makes components of the counts in a file, for messages. @param input h5ad file, or -
std::string from_counts_command(const std::string& input, const std::optional<std::string>& layer,
                                const std::string& output);

/// A writer for a file like `input` whose X is about to be written anew. The genes are those of the matrix read: for
/// raw/X with other genes than X the new file has raw's names in var, and of `input` the columns of obs and the
/// embeddings, since nothing else fits.
std::unique_ptr<io::H5adWriter> writer_like(const std::string& output, const io::H5adFile& input,
                                            const io::MatrixName& matrix, const std::vector<bool>& keep_cells,
                                            const std::vector<bool>& keep_genes, core::Reporter& reporter);

}  // namespace instar::tools
