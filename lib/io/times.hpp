#pragma once

#include <string>
#include <vector>

#include "core/reporter.hpp"
#include "io/h5ad.hpp"

namespace instar::io {

/// The time column of a file, understood.
struct CellTimes {
  std::string key;
  std::vector<double> values;  ///< [n_obs]; NaN where missing
  std::string unit;            ///< of text labels (`day`, `hour`); empty for numbers
  struct Entry {
    double time = 0;
    std::string label;  ///< as in the file
    Index cells = 0;
  };
  std::vector<Entry> table;  ///< ascending by time
  Index missing = 0;         ///< cells without a time
};

/// Columns of obs that read_times() can read: first those whose names suggest a time (`day`, `stage`, `time_h`), then
/// those whose labels do (`72h`, `day 3`; `D3` only where the numbers hold 0, halves or gaps, as those of numbered
/// donors seldom do).
std::vector<std::string> likely_times(const H5adFile& file);

/// Reads obs[key], whatever its kind: numbers, categories of numbers, text or categories of text with units.
/// @throws DataError where the column is missing or cannot be read as times, naming likely ones
CellTimes read_times(const H5adFile& file, const std::string& key);

/// As above, and missing times are an error that says how many, unless `drop_missing` (then they stay NaN, with an info
/// line).
CellTimes read_complete_times(const H5adFile& file, const std::string& key, bool drop_missing,
                              core::Reporter& reporter);

/// One line per time: `3  D3  412 cells`.
std::string describe(const CellTimes& times);

}  // namespace instar::io
