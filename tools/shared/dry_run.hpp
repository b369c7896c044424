#pragma once

#include <cstdint>

#include "cli/command.hpp"
#include "io/h5ad.hpp"

namespace instar::tools {

/// Adds --dry-run to a tool that reads a matrix in blocks.
void add_dry_run(cli::Command& command, bool& dry_run);

/// Adds --json, for --dry-run alone, among the common options.
void with_dry_run_json(cli::Command& command);

/// Shape and stored values of the matrix. @throws DataError where the file has none of that name
io::MatrixInfo sizes_of(const io::H5adFile& file, const io::MatrixName& name);

/// Prints what --dry-run does: the resolved options, the matrix's sizes and an estimate of the largest footprint.
/// @param rewritten a matrix of the same size is written @param working_bytes what the tool holds beside blocks
void print_dry_run(const io::H5adFile& file, const io::MatrixName& name, bool rewritten, std::int64_t working_bytes,
                   const cli::Context& context);

}  // namespace instar::tools
