#include "prep/variable_genes.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <string>

#include "core/error.hpp"
#include "prep/dispersion_bins.hpp"

namespace instar::prep {
namespace {

constexpr double kNoDispersion = std::numeric_limits<double>::quiet_NaN();  ///< of a gene that does not vary
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
      result.dispersions[g] = variance > 0 && floored > 0 ? std::log(variance / floored) : kNoDispersion;
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

VariableGenes of_all(const GeneMoments& moments, const VariableOptions& options) {
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

/// Mean over batches of a quantity, NaN left out.
class BatchMean {
 public:
  explicit BatchMean(Index genes) : sum_(Vector::Zero(genes)), count_(Vector::Zero(genes)) {}
  void add(Index gene, double value) {
    if (std::isnan(value)) return;
    sum_[gene] += value;
    ++count_[gene];
  }
  Vector result() const { return (sum_.array() / count_.array()).matrix(); }

 private:
  Vector sum_, count_;
};

/// Marks the n_top genes that most batches choose, then those of higher dispersion (NaN last), then by name.
void mark_by_batches(VariableGenes& genes, const VariableOptions& options) {
  std::vector<std::size_t> order(genes.n_batches.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (!options.gene_names.empty())
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return options.gene_names[a] < options.gene_names[b]; });
  const auto height = [&](std::size_t g) {
    const double value = genes.dispersions_norm[static_cast<Index>(g)];
    return std::isnan(value) ? -std::numeric_limits<double>::infinity() : value;
  };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return genes.n_batches[a] != genes.n_batches[b] ? genes.n_batches[a] > genes.n_batches[b] : height(a) > height(b);
  });
  order.resize(std::min(order.size(), static_cast<std::size_t>(*options.n_top)));
  genes.highly_variable.assign(genes.n_batches.size(), false);
  for (const std::size_t g : order) genes.highly_variable[g] = true;
  genes.selected = static_cast<Index>(order.size());
}

VariableGenes of_batches(const GeneMoments& moments, const VariableOptions& options) {
  const Index genes = moments.sum.size();
  BatchMean means(genes), dispersions(genes), standardised(genes);
  VariableGenes result;
  result.n_batches.assign(static_cast<std::size_t>(genes), 0);
  for (const GeneMoments& batch : moments.batches) {
    if (batch.cells == 0) continue;
    ++result.batches;
    std::vector<Index> present;
    for (Index g = 0; g < genes; ++g) {
      if (batch.sum[g] > 0) present.push_back(g);
      // A gene that the batch does not have counts 0 in every respect.
      for (BatchMean* mean : {&means, &dispersions, &standardised})
        if (!(batch.sum[g] > 0)) mean->add(g, 0);
    }
    if (present.empty()) continue;
    const VariableGenes part = of_all({batch.cells, batch.sum(present), batch.sum_squares(present)}, options);
    for (std::size_t k = 0; k < present.size(); ++k) {
      const auto at = static_cast<Index>(k);
      means.add(present[k], part.means[at]);
      dispersions.add(present[k], part.dispersions[at]);
      standardised.add(present[k], part.dispersions_norm[at]);
      if (part.highly_variable[k]) ++result.n_batches[static_cast<std::size_t>(present[k])];
    }
  }
  if (result.batches == 0) throw DataError("none of the cells that choose highly variable genes is in a batch");
  result.means = means.result();
  result.dispersions = dispersions.result();
  result.dispersions_norm = standardised.result();
  if (options.n_top) {
    mark_by_batches(result, options);
  } else {
    result.dispersions_norm = result.dispersions_norm.unaryExpr([](double x) { return std::isnan(x) ? 0 : x; });
    mark(result, options);
  }
  return result;
}

}  // namespace

MomentsOf moments_of(Flavor flavor) {
  if (flavor == Flavor::seurat) return MomentsOf::normalized;
  return flavor == Flavor::cell_ranger ? MomentsOf::written : MomentsOf::counts;
}

void VariableOptions::validate() const {
  if (!n_top && moments_of(flavor) == MomentsOf::counts)
    throw UsageError("seurat_v3 knows no cut-offs: give the number of highly variable genes");
  if (n_top && *n_top < 1) throw UsageError("the number of highly variable genes must be at least 1");
  if (!(min_mean < max_mean)) throw UsageError("highly variable genes: the least mean must be below the largest");
  if (!(min_dispersion < max_dispersion))
    throw UsageError("highly variable genes: the least dispersion must be below the largest");
}

VariableGenes variable_genes(const GeneMoments& moments, const VariableOptions& options) {
  options.validate();
  if (moments_of(options.flavor) == MomentsOf::counts)
    throw UsageError("seurat_v3 finds highly variable genes in counts, not in dispersions");
  return moments.batches.empty() ? of_all(moments, options) : of_batches(moments, options);
}

VariableGenes variable_genes(core::RowBlocks& counts, const Selection& selection, const PrepOptions& prep,
                             const GeneMoments& moments, const VariableOptions& options, core::Reporter& reporter) {
  VariableGenes genes = moments_of(options.flavor) == MomentsOf::counts
                            ? variable_genes_v3(counts, selection, prep, moments, options, reporter)
                            : variable_genes(moments, options);
  if (options.n_top && *options.n_top > selection.genes)
    reporter.warning("expected at least " + std::to_string(*options.n_top) + " genes to choose from, found " +
                     std::to_string(selection.genes) + ": " + std::to_string(genes.selected) +
                     " are marked as highly variable");
  return genes;
}

VariableGenes variable_genes(const GeneMoments& moments, Index n_top) {
  VariableOptions options;
  options.n_top = n_top;
  return variable_genes(moments, options);
}

}  // namespace instar::prep
