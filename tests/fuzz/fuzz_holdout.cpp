// Lines that the tools read: tables of holdout (by the report, and several to be merged), logs of fit, lists of genes.
// A form feed begins the next file.
#include <cmath>
#include <list>

#include "fuzz/target.hpp"
#include "shared/holdout_table.hpp"
#include "shared/pca_genes.hpp"
#include "shared/report_tables.hpp"

using namespace instar;

namespace {

void check_table(const tools::HoldoutTable& table) {
  for (const auto& row : table.rows)
    if (row.size() != table.columns.size() || !std::isfinite(tools::number_of(row[0]))) std::abort();
  tools::rank_summary(table);
  tools::report_of(table).text();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text(data, size);
  constexpr std::size_t kMostFiles = 8;
  std::list<fuzz::MemoryFile> files;
  std::vector<std::string> paths;
  for (std::size_t begin = 0; begin <= size && paths.size() < kMostFiles;) {
    const std::size_t end = std::min(text.find('\f', begin), size);
    paths.push_back(files.emplace_back(data + begin, end - begin).path());
    begin = end + 1;
  }
  fuzz::refused_or_read([&] { check_table(tools::merge_holdout_tables(paths)); });
  fuzz::refused_or_read([&] {
    for (const auto& row : tools::read_scores(paths.front()).rows)
      if (row.value.size() != 4 || row.low.size() != row.high.size()) std::abort();
  });
  fuzz::refused_or_read([&] {
    const auto training = tools::read_training(paths.front());
    if (training.step.size() != training.loss.size() || training.step.empty()) std::abort();
  });
  fuzz::refused_or_read([&] {
    for (const Index gene : tools::genes_of_list({"a", "b c", ""}, "data", paths.front(), core::silent()))
      if (gene < 0 || gene > 2) std::abort();
  });
  return 0;
}
