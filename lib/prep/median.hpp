#pragma once

// Private to lib/prep.

#include <algorithm>
#include <cstddef>
#include <vector>

namespace instar::prep {

/// The value in the middle, or the mean of the two there. @param values at least one, none NaN
template <class T>
double median(std::vector<T> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return static_cast<double>(*middle);
  return static_cast<double>(*std::max_element(values.begin(), middle) + *middle) / 2;
}

}  // namespace instar::prep
