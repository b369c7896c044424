#pragma once

#include <string>
#include <vector>

#include "core/reporter.hpp"
#include "io/h5ad.hpp"

namespace instar::tools {

/// Positions of the true entries.
std::vector<Index> positions(const std::vector<bool>& marks);

/// Genes that var[highly_variable] marks. @throws DataError where there are none
std::vector<Index> highly_variable(const io::H5adFile& file);

/// Genes whose names a file lists, one on a line; warns of names that are no genes.
/// @param names of the genes of `data`, which is for messages
/// @returns ascending. @throws DataError where the list cannot be read, or none of it is a gene
std::vector<Index> genes_of_list(const std::vector<std::string>& names, const std::string& data,
                                 const std::string& list, core::Reporter& reporter);

}  // namespace instar::tools
