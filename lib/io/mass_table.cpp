#include "io/mass_table.hpp"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

#include "core/error.hpp"
#include "core/time_label.hpp"

namespace instar::io {
namespace {

std::vector<std::string> fields_of(const std::string& line) {
  // A label may hold a blank (`day 3`), so blanks separate only where there is neither tab nor comma.
  const char* separators = line.find_first_of("\t,") == std::string::npos ? " \r" : "\t,\r";
  std::vector<std::string> fields;
  for (std::size_t begin = 0; begin < line.size();) {
    const std::size_t end = std::min(line.find_first_of(separators, begin), line.size());
    if (end > begin) fields.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return fields;
}

std::optional<core::TimeLabel> label_of(const std::string& text) {
  try {
    return core::parse_time_label(text);
  } catch (const UsageError&) {
    return std::nullopt;
  }
}

/// A line of some other file may be long.
std::string shortened(const std::string& line) {
  constexpr std::size_t kShown = 60;
  return line.size() <= kShown ? line : line.substr(0, kShown) + "...";
}

double time_of(const core::TimeLabel& label, const std::string& unit, const std::string& times_place,
               const DataError::Where& where) {
  try {
    return core::times_in_unit("time", {label}, unit, times_place).front();
  } catch (const UsageError& error) {
    throw DataError(where, error.what());
  }
}

}  // namespace

std::vector<double> read_mass_table(const std::string& path, const std::vector<double>& times, const std::string& unit,
                                    const std::string& times_place) {
  errno = 0;
  std::ifstream in(path);
  const char* advice = "write a line with a time and a mass for each time that is fitted";
  std::error_code unknown;
  if (std::filesystem::is_directory(path, unknown))
    throw DataError({path}, "expected a file of times and masses, found a folder", advice);
  if (!in) throw DataError({path}, std::string("expected a file of times and masses: ") + std::strerror(errno), advice);
  std::map<double, double> table;
  std::string line;
  for (int at = 1; std::getline(in, line); ++at) {
    const auto fields = fields_of(line);
    if (fields.empty() || fields[0].starts_with('#')) continue;
    const auto time = label_of(fields[0]);
    const auto mass = fields.size() == 2 ? label_of(fields[1]) : std::nullopt;
    if (!time && !mass && at == 1 && fields.size() == 2) continue;  // a header
    const std::string place = "line " + std::to_string(at);
    if (!time || !mass || !mass->unit.empty() || !(mass->value > 0))
      throw DataError({path, place}, "expected a time and a positive mass, found '" + shortened(line) + "'", advice);
    const double at_time = time_of(*time, unit, times_place, {path, place});
    if (!table.emplace(at_time, mass->value).second)
      throw DataError({path, place}, "expected every time once, found " + core::format_number(at_time) + " again");
  }
  std::vector<double> masses;
  for (double time : times) {
    const auto found = table.find(time);
    if (found == table.end())
      throw DataError({path}, "expected a mass for time " + core::format_number(time) + ", found none", advice);
    masses.push_back(found->second);
  }
  return masses;
}

}  // namespace instar::io
