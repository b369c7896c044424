#include "io/mass_table.hpp"

#include <cmath>
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
  std::ifstream in(path);
  if (!in) throw DataError({path}, "expected a readable file of times and masses, found none");
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
      throw DataError({path, place}, "expected a time and a positive mass, found '" + line + "'");
    const double at_time = time_of(*time, unit, times_place, {path, place});
    if (!table.emplace(at_time, mass->value).second)
      throw DataError({path, place}, "expected every time once, found " + core::format_number(at_time) + " again");
  }
  std::vector<double> masses;
  for (double time : times) {
    const auto found = table.find(time);
    if (found == table.end())
      throw DataError({path}, "expected a mass for time " + core::format_number(time) + ", found none");
    masses.push_back(found->second);
  }
  return masses;
}

}  // namespace instar::io
