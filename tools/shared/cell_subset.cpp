#include "shared/cell_subset.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "core/error.hpp"
#include "core/format.hpp"

namespace instar::tools {
namespace {

/// What a cell has in a column, as it would be typed; empty where it has nothing.
std::vector<std::string> labels_of(const io::Column& column) {
  const auto n = static_cast<std::size_t>(column.size());
  std::vector<std::string> labels(n);
  for (std::size_t i = 0; i < n; ++i) {
    if (!column.missing.empty() && column.missing[i]) continue;
    switch (column.kind) {
      case io::Column::Kind::text:
        labels[i] = column.text[i];
        break;
      case io::Column::Kind::category:
        if (column.codes[i] >= 0) labels[i] = column.categories[static_cast<std::size_t>(column.codes[i])];
        break;
      case io::Column::Kind::number:
        if (!std::isnan(column.numbers[i])) labels[i] = core::format_number(column.numbers[i]);
        break;
      case io::Column::Kind::boolean:
        if (!std::isnan(column.numbers[i])) labels[i] = column.numbers[i] != 0 ? "true" : "false";
        break;
    }
  }
  return labels;
}

/// A number in the one way that numbers are written (`2.0` is `2`); other text as it is.
std::string in_one_way(const std::string& text) {
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc{} && end == text.data() + text.size() ? core::format_number(number) : text;
}

}  // namespace

std::vector<bool> cells_where(const io::H5adFile& file, const std::string& wanted) {
  const std::size_t at = wanted.find('=');
  if (at == 0 || at >= wanted.size() - 1)
    throw UsageError("expected COLUMN=VALUE, a column of obs and what its cells have there, found '" + wanted + "'");
  const std::string key = wanted.substr(0, at);
  const io::Column column = file.obs(key);
  std::string value = in_one_way(wanted.substr(at + 1));
  if (column.kind == io::Column::Kind::boolean) {
    std::transform(value.begin(), value.end(), value.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    if (value == "yes" || value == "1") value = "true";
    if (value == "no" || value == "0") value = "false";
  }
  std::vector<bool> found;
  std::set<std::string> others;
  for (const std::string& label : labels_of(column)) {
    found.push_back(!label.empty() && in_one_way(label) == value);
    if (!label.empty() && others.size() <= 8) others.insert(label);
  }
  if (std::find(found.begin(), found.end(), true) != found.end()) return found;
  std::string list;
  for (const std::string& label : others) list += (list.empty() ? "" : ", ") + label;
  throw DataError({file.path(), "obs/" + key}, "expected cells with '" + wanted.substr(at + 1) + "', found " +
                                                   (others.size() > 8 ? list + " and more"
                                                    : list.empty()    ? "none"
                                                                      : list));
}

}  // namespace instar::tools
