#include "shared/holdout_table.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <tuple>
#include <unistd.h>

#include "core/error.hpp"
#include "core/format.hpp"

namespace instar::tools {
namespace {

using Cells = std::vector<std::string>;

// Places of the columns that every table has.
constexpr std::size_t kTime = 0, kFrom = 1, kMethod = 2, kSeed = 3, kFirstMetric = 6, kMetrics = 5;

std::string number_or_na(double value) { return std::isfinite(value) ? core::format_number(value) : "NA"; }

bool is_floor(const std::string& method) { return method == "floor" || method == "floor-sd"; }

Cells cut(const std::string& line) {
  Cells cells;
  std::size_t begin = 0;
  for (std::size_t tab; (tab = line.find('\t', begin)) != std::string::npos; begin = tab + 1)
    cells.push_back(line.substr(begin, tab - begin));
  cells.push_back(line.substr(begin));
  return cells;
}

std::string joined(const Cells& cells) {
  std::string line;
  for (const auto& cell : cells) line += (line.empty() ? "" : "\t") + cell;
  return line + '\n';
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

std::vector<std::string> holdout_columns(bool intervals, bool tuned) {
  Cells columns = {"time", "from", "method", "seed",   "n_pred",     "n_true",
                   "w1",   "w2",   "mmd",    "energy", "mass_error", "seconds"};
  if (intervals)
    for (const char* metric : {"w1", "w2", "mmd", "energy"})
      for (const char* bound : {"_low", "_high"}) columns.push_back(std::string(metric) + bound);
  if (tuned) columns.push_back("tuned");
  return columns;
}

std::vector<std::string> holdout_cells(const am::HoldoutRow& row, double seconds, bool intervals,
                                       const std::string& tuned) {
  const am::Scores& s = row.scores;
  Cells cells = {
      core::format_number(row.time), row.from, row.method, std::to_string(row.seed), std::to_string(row.n_pred),
      std::to_string(row.n_true)};
  for (const double value : {s.w1, s.w2, s.mmd, s.energy, s.mass_error, std::round(seconds * 100) / 100})
    cells.push_back(number_or_na(value));
  if (intervals) {
    const am::ScoreIntervals bounds = row.intervals.value_or(am::ScoreIntervals::none());
    for (const auto metric : {&am::Scores::w1, &am::Scores::w2, &am::Scores::mmd, &am::Scores::energy})
      for (const double value : {bounds.low.*metric, bounds.high.*metric}) cells.push_back(number_or_na(value));
  }
  if (!tuned.empty()) cells.push_back(tuned);
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
  std::string all = joined(columns);
  for (const auto& row : rows) all += joined(row);
  return all;
}

HoldoutTable read_holdout_table(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw DataError({path}, "the table cannot be read");
  HoldoutTable table;
  std::string line;
  std::getline(file, line);
  table.columns = cut(line);
  const Cells expected = holdout_columns(false, false);
  if (table.columns.size() < expected.size() || !std::equal(expected.begin(), expected.end(), table.columns.begin()))
    throw DataError({path}, "expected a table of instar-holdout, whose first line begins with time, from, method");
  for (std::size_t number = 2; std::getline(file, line); ++number) {
    table.rows.push_back(cut(line));
    if (table.rows.back().size() != table.columns.size())
      throw DataError({path, "line " + std::to_string(number)}, "expected " + std::to_string(table.columns.size()) +
                                                                    " columns, found " +
                                                                    std::to_string(table.rows.back().size()));
  }
  return table;
}

HoldoutTable merge_holdout_tables(const std::vector<std::string>& paths) {
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

std::vector<std::string> rank_summary(const HoldoutTable& table) {
  std::vector<std::string> lines;
  for (std::size_t metric = kFirstMetric; metric < kFirstMetric + kMetrics; ++metric) {
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
    std::vector<std::pair<double, std::string>> ranked;
    std::string floor;
    for (const auto& [method, by_time] : by_method) {
      if (by_time.size() < times.size()) continue;  // a mean over other times is not comparable
      double mean = 0;
      for (const auto& entry : by_time)
        mean += entry.second.first / entry.second.second / static_cast<double>(times.size());
      if (is_floor(method))
        floor = "; floor " + core::format_short(mean);
      else
        ranked.emplace_back(mean, method);
    }
    if (ranked.empty()) continue;
    std::sort(ranked.begin(), ranked.end());
    std::string line = table.columns[metric] + ", mean of " + std::to_string(times.size()) +
                       (times.size() == 1 ? " time:" : " times:");
    for (std::size_t k = 0; k < ranked.size(); ++k)
      line += (k == 0 ? " " : ", ") + std::to_string(k + 1) + ". " + ranked[k].second + " " +
              core::format_short(ranked[k].first);
    lines.push_back(line + floor);
  }
  return lines;
}

HoldoutJournal::HoldoutJournal(const std::string& target, std::string run)
    : path_(target == "-" ? "" : target + ".partial"), run_("# instar-holdout " + std::move(run)) {}

std::size_t HoldoutJournal::resume() {
  std::ifstream file(path_);
  if (path_.empty() || !file) return 0;
  std::string line;
  std::getline(file, line);
  if (line != run_)
    throw DataError({path_}, "expected the rest of a run on this input with these options, found that of another",
                    "run without --resume to start anew");
  std::vector<Cells> unfinished;
  while (std::getline(file, line)) {
    if (file.eof()) break;  // a line without its end was being written
    if (line.starts_with("# done ")) {
      parts_.push_back(line.substr(7));
      rows_.insert(rows_.end(), unfinished.begin(), unfinished.end());
      unfinished.clear();
    } else {
      unfinished.push_back(cut(line));
    }
  }
  file.close();
  // Written anew without what was unfinished, so that more can be appended.
  const auto parts = std::move(parts_);
  const auto rows = std::move(rows_);
  parts_.clear();
  rows_.clear();
  if (parts.empty()) return 0;
  add(parts.front(), rows);
  for (std::size_t k = 1; k < parts.size(); ++k) add(parts[k], {});
  return parts.size();
}

bool HoldoutJournal::has(const std::string& part) const {
  return std::find(parts_.begin(), parts_.end(), part) != parts_.end();
}

void HoldoutJournal::add(const std::string& part, const std::vector<std::vector<std::string>>& rows) {
  parts_.push_back(part);
  rows_.insert(rows_.end(), rows.begin(), rows.end());
  if (path_.empty()) return;
  std::string text = started_ ? "" : run_ + '\n';
  for (const auto& row : rows) text += joined(row);
  text += "# done " + part + '\n';
  const int file = ::open(path_.c_str(), O_WRONLY | O_CREAT | (started_ ? O_APPEND : O_TRUNC), 0666);
  const bool written =
      file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
  const int error = errno;
  if (file >= 0) ::close(file);
  if (!written) throw DataError({path_}, std::strerror(error));
  started_ = true;
}

void HoldoutJournal::remove() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove(path_, ignored);
}

}  // namespace instar::tools
