#include "prep/variable_genes.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/error.hpp"

namespace instar::prep {
namespace {

constexpr int kBins = 20;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Edges of pandas.cut: equal widths from least to largest, the first lowered by a thousandth of the range, so that
/// intervals closed on the right contain the least value.
std::array<double, kBins + 1> bin_edges(const Vector& values) {
  double low = values.minCoeff();
  double high = values.maxCoeff();
  const bool flat = low == high;
  if (flat) {
    const double margin = low == 0 ? 0.001 : 0.001 * std::abs(low);
    low -= margin;
    high += margin;
  }
  std::array<double, kBins + 1> edges{};
  const double width = (high - low) / kBins;
  for (int k = 0; k <= kBins; ++k) edges[static_cast<std::size_t>(k)] = low + k * width;
  edges.back() = high;
  if (!flat) edges.front() -= 0.001 * (high - low);
  return edges;
}

std::vector<std::size_t> bins_of(const Vector& means) {
  const auto edges = bin_edges(means);
  std::vector<std::size_t> bins;
  bins.reserve(static_cast<std::size_t>(means.size()));
  for (const double mean : means) {
    const auto above = std::lower_bound(edges.begin(), edges.end(), mean);
    bins.push_back(static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(above - edges.begin() - 1, 0, kBins - 1)));
  }
  return bins;
}

/// Centre and unit of the dispersions of every bin, genes without dispersion left out.
struct BinScale {
  double centre = kNaN;
  double unit = kNaN;
};

std::array<BinScale, kBins> bin_scales(const Vector& dispersions, const std::vector<std::size_t>& bins) {
  std::array<double, kBins> sum{}, squares{};
  std::array<Index, kBins> count{};
  for (std::size_t g = 0; g < bins.size(); ++g) {
    const double value = dispersions[static_cast<Index>(g)];
    if (std::isnan(value)) continue;
    sum[bins[g]] += value;
    ++count[bins[g]];
  }
  std::array<BinScale, kBins> scales;
  for (std::size_t b = 0; b < kBins; ++b)
    if (count[b] > 0) scales[b].centre = sum[b] / static_cast<double>(count[b]);
  for (std::size_t g = 0; g < bins.size(); ++g) {
    const double value = dispersions[static_cast<Index>(g)];
    if (!std::isnan(value)) squares[bins[g]] += (value - scales[bins[g]].centre) * (value - scales[bins[g]].centre);
  }
  for (std::size_t b = 0; b < kBins; ++b) {
    if (count[b] == 1)
      scales[b] = {0, scales[b].centre};  // the gene is its own unit: its standardised dispersion is 1
    else if (count[b] > 1)
      scales[b].unit = std::sqrt(squares[b] / static_cast<double>(count[b] - 1));
  }
  return scales;
}

/// Marks the n_top largest values and all that equal the last of them.
void mark_top(VariableGenes& genes, Index n_top) {
  std::vector<double> known;
  for (const double value : genes.dispersions_norm)
    if (!std::isnan(value)) known.push_back(value);
  genes.highly_variable.assign(static_cast<std::size_t>(genes.dispersions_norm.size()), false);
  if (known.empty()) return;
  const auto last = std::min(known.size(), static_cast<std::size_t>(n_top)) - 1;
  std::nth_element(known.begin(), known.begin() + static_cast<std::ptrdiff_t>(last), known.end(), std::greater<>());
  const double threshold = known[last];
  for (Index g = 0; g < genes.dispersions_norm.size(); ++g) {
    if (!(genes.dispersions_norm[g] >= threshold)) continue;
    genes.highly_variable[static_cast<std::size_t>(g)] = true;
    ++genes.selected;
  }
}

}  // namespace

VariableGenes variable_genes(const GeneMoments& moments, Index n_top) {
  if (n_top < 1) throw UsageError("the number of highly variable genes must be at least 1");
  if (moments.cells < 2)
    throw DataError("highly variable genes need at least two cells to choose them, found " +
                    std::to_string(moments.cells));
  const double n = static_cast<double>(moments.cells);
  const Index genes = moments.sum.size();
  VariableGenes result;
  result.means.resize(genes);
  result.dispersions.resize(genes);
  for (Index g = 0; g < genes; ++g) {
    const double mean = moments.sum[g] / n;
    const double variance = (moments.sum_squares[g] / n - mean * mean) * n / (n - 1);
    const double floored = mean == 0 ? 1e-12 : mean;
    result.means[g] = std::log1p(floored);
    result.dispersions[g] = variance > 0 && floored > 0 ? std::log(variance / floored) : kNaN;
  }
  if (!result.means.allFinite())
    throw DataError("highly variable genes: a gene's mean is negative; raw counts are needed");
  const std::vector<std::size_t> bins = bins_of(result.means);
  const auto scales = bin_scales(result.dispersions, bins);
  result.dispersions_norm.resize(genes);
  for (Index g = 0; g < genes; ++g) {
    const BinScale& scale = scales[bins[static_cast<std::size_t>(g)]];
    result.dispersions_norm[g] = (result.dispersions[g] - scale.centre) / scale.unit;
  }
  mark_top(result, n_top);
  return result;
}

}  // namespace instar::prep
