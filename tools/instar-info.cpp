#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "core/error.hpp"
#include "core/time_label.hpp"
#include "io/h5ad.hpp"
#include "io/json.hpp"
#include "io/matrix_stats.hpp"
#include "io/output.hpp"
#include "io/times.hpp"

namespace {

using namespace instar;
using io::Json;

struct Options {
  std::string input;
  std::optional<std::string> time_key;
  bool stats = false;
};

/// What the file holds, read once and shown in either form. What cannot be described has no entry's details.
struct Contents {
  std::optional<io::MatrixInfo> x;
  std::optional<io::MatrixStats> stats;
  std::vector<std::pair<std::string, std::optional<io::MatrixInfo>>> layers;
  std::vector<std::pair<std::string, std::optional<std::pair<Index, Index>>>> obsm;
  std::vector<std::string> names;
  Index raw_genes = 0;
  bool raw = false;
  std::optional<io::CellTimes> times;
};

std::string kind_name(io::MatrixKind kind) {
  if (kind == io::MatrixKind::dense) return "dense";
  return kind == io::MatrixKind::csr ? "csr" : "csc";
}

Contents read_contents(const io::H5adFile& file, const Options& options, core::Reporter& reporter) {
  Contents contents;
  // One odd element must not hide the rest of the file.
  const auto attempt = [&](auto&& read) -> decltype(std::optional(read())) {
    try {
      return read();
    } catch (const DataError& error) {
      reporter.warning(error.what());
      return std::nullopt;
    }
  };
  contents.x = file.matrix_info({});
  if (contents.x && options.stats) contents.stats = io::measure(*file.matrix({}));
  for (const auto& name : file.layers())
    contents.layers.emplace_back(name, attempt([&] {
                                   return file.matrix_info({io::MatrixName::Slot::layer, name}).value();
                                 }));
  for (const auto& name : file.obsm()) contents.obsm.emplace_back(name, attempt([&] { return file.obsm_shape(name); }));
  contents.names = file.obs_names();
  if (const auto raw = file.matrix_info({io::MatrixName::Slot::raw})) {
    contents.raw = true;
    contents.raw_genes = raw->cols;
  }
  if (options.time_key) contents.times = io::read_times(file, *options.time_key);
  return contents;
}

Json matrix_json(const io::MatrixInfo& info) {
  return std::move(Json::object().set("kind", kind_name(info.kind)).set("dtype", info.dtype));
}

Json to_json(const io::H5adFile& file, const Contents& contents) {
  Json x;
  if (contents.x) x = matrix_json(*contents.x);
  if (const auto& stats = contents.stats)
    x.set("nnz", std::int64_t{stats->nonzero})
        .set("sum", stats->sum)
        .set("min", stats->min)
        .set("max", stats->max)
        .set("integers", stats->integers);
  Json layers = Json::object();
  for (const auto& [name, info] : contents.layers) layers.set(name, info ? matrix_json(*info) : Json());
  Json obsm = Json::object();
  for (const auto& [name, shape] : contents.obsm)
    obsm.set(name, shape ? Json::array().push(std::int64_t{shape->first}).push(std::int64_t{shape->second}) : Json());
  Json times = Json::array();
  if (contents.times)
    for (const auto& entry : contents.times->table)
      times.push(
          Json::object().set("time", entry.time).set("label", entry.label).set("cells", std::int64_t{entry.cells}));
  Json report = Json::object();
  report.set("cells", std::int64_t{file.n_obs()}).set("genes", std::int64_t{file.n_vars()}).set("X", x);
  report.set("layers", layers).set("obsm", obsm).set("obs", Json::array(file.obs_columns()));
  report.set("var", Json::array(file.var_columns())).set("uns", Json::array(file.uns()));
  report.set("raw", contents.raw ? Json::object().set("genes", std::int64_t{contents.raw_genes}) : Json());
  report.set("time_key", contents.times ? Json(contents.times->key) : Json()).set("times", times);
  report.set("cells_without_time", contents.times ? Json(std::int64_t{contents.times->missing}) : Json());
  report.set("first_cell", contents.names.empty() ? Json() : Json(contents.names.front()));
  report.set("last_cell", contents.names.empty() ? Json() : Json(contents.names.back()));
  return report;
}

/// `title   a, b, c`, continued below the first entry where the line is full.
void print_list(const std::string& title, const std::vector<std::string>& items) {
  constexpr std::size_t kIndent = 9;
  constexpr std::size_t kWidth = 80;
  std::string line = title + std::string(kIndent - std::min(kIndent - 1, title.size()), ' ');
  if (items.empty()) line += "none";
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string item = items[i] + (i + 1 < items.size() ? "," : "");
    if (i > 0 && line.size() + 1 + item.size() > kWidth) {
      std::printf("%s\n", line.c_str());
      line.assign(kIndent, ' ');
    } else if (i > 0) {
      line += ' ';
    }
    line += item;
  }
  std::printf("%s\n", line.c_str());
}

