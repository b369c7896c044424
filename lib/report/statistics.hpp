#pragma once

#include <vector>

#include "core/types.hpp"

namespace instar::report {

/// Weighted quantile of the finite values: the least value at which the weights up to it reach share q of all.
/// @param weights [values], >= 0; empty: all equal. @returns NaN where no value is finite
double quantile(const std::vector<double>& values, const std::vector<double>& weights, double q);

/// A group of values in a few numbers.
struct Summary {
  double mean = 0;  ///< weighted; NaN where there is none
  double low = 0;   ///< 10 % lie below
  double high = 0;  ///< 10 % lie above
  Index count = 0;  ///< finite values
};

/// @param rows those that are summed up; @param weights of all rows, may be empty
Summary summarise(const std::vector<double>& values, const std::vector<double>& weights,
                  const std::vector<Index>& rows);

}  // namespace instar::report
