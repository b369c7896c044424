#include "prep/variable_genes.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/error.hpp"
#include "prep/dispersion_bins.hpp"

namespace instar::prep {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kLeastMean = 1e-12;  ///< takes the place of a mean of 0, as in scanpy

void set_dispersions(VariableGenes& result, const GeneMoments& moments, Flavor flavor) {
  const double n = static_cast<double>(moments.cells);
  const Index genes = moments.sum.size();
  result.means.resize(genes);
  result.dispersions.resize(genes);
  for (Index g = 0; g < genes; ++g) {
    const double mean = moments.sum[g] / n;
    const double variance = (moments.sum_squares[g] / n - mean * mean) * n / (n - 1);
    const double floored = mean == 0 ? kLeastMean : mean;
    if (flavor == Flavor::seurat) {
      result.means[g] = std::log1p(floored);
      result.dispersions[g] = variance > 0 && floored > 0 ? std::log(variance / floored) : kNaN;
    } else {
      result.means[g] = floored;
      result.dispersions[g] = variance / floored;
    }
  }
  if (!result.means.allFinite())
    throw DataError("highly variable genes: a gene's mean is negative; raw counts are needed");
}

/// The n_top-th largest value, or the least where there are fewer; NaN are left out.
double threshold_of_top(const Vector& values, Index n_top) {
  std::vector<double> known;
  for (const double value : values)
    if (!std::isnan(value)) known.push_back(value);
  if (known.empty()) return std::numeric_limits<double>::infinity();
  const auto last = std::min(known.size(), static_cast<std::size_t>(n_top)) - 1;
  std::nth_element(known.begin(), known.begin() + static_cast<std::ptrdiff_t>(last), known.end(), std::greater<>());
  return known[last];
}

bool within_bounds(double mean, double dispersion, const VariableOptions& options) {
  // scanpy makes numbers of what is not one: NaN counts as 0, and infinity as the largest number, below any bound.
  if (std::isnan(dispersion)) dispersion = 0;
  dispersion = std::min(dispersion, std::numeric_limits<double>::max());
  return mean > options.min_mean && mean < options.max_mean && dispersion > options.min_dispersion &&
         dispersion < options.max_dispersion;
}

void mark(VariableGenes& genes, const VariableOptions& options) {
  const double threshold = options.n_top ? threshold_of_top(genes.dispersions_norm, *options.n_top) : 0;
  for (Index g = 0; g < genes.dispersions_norm.size(); ++g) {
    const double value = genes.dispersions_norm[g];
    genes.highly_variable.push_back(options.n_top ? value >= threshold : within_bounds(genes.means[g], value, options));
  }
  genes.selected = std::count(genes.highly_variable.begin(), genes.highly_variable.end(), true);
}

}  // namespace

MomentsOf moments_of(Flavor flavor) { return flavor == Flavor::seurat ? MomentsOf::normalized : MomentsOf::written; }

void VariableOptions::validate() const {
  if (n_top && *n_top < 1) throw UsageError("the number of highly variable genes must be at least 1");
  if (!(min_mean < max_mean)) throw UsageError("highly variable genes: the least mean must be below the largest");
  if (!(min_dispersion < max_dispersion))
    throw UsageError("highly variable genes: the least dispersion must be below the largest");
}

VariableGenes variable_genes(const GeneMoments& moments, const VariableOptions& options) {
  options.validate();
  if (moments.cells < 2)
    throw DataError("highly variable genes need at least two cells to choose them, found " +
                    std::to_string(moments.cells));
  VariableGenes result;
  set_dispersions(result, moments, options.flavor);
  result.dispersions_norm = options.flavor == Flavor::seurat
                                ? standardise_by_mean(result.dispersions, equal_width_bins(result.means))
                                : standardise_by_median(result.dispersions, percentile_bins(result.means));
  mark(result, options);
  return result;
}

VariableGenes variable_genes(const GeneMoments& moments, Index n_top) {
  VariableOptions options;
  options.n_top = n_top;
  return variable_genes(moments, options);
}

}  // namespace instar::prep
