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

std::optional<double> number(const std::string& text) {
  try {
    return core::parse_time_label(text).value;
  } catch (const UsageError&) {
    return std::nullopt;
  }
}

}  // namespace

std::vector<double> read_mass_table(const std::string& path, const std::vector<double>& times) {
  std::ifstream in(path);
  if (!in) throw DataError({path}, "expected a readable file of times and masses, found none");
  std::map<double, double> table;
  std::string line;
  for (int at = 1; std::getline(in, line); ++at) {
    const auto fields = fields_of(line);
    if (fields.empty() || fields[0].starts_with('#')) continue;
    const auto time = number(fields[0]);
    const auto mass = fields.size() == 2 ? number(fields[1]) : std::nullopt;
    if (!time && !mass && at == 1 && fields.size() == 2) continue;  // a header
    const std::string place = "line " + std::to_string(at);
    if (!time || !mass || !(*mass > 0))
      throw DataError({path, place}, "expected a time and a positive mass, found '" + line + "'");
    if (!table.emplace(*time, *mass).second)
      throw DataError({path, place}, "expected every time once, found " + core::format_number(*time) + " again");
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
