#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "io/h5ad.hpp"
#include "prep/normalize.hpp"
#include "prep/quality.hpp"

namespace instar::tools {

/// The flags that leave out cells by their quality, and write it down.
struct QualityFlags {
  bool write = false;
  std::optional<double> max_mito;
  std::string mito_prefix = "MT-";
  std::string keep_key;
  std::string drop_key;
};

/// Adds them to a tool.
void add_quality_flags(cli::Command& command, QualityFlags& flags);

/// Quality of the cells and genes of a file, where a flag needs it, and which genes are mitochondrial.
struct CellQuality {
  std::optional<prep::Quality> measured;
  std::vector<bool> mitochondrial;  ///< [genes of the matrix]
};

/// Measures what the flags need, and marks in `options` the cells that may stay.
/// @throws UsageError for a limit outside (0, 1]; DataError where a column is not of truth values, or no gene is
///   mitochondrial though a limit is set
CellQuality apply_quality(const io::H5adFile& file, const io::MatrixName& matrix, core::RowBlocks& counts,
                          const QualityFlags& flags, prep::PrepOptions& options, core::Reporter& reporter);

/// Writes obs and var columns as scanpy's calculate_qc_metrics names them, of what stays.
void write_quality(io::H5adWriter& writer, const CellQuality& quality, const prep::Selection& selection);

}  // namespace instar::tools
