#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "am/holdout.hpp"
#include "io/json.hpp"

namespace instar::tools {

/// The table of instar-holdout as text: a header and rows of as many cells.
struct HoldoutTable {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;

  /// Rows by time, fits before baselines, then by seed; those that are equal in all keep their order.
  void sort();
  std::string text() const;
};

/// The number in a cell of a table; NaN for NA.
double number_of(const std::string& text);

/// Whether a method of a table needs no fit: the baselines, and the floor.
bool is_baseline(const std::string& method);

/// Which columns a table has beside those of every table.
struct HoldoutColumns {
  bool intervals = false;  ///< a lower and an upper bound of every distance
  am::DistanceOptions distances = {};
  bool tuned = false;  ///< the setting chosen
};
std::vector<std::string> holdout_columns(const HoldoutColumns& which);

/// Cells of one row, those of holdout_columns. @param seconds NaN: NA; @param tuned of `which`, else not looked at
std::vector<std::string> holdout_cells(const am::HoldoutRow& row, double seconds, const HoldoutColumns& which,
                                       const std::string& tuned);

/// @throws DataError where it is not a table of instar-holdout
HoldoutTable read_holdout_table(const std::string& path);

/// Shards of one evaluation put together, sorted. @throws DataError where they have other columns, or a row twice
HoldoutTable merge_holdout_tables(const std::vector<std::string>& paths);

/// Methods and starts in the order of their mean of one metric over times and seeds, the least first. Only those that
/// have a value at every time that has one are compared: the last time is not predicted from `between`, and a mean
/// without it is another mean.
struct Ranking {
  std::string metric;
  std::size_t times = 0;
  std::vector<std::pair<std::string, double>> methods;  ///< name (`uam from previous`) and mean
  std::vector<std::string> incomplete;                  ///< names of those that are not compared
  std::optional<double> floor;                          ///< mean of the sampling floor
};

/// One for each metric that has any value.
std::vector<Ranking> rankings(const HoldoutTable& table);
/// The same for people: lines of a table, a row for each method, with its means and its place by each metric; and a
/// line that names those that are in no ranking.
std::vector<std::string> rank_summary(const HoldoutTable& table);
/// Rows (numbers as numbers, NA as null) and rankings.
io::Json report_of(const HoldoutTable& table);

/// Cells of a line, and the line of cells.
std::vector<std::string> cut_row(const std::string& line);
std::string joined_row(const std::vector<std::string>& cells);

}  // namespace instar::tools
