#include "io/times.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <map>

#include "core/error.hpp"
#include "core/time_label.hpp"

namespace instar::io {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// Why a column cannot be times. Not an error yet: it may be one of many that are tried.
struct NoTimes {
  std::string problem, advice;
};

DataError::Where where(const H5adFile& file, const std::string& key) {
  return {file.path() == "-" ? "standard input" : file.path(), "obs/" + key};
}

/// `columns that look like times: a, b`; empty where none does.
std::string where_times_may_be(const H5adFile& file) {
  std::string names;
  for (const auto& name : likely_times(file)) names += (names.empty() ? "" : ", ") + name;
  return names.empty() ? "" : "columns that look like times: " + names;
}

[[noreturn]] void missing_key(const H5adFile& file, const std::string& key) {
  std::string advice = where_times_may_be(file);
  if (advice.empty()) {
    std::string all;
    for (const auto& name : file.obs_columns()) all += (all.empty() ? "" : ", ") + name;
    if (all.empty()) throw DataError(where(file, key), "obs has no columns, so the file holds no times");
    advice = "the columns of obs are: " + all;
  }
  throw DataError(where(file, key), "obs has no column '" + key + "'", advice + "; name the time with -t");
}

/// Distinct labels of a text column, in order of appearance, and each row's.
struct Labels {
  std::vector<std::string> distinct;
  std::vector<std::int32_t> of_row;  ///< -1: missing
};

Labels distinct_labels(const Column& column) {
  Labels labels;
  if (column.kind == Column::Kind::category) {
    // Categories without cells say nothing about time (`unknown`, left over from a filter).
    std::vector<bool> used(column.categories.size(), false);
    for (std::int32_t code : column.codes)
      if (code >= 0) used[static_cast<std::size_t>(code)] = true;
    std::vector<std::int32_t> number(column.categories.size(), -1);
    for (std::size_t i = 0; i < used.size(); ++i) {
      if (!used[i]) continue;
      number[i] = static_cast<std::int32_t>(labels.distinct.size());
      labels.distinct.push_back(column.categories[i]);
    }
    for (std::int32_t code : column.codes)
      labels.of_row.push_back(code < 0 ? -1 : number[static_cast<std::size_t>(code)]);
    return labels;
  }
  std::map<std::string, std::int32_t> seen;
  for (std::size_t i = 0; i < column.text.size(); ++i) {
    const bool missing = !column.missing.empty() && column.missing[i];
    if (missing || column.text[i].empty()) {
      labels.of_row.push_back(-1);
      continue;
    }
    const auto [it, fresh] = seen.emplace(column.text[i], static_cast<std::int32_t>(labels.distinct.size()));
    if (fresh) labels.distinct.push_back(column.text[i]);
    labels.of_row.push_back(it->second);
  }
  return labels;
}

// How NaN looks once it has become text.
bool means_missing(const std::string& label) {
  static const char* const kWords[] = {"nan", "na", "n/a", "none", "null", "<na>", ""};
  const std::string plain = lower(label);
  return std::any_of(std::begin(kWords), std::end(kWords), [&](const char* word) { return plain == word; });
}

void from_labels(const Column& column, CellTimes& times) {
  Labels labels = distinct_labels(column);
  std::vector<std::string> known;
  std::vector<std::size_t> at(labels.distinct.size());
  for (std::size_t i = 0; i < labels.distinct.size(); ++i) {
    at[i] = known.size();
    if (means_missing(labels.distinct[i]))
      at[i] = std::numeric_limits<std::size_t>::max();
    else
      known.push_back(labels.distinct[i]);
  }
  core::TimeTable table;
  const char* advice = "name a column with one time for each cell with -t, or add one to the file";
  try {
    for (const auto& label : known) core::parse_time_label(label);
    advice = "give the column one unit, or name another with -t";
    table = core::parse_time_labels(known);
  } catch (const UsageError& error) {
    throw NoTimes{error.what(), advice};
  }
  times.unit = table.unit;
  std::vector<Index> cells(known.size(), 0);
  for (std::int32_t label : labels.of_row) {
    const std::size_t entry = label < 0 ? std::numeric_limits<std::size_t>::max() : at[static_cast<std::size_t>(label)];
    const bool missing = entry == std::numeric_limits<std::size_t>::max();
    times.values.push_back(missing ? kMissing : table.values[entry]);
    if (missing)
      ++times.missing;
    else
      ++cells[entry];
  }
  for (std::size_t i = 0; i < known.size(); ++i) times.table.push_back({table.values[i], known[i], cells[i]});
}

void from_numbers(const Column& column, CellTimes& times) {
  std::map<double, Index> cells;
  for (double value : column.numbers) {
    if (std::isinf(value)) throw NoTimes{"expected finite times, found an infinite one", "name another column with -t"};
    times.values.push_back(value);
    if (std::isnan(value))
      ++times.missing;
    else
      ++cells[value];
  }
  for (const auto& [value, count] : cells) times.table.push_back({value, core::format_number(value), count});
}

CellTimes understood(const std::string& key, const Column& column) {
  CellTimes times;
  times.key = key;
  if (column.kind == Column::Kind::boolean)
    throw NoTimes{"expected times, found true and false", "name the time column with -t"};
  const bool numeric = column.kind == Column::Kind::number ||
                       (column.kind == Column::Kind::category && !column.category_numbers.empty());
  numeric ? from_numbers(column, times) : from_labels(column, times);
  std::sort(times.table.begin(), times.table.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
  if (times.table.empty() && times.missing == 0) throw NoTimes{"expected times of cells, found no cells", ""};
  if (times.table.empty())
    throw NoTimes{"expected times, found none: all " + std::to_string(times.missing) + " cells lack one",
                  "name another column with -t"};
  return times;
}

bool names_time(const std::string& column) {
  static const char* const kWords[] = {"time", "day", "hour", "stage", "week", "hpf", "dpf"};
  const std::string plain = lower(column);
  return plain == "age" || std::any_of(std::begin(kWords), std::end(kWords),
                                       [&](const char* word) { return plain.find(word) != std::string::npos; });
}

/// Whether a column without a telling name may hold times, from a glance: most do not, and are not read.
bool may_hold_times(const H5adFile& file, const std::string& column) {
  constexpr Index kGlance = 100;
  const std::vector<std::string> labels = file.some_obs_labels(column, kGlance);
  for (const auto& label : labels)
    if (!means_missing(label)) core::parse_time_label(label);  // throws at the first that is none
  return !labels.empty();
}

/// `D3`, `E7`: a day and an embryonic day, or a donor and a well. (`72h`, `day 3` are times whatever they stand in.)
bool letter_and_number(const std::string& label) {
  const auto is_letter = [](unsigned char c) { return std::isalpha(c) != 0; };
  return std::count_if(label.begin(), label.end(), is_letter) == 1 && is_letter(static_cast<unsigned char>(label[0]));
}

/// Whether labels alone tell of times. Names are whole numbers one after the other, and seldom begin with 0.
bool tell_of_times(const CellTimes& times) {
  const auto& table = times.table;
  if (times.unit.empty() || table.size() < 2) return false;
  if (!std::all_of(table.begin(), table.end(), [](const auto& entry) { return letter_and_number(entry.label); }))
    return true;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].time == 0 || table[i].time != std::floor(table[i].time)) return true;
    if (i > 1 && table[i].time - table[i - 1].time != table[1].time - table[0].time) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> likely_times(const H5adFile& file) {
  std::vector<std::string> named, others;
  for (const auto& name : file.obs_columns()) {
    const bool telling = names_time(name);
    try {
      // Any number can be a time, so that numbers need the name; labels need it where they bear no unit.
      if (!telling && !may_hold_times(file, name)) continue;
      const CellTimes times = understood(name, file.obs(name));
      if (telling)
        named.push_back(name);
      else if (tell_of_times(times))
        others.push_back(name);
    } catch (const NoTimes&) {     // ranges, words: its name promises more than it holds
    } catch (const UsageError&) {  // a label that is no time
    } catch (const DataError&) {   // a damaged column is no candidate; it is an error where it is asked for
    }
  }
  named.insert(named.end(), others.begin(), others.end());
  return named;
}

CellTimes read_times(const H5adFile& file, const std::string& key) {
  if (!file.has_obs(key)) missing_key(file, key);
  const Column column = file.obs(key);
  try {
    return understood(key, column);
  } catch (const NoTimes& no) {
    const std::string others = where_times_may_be(file);
    throw DataError(where(file, key), no.problem, no.advice + (others.empty() ? "" : "; " + others));
  }
}

CellTimes read_complete_times(const H5adFile& file, const std::string& key, bool drop_missing,
                              core::Reporter& reporter) {
  CellTimes times = read_times(file, key);
  if (times.missing == 0) return times;
  const std::string count = std::to_string(times.missing) + " of " + std::to_string(times.values.size()) + " cells";
  if (!drop_missing)
    throw DataError(where(file, key), "expected a time for every cell, found none for " + count,
                    "leave them out with --drop-missing-times, or fill them in");
  reporter.info(count + " have no " + key + " and are left out");
  return times;
}

std::string describe(const CellTimes& times) {
  std::string text;
  for (const auto& entry : times.table) {
    const std::string number = core::format_number(entry.time);
    text += number + (entry.label == number ? "" : "  " + entry.label) + "  " + std::to_string(entry.cells) +
            (entry.cells == 1 ? " cell\n" : " cells\n");
  }
  if (times.missing > 0) text += "without a time  " + std::to_string(times.missing) + " cells\n";
  return text;
}

}  // namespace instar::io
