#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/format.hpp"

namespace instar::core {

/// A time read from text: `3`, `2.5`, `D3`, `day 3`, `d03`, `72h`, `72 hours`, `E7.5`, `t2`, `week 4`.
struct TimeLabel {
  double value = 0;  ///< the number in the label, as it stands (72 for `72h`)
  std::string unit;  ///< day, hour, minute, week, month, embryonic day, time; empty for a bare number
  std::string text;  ///< as given, for messages
};

/// Parses one label; white space around it and letter case do not matter.
/// @throws UsageError where no number, more than one number or an unknown unit is found
TimeLabel parse_time_label(std::string_view text);

/// Times of a text column: every distinct label's number.
struct TimeTable {
  std::vector<double> values;  ///< one per label, in the order given
  std::string unit;            ///< shared by all labels; empty for bare numbers
};

/// Parses distinct labels together. @throws UsageError where two labels have different units (`day 3` beside `72h`), or
/// two labels mean the same number
TimeTable parse_time_labels(const std::vector<std::string>& labels);

/// A comma-separated LIST of times, as flags take them; each entry a number or a label.
std::vector<TimeLabel> parse_time_list(std::string_view text);

/// Times that were asked for, as numbers of a column. One without a unit is the column's number; one with the column's
/// unit too; minutes, hours, days and weeks are converted into each other (`72h` is 3 where the column is in days).
/// `time` (`t2`) is no unit. Every flag that takes times goes through here.
/// @param flag for the message: `--times`
/// @param unit of the column, as TimeTable has it; empty: it has none
/// @param place of the column, for the message: `pca.h5ad: obs/day`
/// @throws UsageError where a unit meets a column without one, or one that it cannot be converted to (embryonic days,
///   months and stages count from or by something else)
std::vector<double> times_in_unit(const std::string& flag, const std::vector<TimeLabel>& wanted, std::string unit,
                                  const std::string& place);

}  // namespace instar::core
