#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "core/types.hpp"

namespace instar::io {

/// A missing number, of a column or of a cell's time.
inline constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

/// A column of obs or var, of any kind that AnnData stores.
struct Column {
  enum class Kind { number, boolean, text, category };
  Kind kind = Kind::number;
  std::vector<double>
      numbers;  ///< number, boolean (0/1); NaN = missing. Also category with numeric categories: per row
  std::vector<std::string> text;         ///< text: one per row, missing = "" with `missing` set
  std::vector<bool> missing;             ///< empty: none missing
  std::vector<std::int32_t> codes;       ///< category: one per row, -1 = missing
  std::vector<std::string> categories;   ///< category: labels (numeric categories as text too)
  std::vector<double> category_numbers;  ///< category with numeric categories: their values; else empty
  bool ordered = false;
  std::string dtype = "float64";  ///< of numbers, as stored or to be stored: float64, float32, int64, int32

  Index size() const;

  static Column of_numbers(std::vector<double> values, std::string dtype = "float64");
  static Column of_booleans(const std::vector<bool>& values);
  static Column of_text(std::vector<std::string> values);
  static Column of_categories(std::vector<std::int32_t> codes, std::vector<std::string> labels);
};

}  // namespace instar::io
