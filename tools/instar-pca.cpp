// instar-pca: principal components of an expression matrix.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <unordered_map>

#include "cli/command.hpp"
#include "core/error.hpp"
#include "math/pca.hpp"
#include "shared/fit_cells.hpp"
#include "shared/naming.hpp"
#include "shared/provenance.hpp"
#include "shared/raw_matrix.hpp"

using namespace instar;

namespace {

constexpr Index kDefaultComponents = 50;

struct Flags {
  std::string input;
  std::string output;
  std::optional<std::int64_t> n_comps;
  std::string genes = "hvg";
  std::optional<std::string> layer;
  std::string time_key;
  std::vector<double> excluded;
};

void add_flags(cli::Command& command, Flags& flags) {
  command.input(flags.input, "INPUT", "h5ad file with normalised expression, or - for standard input");
  command.output(flags.output, "OUT.h5ad");
  command.section("Components");
  command.option("-n,--n-comps", flags.n_comps, "N",
                 "number of components (not given: " + std::to_string(kDefaultComponents) +
                     ", or as many as cells and genes allow)");
  command.at_least("--n-comps", 1);
  command.option("--genes", flags.genes, "hvg|all|FILE",
                 "which genes are used: those of var[highly_variable], all, or those that FILE names, one on a line");
  command.option("--layer", flags.layer, "NAME", "take the expression from this layer instead of X");
  command.section("Held-out times");
  command.times("--exclude-times", flags.excluded,
                "fit the components without the cells of these times, and project them");
  command.option("-t,--time-key", flags.time_key, "KEY", "column of obs that holds the time");
  command.needs("--exclude-times", "--time-key");
  command.with_threads();
  command.with_provenance();
}

std::vector<Index> highly_variable(const io::H5adFile& file) {
  if (!file.has_var("highly_variable"))
    throw DataError({file.path(), "var/highly_variable"}, "expected the marks of highly variable genes, found none",
                    "run instar-prep --hvg N first, or use all genes (--genes all)");
  const io::Column marks = file.var("highly_variable");
  std::vector<Index> columns;
  for (std::size_t g = 0; g < marks.numbers.size(); ++g)
    if (marks.numbers[g] == 1) columns.push_back(static_cast<Index>(g));
  if (columns.empty())
    throw DataError({file.path(), "var/highly_variable"}, "expected marked genes, found none that is true");
  return columns;
}

std::vector<Index> genes_of_list(const io::H5adFile& file, const std::string& path, core::Reporter& reporter) {
  std::ifstream list(path);
  if (!list) throw DataError({path}, "the list of genes cannot be read", "--genes takes hvg, all or a readable file");
  std::unordered_map<std::string, Index> position;
  const std::vector<std::string> names = file.var_names();
  for (std::size_t g = 0; g < names.size(); ++g) position.emplace(names[g], static_cast<Index>(g));
  std::vector<Index> columns;
  Index unknown = 0;
  std::string line, example;
  while (std::getline(list, line)) {
    line.erase(0, line.find_first_not_of(" \t"));
    line.erase(line.find_last_not_of(" \t\r") + 1);
    if (line.empty()) continue;
    if (const auto found = position.find(line); found != position.end()) {
      columns.push_back(found->second);
    } else if (++unknown == 1) {
      example = line;
    }
  }
  std::sort(columns.begin(), columns.end());
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  if (columns.empty())
    throw DataError({path}, "none of its lines is the name of a gene in " + file.path(),
                    "genes there are called as '" + (names.empty() ? "" : names.front()) + "'");
  if (unknown > 0)
    reporter.warning("names in " + path + " that are not genes of " + file.path() + ": " + std::to_string(unknown) +
                     ", '" + example + "' first; they are left out");
  return columns;
}

std::vector<Index> used_genes(const io::H5adFile& file, const std::string& genes, core::Reporter& reporter) {
  if (genes == "all") return {};
  return genes == "hvg" ? highly_variable(file) : genes_of_list(file, genes, reporter);
}

void write_result(io::H5adWriter& writer, const math::PcaResult& result, const Flags& flags) {
  const auto numbers = [](const Vector& values) { return std::vector<double>(values.begin(), values.end()); };
  writer.set_obsm("X_pca", MatrixF(result.scores.cast<float>()));
  writer.set_varm("PCs", result.loadings);
  writer.remove_uns("pca");
  writer.set_uns("pca.variance", numbers(result.variance));
  writer.set_uns("pca.variance_ratio", numbers(result.variance_ratio));
  writer.set_uns("pca.params.zero_center", true);
  writer.set_uns("pca.params.use_highly_variable", flags.genes == "hvg");
  if (flags.genes == "hvg") writer.set_uns("pca.params.mask_var", std::string("highly_variable"));
  if (flags.layer) writer.set_uns("pca.params.layer", *flags.layer);
  // What the scores are centred by: with it and the loadings, coordinates become expression again.
  writer.set_uns("instar.pca_mean", numbers(result.mean));
  if (!flags.time_key.empty()) writer.set_uns("instar.time_key", flags.time_key);
}

int run(const Flags& flags, cli::Context& context) {
  const io::H5adFile file(flags.input);
  const io::MatrixName matrix = tools::matrix_name(flags.layer, false);
  const auto expression = file.matrix(matrix);
  math::PcaOptions options;
  options.fit_rows = tools::fit_cells(file, flags.time_key, flags.excluded, context.reporter);
  options.columns = used_genes(file, flags.genes, context.reporter);
  const Index genes = options.columns.empty() ? file.n_vars() : static_cast<Index>(options.columns.size());
  const Index cells = options.fit_rows.empty()
                          ? file.n_obs()
                          : static_cast<Index>(std::count(options.fit_rows.begin(), options.fit_rows.end(), true));
  options.n_comps =
      flags.n_comps ? *flags.n_comps : std::clamp<Index>(std::min(genes, cells) - 1, 1, kDefaultComponents);
  context.options["n-comps"] = static_cast<std::int64_t>(options.n_comps);

  io::H5adWriter writer(flags.output, file, context.reporter);
  const math::PcaResult result =
      tools::naming({file.path(), matrix.path()}, [&] { return math::pca(*expression, options, context.reporter); });
  write_result(writer, result, flags);
  if (!context.common.no_provenance) writer.add_provenance("instar-pca", tools::provenance(context, file.digest()));
  writer.commit();
  context.reporter.info(std::to_string(options.n_comps) + " components of " + std::to_string(genes) +
                        " genes, fitted on " + std::to_string(cells) + " of " + std::to_string(file.n_obs()) +
                        " cells, hold " + std::to_string(std::lround(100 * result.variance_ratio.sum())) +
                        " % of the variance");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  cli::Command command("instar-pca");
  command.describe(
      "Computes exact principal components without making the matrix dense, and writes them where scanpy has them: "
      "scores "
      "in obsm[X_pca], loadings in varm[PCs], variances in uns[pca]. The largest loading of each component is "
      "positive.");
  command.describe(
      "With --exclude-times the components are fitted without the cells of these times, which are only projected: a "
      "time "
      "that is to be predicted then leaks nothing into the coordinates.");
  add_flags(command, flags);
  command.example("instar pca prep.h5ad -o pca.h5ad -n 20", "twenty components of the highly variable genes");
  command.example("instar pca prep.h5ad -o pca.h5ad -t time --exclude-times 2",
                  "time 2 held out: it chooses no component (nor genes, where instar-prep was told the same)");
  return command.run(argc, argv, [&](cli::Context& context) { return run(flags, context); });
}
