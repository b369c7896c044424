#include "prep/dispersion_bins.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "prep/median.hpp"

namespace instar::prep {
namespace {

constexpr int kBins = 20;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
/// Third quartile of the standard normal distribution: median absolute deviations become standard deviations.
constexpr double kNormalQuartile = 0.6744897501960817;

/// Edges of pandas.cut: equal widths from least to largest, the first lowered by a thousandth of the range, so that
/// intervals closed on the right contain the least value.
std::vector<double> equal_width_edges(const Vector& values) {
  double low = values.minCoeff();
  double high = values.maxCoeff();
  const bool flat = low == high;
  if (flat) {
    const double margin = low == 0 ? 0.001 : 0.001 * std::abs(low);
    low -= margin;
    high += margin;
  }
  std::vector<double> edges;
  const double width = (high - low) / kBins;
  for (int k = 0; k <= kBins; ++k) edges.push_back(low + k * width);
  edges.back() = high;
  if (!flat) edges.front() -= 0.001 * (high - low);
  return edges;
}

/// Percentile of ascending values, linear between neighbours and evaluated from the nearer one, as numpy does: a
/// percentile that is an observed mean must be that mean to the last bit, since bins are closed there.
double percentile(const std::vector<double>& sorted, double percent) {
  const double position = static_cast<double>(sorted.size() - 1) * (percent / 100);
  const auto below = static_cast<std::size_t>(position);
  const double share = position - static_cast<double>(below);
  const double low = sorted[below];
  const double high = sorted[std::min(below + 1, sorted.size() - 1)];
  return share < 0.5 ? low + (high - low) * share : high - (high - low) * (1 - share);
}

DispersionBins cut(const Vector& values, const std::vector<double>& edges) {
  DispersionBins bins;
  bins.count = edges.size() - 1;
  bins.bin_of_gene.reserve(static_cast<std::size_t>(values.size()));
  const auto last = static_cast<std::ptrdiff_t>(bins.count) - 1;
  for (const double value : values) {
    const auto above = std::lower_bound(edges.begin(), edges.end(), value);
    bins.bin_of_gene.push_back(
        static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(above - edges.begin() - 1, 0, last)));
  }
  return bins;
}

/// The dispersions of every bin, without NaN.
std::vector<std::vector<double>> members(const Vector& dispersions, const DispersionBins& bins) {
  std::vector<std::vector<double>> found(bins.count);
  for (std::size_t g = 0; g < bins.bin_of_gene.size(); ++g) {
    const double value = dispersions[static_cast<Index>(g)];
    if (!std::isnan(value)) found[bins.bin_of_gene[g]].push_back(value);
  }
  return found;
}

/// Centre and unit of the dispersions of a bin.
struct Scale {
  double centre = kNaN;
  double unit = kNaN;
};

Scale mean_scale(const std::vector<double>& values) {
  if (values.empty()) return {};
  const auto count = static_cast<double>(values.size());
  double sum = 0;
  for (const double value : values) sum += value;
  const double mean = sum / count;
  if (values.size() == 1) return {0, mean};  // the gene is its own unit: its standardised dispersion is 1
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {mean, std::sqrt(squares / (count - 1))};
}

Scale median_scale(std::vector<double> values) {
  if (values.empty()) return {};
  const double centre = median(values);
  for (double& value : values) value = std::abs(value - centre);
  return {centre, median(std::move(values)) / kNormalQuartile};
}

template <class ScaleOf>
Vector standardise(const Vector& dispersions, const DispersionBins& bins, const ScaleOf& scale_of) {
  std::vector<Scale> scales;
  for (auto& values : members(dispersions, bins)) scales.push_back(scale_of(std::move(values)));
  Vector result(dispersions.size());
  for (Index g = 0; g < dispersions.size(); ++g) {
    const Scale& scale = scales[bins.bin_of_gene[static_cast<std::size_t>(g)]];
    result[g] = (dispersions[g] - scale.centre) / scale.unit;
  }
  return result;
}

}  // namespace

DispersionBins equal_width_bins(const Vector& means) { return cut(means, equal_width_edges(means)); }

DispersionBins percentile_bins(const Vector& means) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::vector<double> sorted(means.begin(), means.end());
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> edges{-kInfinity};
  for (int percent = 10; percent <= 100; percent += 5) edges.push_back(percentile(sorted, percent));
  edges.push_back(kInfinity);
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  return cut(means, edges);
}

Vector standardise_by_mean(const Vector& dispersions, const DispersionBins& bins) {
  return standardise(dispersions, bins, mean_scale);
}

Vector standardise_by_median(const Vector& dispersions, const DispersionBins& bins) {
  return standardise(dispersions, bins, median_scale);
}

}  // namespace instar::prep
