#pragma once

#include <optional>
#include <string>

#include "am/predict.hpp"
#include "shared/embedding.hpp"
#include "shared/fitted_model.hpp"

namespace instar::tools {

/// Where predictions go: AnnData, or a table of cell, time, weight, x1 ... xd.
class PredictionFile {
 public:
  /// @param format auto (by the ending of `path`), h5ad or tsv. @throws DataError where the target cannot be written
  PredictionFile(std::string path, const std::string& format, const FittedModel& fitted, const Embedding& embedding);

  /// Expression will be written too, of the genes that have loadings: nothing is known of the others. @throws DataError
  /// where INPUT has no loadings; UsageError for a table
  void decode_genes();
  /// obs[time] becomes an ordered category of numbers, which scanpy colours by and CellRank wants. @throws UsageError
  /// for a table
  void use_categories();
  void set_provenance(core::Facts facts) { provenance_ = std::move(facts); }
  /// @param by_cell rows ordered by particle, then time (they are by time, then particle)
  void write(const am::Prediction& prediction, bool by_cell);

 private:
  void write_table(const am::Prediction& prediction, const std::vector<Index>& order);
  void write_h5ad(const am::Prediction& prediction, const std::vector<Index>& order);

  std::string path_;
  bool table_;
  bool categories_ = false;
  const FittedModel& fitted_;
  const am::Model& model_;
  const Embedding& embedding_;
  std::optional<Decoder> decoder_;  ///< of `genes_`
  std::vector<std::string> genes_;
  core::Facts provenance_;
};

}  // namespace instar::tools