void print_times(const io::CellTimes& times) {
  constexpr int kBar = 40;
  std::size_t time_width = 0;
  std::size_t label_width = 0;
  Index most = 1;
  for (const auto& entry : times.table) {
    time_width = std::max(time_width, core::format_number(entry.time).size());
    label_width = std::max(label_width, entry.label.size());
    most = std::max(most, entry.cells);
  }
  std::printf("\n%s: %zu times%s\n", times.key.c_str(), times.table.size(),
              times.unit.empty() ? "" : (", unit " + times.unit).c_str());
  for (const auto& entry : times.table) {
    const auto bar = static_cast<std::size_t>((entry.cells * kBar + most - 1) / most);
    std::printf("  %*s  %-*s  %9lld  %s\n", static_cast<int>(time_width), core::format_number(entry.time).c_str(),
                static_cast<int>(label_width), entry.label.c_str(), static_cast<long long>(entry.cells),
                std::string(bar, '#').c_str());
  }
  if (times.missing > 0) std::printf("  %lld cells without a time\n", static_cast<long long>(times.missing));
}

void print_page(const io::H5adFile& file, const Contents& contents) {
  std::printf("%s: %lld cells x %lld genes\n\n", file.path().c_str(), static_cast<long long>(file.n_obs()),
              static_cast<long long>(file.n_vars()));
  const auto matrix = [](const io::MatrixInfo& info) { return kind_name(info.kind) + ", " + info.dtype; };
  print_list("X", contents.x ? std::vector<std::string>{matrix(*contents.x)} : std::vector<std::string>{});
  if (const auto& stats = contents.stats)
    print_list("", {std::to_string(stats->nonzero) + " values other than zero",
                    std::string(stats->integers ? "whole numbers" : "numbers") + " from " +
                        core::format_number(stats->min) + " to " + core::format_number(stats->max),
                    "sum " + core::format_number(stats->sum)});
  std::vector<std::string> layers;
  for (const auto& [name, info] : contents.layers) layers.push_back(name + (info ? " (" + matrix(*info) + ")" : ""));
  print_list("layers", layers);
  if (contents.raw) print_list("raw", {std::to_string(contents.raw_genes) + " genes"});
  std::vector<std::string> obsm;
  for (const auto& [name, shape] : contents.obsm)
    obsm.push_back(name + (shape ? " (" + std::to_string(shape->second) + ")" : ""));
  print_list("obsm", obsm);
  print_list("obs", file.obs_columns());
  print_list("var", file.var_columns());
  print_list("uns", file.uns());
  if (!contents.names.empty()) print_list("cells", {contents.names.front() + " ... " + contents.names.back()});
  if (contents.times) print_times(*contents.times);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  cli::Command command("instar-info");
  command.describe(
      "Shows the shape of an h5ad file, its matrices, annotations and, with -t, its times with the cells of each. "
      "Reads "
      "files of every anndata since 0.5.");
  command.input(options.input, "INPUT", "h5ad file, or - for standard input");
  command.option("-t,--time-key", options.time_key, "KEY", "column of obs that holds the time");
  command.flag("--stats", options.stats, "read X through: count, sum, smallest and largest of its values");
  command.with_threads();
  command.with_json();
  command.example("instar info counts.h5ad -t time", "what the file holds, and how many cells each time has");
  return command.run(argc, argv, [&](cli::Context& context) {
    const io::H5adFile file(options.input);
    const Contents contents = read_contents(file, options, context.reporter);
    if (context.common.json)
      std::printf("%s\n", to_json(file, contents).text().c_str());
    else
      print_page(file, contents);
    return 0;
  });
}
