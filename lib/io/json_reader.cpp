#include "io/json_reader.hpp"

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/error.hpp"

namespace instar::io {
namespace {

using Parsed = nlohmann::ordered_json;

void add(core::Facts& facts, const std::string& name, const Parsed& value) {
  const auto every = [&](auto is) { return !value.empty() && std::all_of(value.begin(), value.end(), is); };
  if (value.is_object()) {
    for (const auto& [key, inner] : value.items()) add(facts, name.empty() ? key : name + "." + key, inner);
  } else if (value.is_boolean()) {
    facts[name] = value.get<bool>();
  } else if (value.is_number_integer()) {
    facts[name] = value.get<std::int64_t>();
  } else if (value.is_number()) {
    facts[name] = value.get<double>();
  } else if (value.is_string()) {
    facts[name] = value.get<std::string>();
  } else if (value.is_array() && every([](const Parsed& v) { return v.is_number(); })) {
    facts[name] = value.get<std::vector<double>>();
  } else if (value.is_array() && every([](const Parsed& v) { return v.is_string(); })) {
    facts[name] = value.get<std::vector<std::string>>();
  } else if (value.is_array()) {
    facts[name] = value.dump(-1, ' ', false, Parsed::error_handler_t::replace);
  }
}

}  // namespace

core::Facts parse_json_object(std::string_view text) {
  // Nesting is counted before parsing: the parser would follow it as deep as it goes.
  const Parsed value = Parsed::parse(
      text,
      [](int depth, Parsed::parse_event_t /*event*/, Parsed& /*parsed*/) {
        if (depth > 64) throw UsageError("expected a JSON object, found one nested more than 64 deep");
        return true;
      },
      false);
  if (!value.is_object()) throw UsageError("expected a JSON object, found something else");
  core::Facts facts;
  add(facts, "", value);
  return facts;
}

std::vector<core::Facts> read_json_lines(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw DataError({path}, "the file cannot be read");
  std::vector<core::Facts> lines;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (file.eof()) break;
    try {
      lines.push_back(parse_json_object(line));
    } catch (const UsageError& error) {
      throw DataError({path, "line " + std::to_string(number)}, error.what(), "it should be the --log of instar-fit");
    }
  }
  return lines;
}

}  // namespace instar::io
