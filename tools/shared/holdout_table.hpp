#pragma once

#include <string>
#include <vector>

#include "am/holdout.hpp"

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

/// Columns of a table. @param intervals a lower and an upper bound of every distance; @param tuned the setting chosen
std::vector<std::string> holdout_columns(bool intervals, bool tuned);

/// Cells of one row, those of holdout_columns. @param seconds NaN: NA; @param tuned written where it is not empty
std::vector<std::string> holdout_cells(const am::HoldoutRow& row, double seconds, bool intervals,
                                       const std::string& tuned);

/// @throws DataError where it is not a table of instar-holdout
HoldoutTable read_holdout_table(const std::string& path);

/// Shards of one evaluation put together, sorted. @throws DataError where they have other columns, or a row twice
HoldoutTable merge_holdout_tables(const std::vector<std::string>& paths);

/// One line per metric: every method and start in the order of its mean over times and seeds, and the floor.
std::vector<std::string> rank_summary(const HoldoutTable& table);

/// Finished parts of a table that is being made, in PATH.partial, so that an interrupted run can go on.
class HoldoutJournal {
 public:
  /// @param target the table; - for standard output: nothing is kept
  /// @param run text that differs where input or options do, so that only like is joined with like
  HoldoutJournal(const std::string& target, std::string run);
  /// Takes up what an interrupted run left. @returns how many parts. @throws DataError where that was another run's
  std::size_t resume();
  bool has(const std::string& part) const;
  const std::vector<std::vector<std::string>>& rows() const { return rows_; }
  /// A part is finished: kept here, and synced to the disk. @throws DataError
  void add(const std::string& part, const std::vector<std::vector<std::string>>& rows);
  void remove();  ///< the table is there, the journal is not needed any more

 private:
  std::string path_;  ///< empty: nothing is kept
  std::string run_;
  std::vector<std::string> parts_;
  std::vector<std::vector<std::string>> rows_;
  bool started_ = false;
};

}  // namespace instar::tools
