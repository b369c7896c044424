#include "shared/info_page.hpp"

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <unordered_set>

#include "cli/resources.hpp"
#include "core/error.hpp"
#include "core/time_label.hpp"

namespace instar::tools {
namespace {

using io::Json;

// Values that are looked at where X is not read through.
constexpr Index kGlance = 1 << 18;
// With fewer cells a time says little of a population.
constexpr Index kFewCells = 10;

std::string kind_name(io::MatrixKind kind) {
  if (kind == io::MatrixKind::dense) return "dense";
  return kind == io::MatrixKind::csr ? "csr" : "csc";
}

Json matrix_json(const io::MatrixInfo& info) {
  return std::move(Json::object().set("kind", kind_name(info.kind)).set("dtype", info.dtype));
}

std::string counted(Index count, const std::string& one, const std::string& more) {
  return std::to_string(count) + " " + (count == 1 ? one : more);
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

/// A table of times and cells, with a column of how the times are stored where that is not the same.
void print_times(const io::CellTimes& times) {
  constexpr int kBar = 40;
  const std::string stored = "as stored";
  std::size_t time_width = std::string("time").size();
  std::size_t stored_width = stored.size();
  bool same = true;
  Index most = 1;
  for (const auto& entry : times.table) {
    const std::string time = core::format_number(entry.time);
    time_width = std::max(time_width, time.size());
    stored_width = std::max(stored_width, entry.label.size());
    same = same && entry.label == time;
    most = std::max(most, entry.cells);
  }
  const auto column = [&](const std::string& text) {
    return same ? std::string() : "  " + text + std::string(stored_width - text.size(), ' ');
  };
  const auto width = static_cast<int>(time_width);
  std::printf("\n%s: %s%s\n", times.key.c_str(),
              counted(static_cast<Index>(times.table.size()), "time", "times").c_str(),
              times.unit.empty() ? "" : (", unit " + times.unit).c_str());
  std::printf("  %*s%s  %9s\n", width, "time", column(stored).c_str(), "cells");
  for (const auto& entry : times.table) {
    const auto bar = static_cast<std::size_t>((entry.cells * kBar + most - 1) / most);
    std::printf("  %*s%s  %9lld  %s\n", width, core::format_number(entry.time).c_str(), column(entry.label).c_str(),
                static_cast<long long>(entry.cells), std::string(bar, '#').c_str());
  }
  if (times.missing > 0) std::printf("  %lld cells without a time\n", static_cast<long long>(times.missing));
}

Index repeated(const std::vector<std::string>& names) {
  const std::unordered_set<std::string_view> distinct(names.begin(), names.end(), names.size());
  return static_cast<Index>(names.size() - distinct.size());
}

void look_at_x(const io::H5adFile& file, const Contents& contents, std::vector<std::string>& notes) {
  if (!contents.x) {
    notes.push_back("there is no X: prep and pca need a matrix (--layer or --raw name another)");
    return;
  }
  if (contents.x->kind == io::MatrixKind::csc)
    notes.push_back(
        "X is stored by columns (csc): reading it by cells takes longer, and room in TMPDIR where it is large");
  std::optional<io::MatrixStats> stats = contents.stats;
  try {
    if (!stats) stats = io::measure(file.first_values({}, kGlance));
  } catch (const DataError& error) {
    notes.push_back(error.what());
    return;
  }
  if (stats->nonzero == 0) {
    if (contents.stats) notes.push_back("X holds nothing but zeros");
  } else if (stats->sum != stats->sum) {
    notes.push_back("X holds values that are not numbers (NaN)");
  } else if (stats->min < 0) {
    notes.push_back("X holds negative values: scaled or centred already? prep wants counts");
  } else if (stats->integers) {
    notes.push_back("X holds integers: raw counts? prep makes of them what pca needs");
  }
}

void look_at_times(const io::H5adFile& file, const Contents& contents, std::vector<std::string>& notes) {
  if (!contents.times) {
    for (const auto& name : io::likely_times(file))
      notes.push_back("obs/" + name + " may hold times: see them with -t " + name);
    return;
  }
  const io::CellTimes& times = *contents.times;
  if (!times.unit.empty()) notes.push_back(times.key + " is text: read as " + times.unit + "s");
  if (times.table.size() == 1) notes.push_back("there is one time only: a fit needs two, holding one out three");
  if (times.missing > 0)
    notes.push_back(counted(times.missing, "cell has", "cells have") +
                    " no time: fit and holdout leave them out with "
                    "--drop-missing-times");
  std::string few;
  for (const auto& entry : times.table)
    if (entry.cells < kFewCells) few += (few.empty() ? "" : ", ") + core::format_number(entry.time);
  if (!few.empty()) notes.push_back("times with fewer than " + std::to_string(kFewCells) + " cells: " + few);
}

void print_notes(const io::H5adFile& file, const Contents& contents) {
  std::vector<std::string> notes;
  look_at_x(file, contents, notes);
  look_at_times(file, contents, notes);
  if (const Index count = repeated(contents.names); count > 0)
    notes.push_back(counted(count, "name of a cell is", "names of cells are") + " there more than once");
  if (const Index count = repeated(file.var_names()); count > 0)
    notes.push_back(counted(count, "name of a gene is", "names of genes are") + " there more than once");
  if (notes.empty()) return;
  std::printf("\nWorth a look:\n");
  for (const auto& note : notes) std::printf("  %s\n", note.c_str());
}

std::string share(const io::MatrixInfo& info) {
  const double all = static_cast<double>(info.rows) * static_cast<double>(info.cols);
  char text[32];
  std::snprintf(text, sizeof text, "%.3g %%", all > 0 ? 100 * static_cast<double>(info.stored) / all : 0);
  return text;
}

}  // namespace

Json contents_json(const io::H5adFile& file, const Contents& contents) {
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
  report.set("varm", Json::array(file.varm())).set("obsp", Json::array(file.obsp()));
  report.set("varp", Json::array(file.varp()));
  report.set("raw", contents.raw ? Json::object().set("genes", std::int64_t{contents.raw_genes}) : Json());
  report.set("time_key", contents.times ? Json(contents.times->key) : Json()).set("times", times);
  report.set("cells_without_time", contents.times ? Json(std::int64_t{contents.times->missing}) : Json());
  report.set("first_cell", contents.names.empty() ? Json() : Json(contents.names.front()));
  report.set("last_cell", contents.names.empty() ? Json() : Json(contents.names.back()));
  return report;
}

void print_contents(const io::H5adFile& file, const Contents& contents) {
  std::printf("%s: %lld cells x %lld genes, %s\n\n", file.path() == "-" ? "standard input" : file.path().c_str(),
              static_cast<long long>(file.n_obs()), static_cast<long long>(file.n_vars()),
              cli::format_bytes(file.bytes()).c_str());
  const auto matrix = [](const io::MatrixInfo& info) { return kind_name(info.kind) + ", " + info.dtype; };
  std::vector<std::string> x;
  if (contents.x) x = {kind_name(contents.x->kind), contents.x->dtype};
  if (contents.x && contents.x->kind != io::MatrixKind::dense)
    x.push_back(std::to_string(contents.x->stored) + " values stored (" + share(*contents.x) + ")");
  print_list("X", x);
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
  // What instar only copies is named where there is any.
  const std::pair<const char*, std::vector<std::string>> copied[] = {
      {"varm", file.varm()}, {"obsp", file.obsp()}, {"varp", file.varp()}};
  for (const auto& [name, elements] : copied)
    if (!elements.empty()) print_list(name, elements);
  print_list("obs", file.obs_columns());
  print_list("var", file.var_columns());
  print_list("uns", file.uns());
  if (!contents.names.empty()) print_list("cells", {contents.names.front() + " ... " + contents.names.back()});
  if (contents.times) print_times(*contents.times);
  print_notes(file, contents);
}

}  // namespace instar::tools
