#include "shared/holdout_table.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "core/error.hpp"
#include "core/format.hpp"

namespace instar::tools {
namespace {

using Cells = std::vector<std::string>;

// Places of the columns that every table has.
constexpr std::size_t kTime = 0, kFrom = 1, kMethod = 2, kSeed = 3, kFirstMetric = 6, kMetrics = 5;

std::string number_or_na(double value) { return std::isfinite(value) ? core::format_number(value) : "NA"; }

/// Names of what stands for w1 and w2: never theirs.
std::vector<std::pair<std::string, double am::Scores::*>> approximate_columns(const am::DistanceOptions& distances) {
  std::vector<std::pair<std::string, double am::Scores::*>> columns;
  if (distances.sliced) columns = {{"sliced_w1", &am::Scores::sliced_w1}, {"sliced_w2", &am::Scores::sliced_w2}};
  if (distances.bounds)
    columns.insert(columns.end(), {{"w1_lower", &am::Scores::w1_lower},
                                   {"w1_upper", &am::Scores::w1_upper},
                                   {"w2_lower", &am::Scores::w2_lower},
                                   {"w2_upper", &am::Scores::w2_upper}});
  return columns;
}

template <class Number>
std::optional<Number> whole_cell(const std::string& cell) {
  Number value{};
  const char* const end = cell.data() + cell.size();
  const auto [at, error] = std::from_chars(cell.data(), end, value);
  return error == std::errc() && at == end ? std::optional(value) : std::nullopt;
}

/// The columns that every table has hold what they should: rows are sorted by them, and counted.
void check_cells(const std::string& path, std::size_t number, const Cells& columns, const Cells& row) {
  const auto fail = [&](std::size_t column, const char* expected) {
    throw DataError(
        {path, "line " + std::to_string(number)},
        "expected " + std::string(expected) + " in column " + columns[column] + ", found '" + row[column] + "'",
        "it should be a table that instar-holdout wrote");
  };
  if (!std::isfinite(whole_cell<double>(row[kTime]).value_or(std::nan("")))) fail(kTime, "a number");
  for (std::size_t column = kSeed; column < kFirstMetric; ++column)
    if (!whole_cell<std::uint64_t>(row[column])) fail(column, "a whole number");
  for (std::size_t column = kFirstMetric; column <= kFirstMetric + kMetrics; ++column)  // the seconds, too
    if (row[column] != "NA" && !whole_cell<double>(row[column])) fail(column, "a number or NA");
}

/// As a number where it is one of JSON's, else as it stands: seeds have 64 bits.
io::Json whole_number(const std::string& cell) {
  const auto value = whole_cell<std::int64_t>(cell);
  return value ? io::Json(*value) : io::Json(cell);
}

/// Columns of equal width, two spaces apart, below a title.
std::vector<std::string> aligned(const std::string& title, const std::vector<Cells>& rows) {
  std::vector<std::string> lines = {title};
  lines.resize(rows.size() + 1);
  for (std::size_t column = 0; column < rows.front().size(); ++column) {
    std::size_t width = 0;
    for (std::size_t k = 0; k < rows.size(); ++k) {
      std::string& line = lines[k + 1];
      line += (column == 0 ? "  " : "") + rows[k][column];
      width = std::max(width, line.size());
    }
    if (column + 1 == rows.front().size()) break;
    for (std::size_t k = 0; k < rows.size(); ++k) lines[k + 1].resize(width + 2, ' ');
  }
  return lines;
}

bool is_floor(const std::string& method) { return method == "floor" || method == "floor-sd"; }

/// A row for each method, with its means and its place by each metric. @param ranked each of some methods
std::vector<std::string> ranking_lines(const std::vector<Ranking>& ranked) {
  std::size_t most = 0;
  for (const Ranking& ranking : ranked) most = std::max(most, ranking.times);
  std::vector<Cells> lines = {{"method"}};
  std::map<std::string, std::size_t> line_of;
  for (const Ranking& ranking : ranked) {
    lines[0].push_back(ranking.metric + (ranking.times < most ? " of " + std::to_string(ranking.times) : ""));
    for (const auto& [method, mean] : ranking.methods)
      if (line_of.emplace(method, lines.size()).second) lines.push_back({method});
  }
  lines.push_back({"floor"});
  for (std::size_t k = 0; k < ranked.size(); ++k) {
    for (std::size_t at = 1; at < lines.size(); ++at) lines[at].push_back("-");
    const auto& methods = ranked[k].methods;
    for (std::size_t place = 0; place < methods.size(); ++place)
      lines[line_of[methods[place].first]].back() =
          core::format_short(methods[place].second) + " (" + std::to_string(place + 1) + ")";
    if (ranked[k].floor) lines.back().back() = core::format_short(*ranked[k].floor);
  }
  if (std::all_of(lines.back().begin() + 1, lines.back().end(), [](const auto& cell) { return cell == "-"; }))
    lines.pop_back();
  return aligned(
      "mean of " + std::to_string(most) + (most == 1 ? " time" : " times") + ", and the place by each measure:", lines);
}

}  // namespace

double number_of(const std::string& text) {
  double value = std::nan("");
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool is_baseline(const std::string& method) {
  static const std::set<std::string> kNames = {"previous",    "next",         "pooled", "linear",
                                               "ot-midpoint", "wfr-midpoint", "floor",  "floor-sd"};
  return kNames.count(method) > 0;
}

std::vector<std::string> holdout_columns(const HoldoutColumns& which) {
  Cells columns = {"time", "from", "method", "seed",   "n_pred",     "n_true",
                   "w1",   "w2",   "mmd",    "energy", "mass_error", "seconds"};
  if (which.intervals)
    for (const char* metric : {"w1", "w2", "mmd", "energy"})
      for (const char* bound : {"_low", "_high"}) columns.push_back(std::string(metric) + bound);
  for (const auto& [name, value] : approximate_columns(which.distances)) columns.push_back(name);
  if (which.tuned) columns.push_back("tuned");
  return columns;
}

std::vector<std::string> holdout_cells(const am::HoldoutRow& row, double seconds, const HoldoutColumns& which,
                                       const std::string& tuned) {
  const am::Scores& s = row.scores;
  Cells cells = {
      core::format_number(row.time), row.from, row.method, std::to_string(row.seed), std::to_string(row.n_pred),
      std::to_string(row.n_true)};
  for (const double value : {s.w1, s.w2, s.mmd, s.energy, s.mass_error, std::round(seconds * 100) / 100})
    cells.push_back(number_or_na(value));
  if (which.intervals) {
    const am::ScoreIntervals bounds = row.intervals.value_or(am::ScoreIntervals::none());
    for (const auto metric : {&am::Scores::w1, &am::Scores::w2, &am::Scores::mmd, &am::Scores::energy})
      for (const double value : {bounds.low.*metric, bounds.high.*metric}) cells.push_back(number_or_na(value));
  }
  for (const auto& [name, value] : approximate_columns(which.distances)) cells.push_back(number_or_na(s.*value));
  if (which.tuned) cells.push_back(tuned);
  return cells;
}

void HoldoutTable::sort() {
  const auto key = [](const Cells& row) {
    const bool baseline = is_baseline(row[kMethod]);
    return std::tuple(number_of(row[kTime]), baseline, baseline ? 0.0 : number_of(row[kSeed]));
  };
  std::stable_sort(rows.begin(), rows.end(), [&](const Cells& a, const Cells& b) { return key(a) < key(b); });
}

std::string HoldoutTable::text() const {
  std::string all = joined_row(columns);
  for (const auto& row : rows) all += joined_row(row);
  return all;
}

HoldoutTable read_holdout_table(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw DataError({path}, "the table cannot be read");
  HoldoutTable table;
  std::string line;
  std::getline(file, line);
  table.columns = cut_row(line);
  const Cells expected = holdout_columns({});
  if (table.columns.size() < expected.size() || !std::equal(expected.begin(), expected.end(), table.columns.begin()))
    throw DataError({path}, "expected a table of instar-holdout, whose first line begins with time, from, method");
  for (std::size_t number = 2; std::getline(file, line); ++number) {
    table.rows.push_back(cut_row(line));
    if (table.rows.back().size() != table.columns.size())
      throw DataError({path, "line " + std::to_string(number)}, "expected " + std::to_string(table.columns.size()) +
                                                                    " columns, found " +
                                                                    std::to_string(table.rows.back().size()));
    check_cells(path, number, table.columns, table.rows.back());
  }
  return table;
}

HoldoutTable merge_holdout_tables(const std::vector<std::string>& paths) {
  std::string missing;
  for (const auto& path : paths)
    if (!std::filesystem::exists(path)) missing += (missing.empty() ? "" : ", ") + path;
  if (!missing.empty()) throw DataError({missing}, "no such file; nothing was merged", "make these shards first");
  HoldoutTable all;
  std::map<Cells, std::string> seen;
  for (const auto& path : paths) {
    const HoldoutTable table = read_holdout_table(path);
    if (all.columns.empty()) all.columns = table.columns;
    if (table.columns != all.columns)
      throw DataError({path}, "expected the columns of " + paths.front() + ", found others",
                      "shards are made with the same options");
    for (const auto& row : table.rows) {
      const Cells who(row.begin(), row.begin() + kSeed + 1);
      const auto [at, fresh] = seen.emplace(who, path);
      if (!fresh)
        throw DataError({path}, "time " + who[kTime] + ", " + who[kMethod] + " from " + who[kFrom] + ", seed " +
                                    who[kSeed] + " is in " + at->second + " already");
      all.rows.push_back(row);
    }
  }
  all.sort();
  return all;
}

std::vector<Ranking> rankings(const HoldoutTable& table) {
  std::vector<Ranking> all;
  for (const char* name : {"w1", "w2", "sliced_w1", "sliced_w2", "mmd", "energy", "mass_error"}) {
    const auto column = std::find(table.columns.begin(), table.columns.end(), name);
    if (column == table.columns.end()) continue;
    const auto metric = static_cast<std::size_t>(column - table.columns.begin());
    std::map<std::string, std::map<std::string, std::pair<double, int>>> by_method;  // method, time: sum and count
    std::set<std::string> times;
    for (const auto& row : table.rows) {
      const double value = number_of(row[metric]);
      if (row[kMethod] == "floor-sd" || !std::isfinite(value)) continue;
      const bool plain = is_floor(row[kMethod]) || row[kMethod] == row[kFrom];
      auto& [sum, count] = by_method[plain ? row[kMethod] : row[kMethod] + " from " + row[kFrom]][row[kTime]];
      sum += value;
      ++count;
      times.insert(row[kTime]);
    }
    Ranking ranking{name, times.size(), {}, {}, {}};
    for (const auto& [method, by_time] : by_method) {
      if (by_time.size() < times.size()) {  // a mean over other times is not comparable
        ranking.incomplete.push_back(method);
        continue;
      }
      double mean = 0;
      for (const auto& entry : by_time)
        mean += entry.second.first / entry.second.second / static_cast<double>(times.size());
      if (is_floor(method))
        ranking.floor = mean;
      else
        ranking.methods.emplace_back(method, mean);
    }
    std::stable_sort(ranking.methods.begin(), ranking.methods.end(),
                     [](const auto& a, const auto& b) { return a.second < b.second; });
    if (!by_method.empty()) all.push_back(std::move(ranking));
  }
  return all;
}

std::vector<std::string> rank_summary(const HoldoutTable& table) {
  std::vector<Ranking> ranked = rankings(table);
  std::set<std::string> unranked;
  for (const Ranking& ranking : ranked) unranked.insert(ranking.incomplete.begin(), ranking.incomplete.end());
  std::erase_if(ranked, [](const Ranking& ranking) { return ranking.methods.empty(); });
  for (const Ranking& ranking : ranked)
    for (const auto& [method, mean] : ranking.methods) unranked.erase(method);
  std::vector<std::string> lines = ranked.empty() ? std::vector<std::string>{} : ranking_lines(ranked);
  if (!unranked.empty()) {
    std::string names;
    for (const std::string& method : unranked) names += (names.empty() ? "" : ", ") + method;
    lines.push_back("not ranked, for want of a value at every time: " + names);
  }
  return lines;
}

io::Json report_of(const HoldoutTable& table) {
  io::Json rows = io::Json::array();
  for (const auto& row : table.rows) {
    io::Json entry = io::Json::object();
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string& name = table.columns[c];
      if (name == "from" || name == "method" || name == "tuned")
        entry.set(name, row[c] == "NA" ? io::Json() : io::Json(row[c]));
      else if (name == "seed" || name == "n_pred" || name == "n_true")
        entry.set(name, whole_number(row[c]));
      else
        entry.set(name, number_of(row[c]));
    }
    rows.push(std::move(entry));
  }
  io::Json ranked = io::Json::object();
  for (const Ranking& ranking : rankings(table)) {
    io::Json methods = io::Json::array();
    for (const auto& [method, mean] : ranking.methods)
      methods.push(io::Json::object().set("method", method).set("mean", mean));
    io::Json incomplete = io::Json::array();
    for (const auto& method : ranking.incomplete) incomplete.push(method);
    ranked.set(ranking.metric, io::Json::object()
                                   .set("times", static_cast<std::int64_t>(ranking.times))
                                   .set("methods", std::move(methods))
                                   .set("incomplete", std::move(incomplete))
                                   .set("floor", ranking.floor ? io::Json(*ranking.floor) : io::Json()));
  }
  return io::Json::object().set("rows", std::move(rows)).set("ranking", std::move(ranked));
}

std::vector<std::string> cut_row(const std::string& line) {
  Cells cells;
  std::size_t begin = 0;
  for (std::size_t tab; (tab = line.find('\t', begin)) != std::string::npos; begin = tab + 1)
    cells.push_back(line.substr(begin, tab - begin));
  cells.push_back(line.substr(begin));
  return cells;
}

std::string joined_row(const std::vector<std::string>& cells) {
  std::string line;
  for (const auto& cell : cells) line += (line.empty() ? "" : "\t") + cell;
  return line + '\n';
}

}  // namespace instar::tools
