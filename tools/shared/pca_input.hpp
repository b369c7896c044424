#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "io/h5ad.hpp"
#include "math/pca.hpp"
#include "prep/normalized_rows.hpp"
#include "shared/pca_output.hpp"
#include "shared/prep_flags.hpp"

namespace instar::tools {

/// What is asked of components, beside how counts are prepared.
struct PcaRequest {
  std::string output;
  std::string genes = "hvg";
  std::optional<std::string> layer;
  bool from_counts = false;
  bool raw = false;
  bool keep_x = false;
  std::optional<std::string> project_only;
  std::optional<std::int64_t> n_comps;
  PrepFlags prep;
  HeldOutFlags held_out;
};

/// Estimate of what is held beside the blocks that are read, before they are.
std::int64_t pca_working_bytes(const io::H5adFile& file, const PcaRequest& request);

/// Expression on its way to components, and the file they go to. From counts nothing is written in between: the rows
/// are normalised as they are read.
class PcaInput {
 public:
  PcaInput(io::H5adFile& file, const PcaRequest& request, core::Reporter& reporter);

  core::RowBlocks& rows() { return normalized_ ? *normalized_ : *rows_; }
  io::H5adWriter& writer() { return *writer_; }
  const io::MatrixName& name() const { return name_; }
  math::PcaOptions options;         ///< columns and fit_rows are set
  std::optional<KnownBasis> known;  ///< where cells are only projected
  std::string summary;              ///< of the preparation; empty where there was none
  Index cells() { return rows().rows(); }
  /// To be called after the last pass: what is known only then.
  void finish(core::Reporter& reporter);

 private:
  void open_expression(io::H5adFile& file, const PcaRequest& request, core::Reporter& reporter);
  void prepare(io::H5adFile& file, const PcaRequest& request, core::Reporter& reporter);
  void write_x(bool compressed, core::Reporter& reporter);

  io::MatrixName name_;
  Counts counts_;
  std::unique_ptr<prep::NormalizedRows> normalized_;
  std::unique_ptr<core::RowBlocks> rows_;  ///< expression, where it is read
  std::unique_ptr<io::H5adWriter> writer_;
};

}  // namespace instar::tools
