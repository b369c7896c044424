#pragma once

#include <string>

#include "io/h5.hpp"

namespace instar::io {

/// A file that cannot be opened: why (`error`, as errno), and what to do. @throws DataError
[[noreturn]] void fail_to_open(const std::string& name, int error);

/// Checks that a file starts as HDF5 does. @throws DataError saying what it looks like instead (gzip, zip, text,
/// nothing, a folder)
void require_hdf5(const std::string& path, const std::string& name);

/// Checks that an HDF5 file holds AnnData. @throws DataError saying what it looks like instead (10x, loom, MuData)
void require_anndata(const h5::Node& root);

}  // namespace instar::io
