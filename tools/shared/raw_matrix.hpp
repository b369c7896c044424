#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/reporter.hpp"
#include "io/h5ad.hpp"

namespace instar::tools {

/// Slot of an input matrix from the flags --layer and --raw.
io::MatrixName matrix_name(const std::optional<std::string>& layer, bool raw);

/// Calls `work` on a matrix of a file; what is wrong with its numbers is told with the file's name and the place.
template <class Work>
auto naming(const io::H5adFile& file, const io::MatrixName& matrix, const Work& work) {
  try {
    return work();
  } catch (const DataError& error) {
    const std::string text = error.what();
    if (text.starts_with(file.path() + ":")) throw;  // told by the reader
    throw DataError({file.path(), matrix.path()}, text);
  }
}

/// A writer for a file like `input` whose X is about to be written anew. The genes are those of the matrix read: for
/// raw/X with other genes than X the new file has raw's names in var, and of `input` the columns of obs and the
/// embeddings, since nothing else fits.
std::unique_ptr<io::H5adWriter> writer_like(const std::string& output, const io::H5adFile& input,
                                            const io::MatrixName& matrix, const std::vector<bool>& keep_cells,
                                            const std::vector<bool>& keep_genes, core::Reporter& reporter);

}  // namespace instar::tools
