#include "shared/pca_genes.hpp"

#include <algorithm>
#include <fstream>
#include <unordered_map>

#include "core/error.hpp"

namespace instar::tools {

std::vector<Index> positions(const std::vector<bool>& marks) {
  std::vector<Index> result;
  for (std::size_t g = 0; g < marks.size(); ++g)
    if (marks[g]) result.push_back(static_cast<Index>(g));
  return result;
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

std::vector<Index> genes_of_list(const std::vector<std::string>& names, const std::string& data,
                                 const std::string& list, core::Reporter& reporter) {
  std::ifstream lines(list);
  if (!lines) throw DataError({list}, "the list of genes cannot be read", "--genes takes hvg, all or a readable file");
  std::unordered_map<std::string, Index> position;
  for (std::size_t g = 0; g < names.size(); ++g) position.emplace(names[g], static_cast<Index>(g));
  std::vector<Index> columns;
  Index unknown = 0;
  std::string line, example;
  while (std::getline(lines, line)) {
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
    throw DataError({list}, "none of its lines is the name of a gene in " + data,
                    "genes there are called as '" + (names.empty() ? "" : names.front()) + "'");
  if (unknown > 0)
    reporter.warning("names in " + list + " that are not genes of " + data + ": " + std::to_string(unknown) + ", '" +
                     example + "' first; they are left out");
  return columns;
}

}  // namespace instar::tools
