#pragma once

#include <string>
#include <vector>

#include "am/predict.hpp"
#include "math/decode.hpp"
#include "shared/embedding.hpp"
#include "shared/fitted_model.hpp"

namespace instar::tools {

/// A table of means and spread of every gene by time: predicted cells (decoded, weighted) beside observed ones (X of
/// INPUT). Of genes that have loadings; where the model was fitted on X, of its columns.
class GeneTable {
 public:
  /// @throws DataError where `path` cannot be written, or INPUT holds no loadings
  GeneTable(std::string path, const FittedModel& fitted, const Embedding& embedding);
  void write(const am::Prediction& prediction, core::Reporter& reporter) const;

 private:
  struct Rows {
    double time = 0;
    Index cells = 0;
    math::GeneMoments moments;
  };
  std::vector<Rows> predicted(const am::Prediction& prediction) const;
  std::vector<Rows> observed() const;

  std::string path_;
  const Embedding& embedding_;
  std::vector<Index> columns_;      ///< of INPUT's X
  std::vector<std::string> genes_;  ///< [columns]
  Decoder decoder_;                 ///< of these genes
};

}  // namespace instar::tools
