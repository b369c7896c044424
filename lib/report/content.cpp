#include "report/content.hpp"

#include "core/format.hpp"

namespace instar::report {

bool same_particles(const Cloud& cloud) {
  const auto& groups = cloud.snapshots.cells;
  if (groups.size() < 2 || cloud.names.empty()) return false;
  for (const auto& rows : groups) {
    if (rows.size() != groups.front().size()) return false;
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (cloud.names[static_cast<std::size_t>(rows[i])] != cloud.names[static_cast<std::size_t>(groups.front()[i])])
        return false;
  }
  return true;
}

std::string time_text(const std::string& unit, double time) {
  return (unit.empty() || unit == "time" ? "time" : unit) + " " + core::format_short(time);
}

std::string time_title(const Content& content) {
  return content.time_unit.empty() || content.time_unit == "time" ? "time" : "time (" + content.time_unit + ")";
}

std::string rate_title(const Content& content) {
  return "growth per " + (content.time_unit.empty() ? std::string("unit of time") : content.time_unit);
}

std::string colour_title(const Content& content, const Colour& colour) {
  if (colour.name == "time") return time_title(content);
  return colour.name == "growth" ? rate_title(content) : colour.name;
}

std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number < 0 ? -number : number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return (number < 0 ? "-" : "") + digits;
}

}  // namespace instar::report
