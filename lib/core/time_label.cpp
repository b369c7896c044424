#include "core/time_label.hpp"

#include <cctype>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>

#include "core/error.hpp"

namespace instar::core {
namespace {

std::string lower_trimmed(std::string_view text) {
  std::string result;
  for (char c : text) result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto first = result.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return "";
  return result.substr(first, result.find_last_not_of(" \t\r\n") - first + 1);
}

const std::map<std::string, std::string, std::less<>>& units() {
  static const std::map<std::string, std::string, std::less<>> table = {{"", ""},
                                                                        {"d", "day"},
                                                                        {"day", "day"},
                                                                        {"days", "day"},
                                                                        {"dpi", "day"},
                                                                        {"dpf", "day"},
                                                                        {"h", "hour"},
                                                                        {"hr", "hour"},
                                                                        {"hrs", "hour"},
                                                                        {"hour", "hour"},
                                                                        {"hours", "hour"},
                                                                        {"hpf", "hour"},
                                                                        {"hpi", "hour"},
                                                                        {"m", "minute"},
                                                                        {"min", "minute"},
                                                                        {"mins", "minute"},
                                                                        {"minute", "minute"},
                                                                        {"minutes", "minute"},
                                                                        {"w", "week"},
                                                                        {"wk", "week"},
                                                                        {"week", "week"},
                                                                        {"weeks", "week"},
                                                                        {"pcw", "week"},
                                                                        {"month", "month"},
                                                                        {"months", "month"},
                                                                        {"e", "embryonic day"},
                                                                        {"t", "time"},
                                                                        {"time", "time"},
                                                                        {"timepoint", "time"},
                                                                        {"tp", "time"},
                                                                        {"stage", "stage"},
                                                                        {"p", "postnatal day"}};
  return table;
}

/// `t2`, `timepoint 2`: a word, but no unit.
constexpr const char* kNoUnit = "time";

/// Length of a unit that is one everywhere; 0 for months, which differ, and for what counts from somewhere (E7.5).
double minutes_of(const std::string& unit) {
  constexpr double kHour = 60, kDay = 24 * kHour;
  return unit == "minute" ? 1 : unit == "hour" ? kHour : unit == "day" ? kDay : unit == "week" ? 7 * kDay : 0;
}

// The unit is what is left of the label without its number, separators stripped.
std::string unit_word(std::string_view before, std::string_view after) {
  std::string word;
  for (const auto part : {before, after})
    for (char c : part)
      if (c != ' ' && c != '_' && c != '-' && c != '.' && c != ':') word += c;
  return word;
}

/// The second number of a range (`210-270`, `day 2 to 4`), where `after` is what follows the first.
std::optional<double> end_of_range(std::string_view after) {
  const auto digit = after.find_first_of("0123456789");
  std::string between;
  for (char c : after.substr(0, digit))
    if (c != ' ') between += c;
  if (between != "-" && between != "--" && between != "to" && between != "..") return std::nullopt;
  double value = 0;
  const auto result =
      std::from_chars(after.data() + digit, after.data() + after.size(), value, std::chars_format::fixed);
  if (result.ec != std::errc{} || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace

TimeLabel parse_time_label(std::string_view text) {
  const std::string label = lower_trimmed(text);
  const auto fail = [&](const std::string& why) -> TimeLabel {
    throw UsageError("cannot read '" + std::string(text) + "' as a time: " + why +
                     " (expected a number, or text such as D3, day 3, 72h, E7.5)");
  };
  const auto is_digit = [&](std::size_t i) { return i < label.size() && label[i] >= '0' && label[i] <= '9'; };
  std::size_t begin = 0;
  while (begin < label.size() && !is_digit(begin)) ++begin;
  if (begin == label.size()) return fail("no number in it");
  if (begin > 0 && label[begin - 1] == '.') --begin;
  // A minus is a sign where the number starts the label or follows a space or a unit letter (d-1), not inside `day-3`.
  if (begin == 1 && (label[0] == '-' || label[0] == '+')) --begin;
  const bool bare = begin == 0;
  double value = 0;
  const char* first = label.data() + begin + (label[begin] == '+' ? 1 : 0);
  auto [end, error] = std::from_chars(first, label.data() + label.size(), value,
                                      bare ? std::chars_format::general : std::chars_format::fixed);
  if (error != std::errc{} || !std::isfinite(value)) return fail("its number is out of range");
  const std::string_view after(end, static_cast<std::size_t>(label.data() + label.size() - end));
  if (after.find_first_of("0123456789") != std::string_view::npos) {
    if (const auto last = end_of_range(after))
      throw UsageError("'" + std::string(text) + "' is a range, not one time (its middle is " +
                       format_number((value + *last) / 2) + ")");
    return fail("more than one number in it");
  }
  if (label[0] == '<' || label[0] == '>')
    throw UsageError("'" + std::string(text) + "' is a range without an end, not one time");
  const std::string word = unit_word(std::string_view(label).substr(0, begin), after);
  const auto unit = units().find(word);
  if (unit == units().end()) return fail("'" + word + "' is not a unit of time");
  return {value, unit->second, std::string(text)};
}

TimeTable parse_time_labels(const std::vector<std::string>& labels) {
  TimeTable table;
  std::map<double, std::string> seen;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const TimeLabel label = parse_time_label(labels[i]);
    if (i == 0) table.unit = label.unit;
    if (label.unit != table.unit)
      throw UsageError("times of different units: '" + labels[0] + "' (" +
                       (table.unit.empty() ? "no unit" : table.unit) + ") and '" + labels[i] + "' (" +
                       (label.unit.empty() ? "no unit" : label.unit) + ")");
    if (const auto [it, fresh] = seen.emplace(label.value, labels[i]); !fresh)
      throw UsageError("the labels '" + it->second + "' and '" + labels[i] + "' are the same time, " +
                       format_number(label.value));
    table.values.push_back(label.value);
  }
  return table;
}

std::vector<TimeLabel> parse_time_list(std::string_view text) {
  std::vector<TimeLabel> times;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    times.push_back(parse_time_label(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return times;
}

std::vector<double> times_in_unit(const std::string& flag, const std::vector<TimeLabel>& wanted, std::string unit,
                                  const std::string& place) {
  if (unit == kNoUnit) unit.clear();
  std::vector<double> times;
  for (const TimeLabel& label : wanted) {
    if (label.unit.empty() || label.unit == unit || label.unit == kNoUnit) {
      times.push_back(label.value);
      continue;
    }
    const std::string start = flag + " '" + label.text + "': the times of " + place + " ";
    if (unit.empty())
      throw UsageError(start + "have no unit, so " + label.unit +
                       "s cannot be turned into theirs; give the number alone, as it stands there");
    const double from = minutes_of(label.unit), to = minutes_of(unit);
    if (from == 0 || to == 0)
      throw UsageError(start + "are in " + unit + "s, which " + label.unit +
                       "s cannot be turned into; give the number alone, as it stands there");
    times.push_back(label.value * from / to);
  }
  return times;
}

}  // namespace instar::core
