#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/reporter.hpp"
#include "io/h5ad_impl.hpp"

namespace instar::io {

/// obs and var of a copied file; their lists of columns are still to be written (finish_frame).
struct CopiedFrames {
  h5::Node obs;
  h5::Node var;
  Index obs_rows = 0;
  Index var_rows = 0;
  std::vector<std::string> obs_columns;
  std::vector<std::string> var_columns;
};

/// Copies everything an AnnData file holds into `root`; see H5adWriter.
CopiedFrames copy_anndata(const H5adFile::Impl& input, const h5::Node& root, core::Reporter& reporter, bool replace_x,
                          const std::optional<std::vector<bool>>& keep_obs,
                          const std::optional<std::vector<bool>>& keep_vars);

}  // namespace instar::io
