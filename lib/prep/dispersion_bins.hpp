#pragma once

#include <vector>

#include "core/types.hpp"

namespace instar::prep {

/// Genes of like means, whose dispersions are comparable.
struct DispersionBins {
  std::vector<std::size_t> bin_of_gene;  ///< [genes]
  std::size_t count = 0;
};

/// 20 bins of equal width, closed on the right, the first also on the left (pandas.cut with a number of bins).
/// @param means [genes], finite
DispersionBins equal_width_bins(const Vector& means);

/// Bins between the percentiles 10, 15 ... 100 of the means, closed on the right, and one below. Percentiles that
/// coincide (many genes of no cell) bound one bin, where scanpy stops with an error.
/// @param means [genes], at least one, finite
DispersionBins percentile_bins(const Vector& means);

/// (dispersion - mean of its bin) / standard deviation of its bin (ddof = 1), NaN left out. A gene alone in its bin has
/// 1.
Vector standardise_by_mean(const Vector& dispersions, const DispersionBins& bins);

/// (dispersion - median of its bin) / (median absolute deviation of its bin / 0.6745). Infinite where all others of the
/// bin are equal, NaN where all are.
Vector standardise_by_median(const Vector& dispersions, const DispersionBins& bins);

}  // namespace instar::prep
