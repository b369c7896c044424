#include "io/encode.hpp"

#include <cmath>
#include <cstdint>
#include <map>
#include <type_traits>

namespace instar::io {
namespace {

std::vector<std::int8_t> bytes(const std::vector<bool>& flags) {
  return std::vector<std::int8_t>(flags.begin(), flags.end());
}

template <class T>
void write_list(const h5::Node& parent, const std::string& name, const std::vector<T>& values,
                const std::string& stored) {
  write_array(parent, name, {static_cast<Index>(values.size())}, values.data(), stored);
}

std::string codes_type(std::size_t categories) {
  if (categories <= INT8_MAX) return "int8";
  return categories <= INT16_MAX ? "int16" : "int32";
}

void write_category(const h5::Node& parent, const std::string& name, const Column& column) {
  const h5::Node group = parent.create_group(name);
  group.set_encoding("categorical", "0.2.0");
  group.set_attribute("ordered", column.ordered);
  write_list(group, "codes", column.codes, codes_type(column.categories.size()));
  if (column.category_numbers.empty())
    write_string_array(group, "categories", column.categories);
  else
    write_list(group, "categories", column.category_numbers, column.dtype);
}

// Which entries are missing: as marked, and what is not a number in a column that cannot say so itself.
std::vector<bool> missing_entries(const Column& column) {
  std::vector<bool> missing = column.missing;
  missing.resize(static_cast<std::size_t>(column.size()), false);
  for (std::size_t i = 0; i < column.numbers.size(); ++i)
    if (std::isnan(column.numbers[i])) missing[i] = true;
  return missing;
}

bool any(const std::vector<bool>& flags) {
  for (bool flag : flags)
    if (flag) return true;
  return false;
}

void write_numbers(const h5::Node& parent, const std::string& name, const Column& column) {
  const bool boolean = column.kind == Column::Kind::boolean;
  const std::string stored = boolean ? "bool" : column.dtype;
  const bool real = stored.rfind("float", 0) == 0;
  const std::vector<bool> missing = real ? std::vector<bool>{} : missing_entries(column);
  std::vector<double> values = column.numbers;
  if (!any(missing)) {
    if (boolean)
      write_list(parent, name, std::vector<std::int8_t>(values.begin(), values.end()), stored);
    else
      write_list(parent, name, values, stored);
    return;
  }
  for (std::size_t i = 0; i < values.size(); ++i)
    if (missing[i]) values[i] = 0;
  const h5::Node group = parent.create_group(name);
  group.set_encoding(boolean ? "nullable-boolean" : "nullable-integer", "0.1.0");
  if (boolean)
    write_list(group, "values", std::vector<std::int8_t>(values.begin(), values.end()), stored);
  else
    write_list(group, "values", values, stored);
  write_list(group, "mask", bytes(missing), "bool");
}

void write_text_column(const h5::Node& parent, const std::string& name, const Column& column) {
  if (!any(column.missing)) return write_string_array(parent, name, column.text);
  std::map<std::string, std::int32_t> labels;
  for (std::size_t i = 0; i < column.text.size(); ++i)
    if (!column.missing[i]) labels.emplace(column.text[i], 0);
  Column category;
  for (auto& [label, code] : labels) {
    code = static_cast<std::int32_t>(category.categories.size());
    category.categories.push_back(label);
  }
  for (std::size_t i = 0; i < column.text.size(); ++i)
    category.codes.push_back(column.missing[i] ? -1 : labels[column.text[i]]);
  write_category(parent, name, category);
}

}  // namespace

h5::Node write_dict(const h5::Node& parent, const std::string& name) {
  h5::Node group = parent.create_group(name);
  group.set_encoding("dict", "0.1.0");
  return group;
}

void write_string_array(const h5::Node& parent, const std::string& name, const std::vector<std::string>& values) {
  parent.write_texts(name, values).set_encoding("string-array", "0.2.0");
}

void write_column(const h5::Node& parent, const std::string& name, const Column& column) {
  switch (column.kind) {
    case Column::Kind::category:
      return write_category(parent, name, column);
    case Column::Kind::text:
      return write_text_column(parent, name, column);
    default:
      return write_numbers(parent, name, column);
  }
}

void write_value(const h5::Node& parent, const std::string& name, const core::Value& value) {
  const auto scalar = [&](const auto* data, const char* stored) {
    parent.write_array(name, {}, data, stored).set_encoding("numeric-scalar", "0.2.0");
  };
  std::visit(
      [&](const auto& v) {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, bool>) {
          const std::int8_t byte = v ? 1 : 0;
          scalar(&byte, "bool");
        } else if constexpr (std::is_same_v<T, std::int64_t>) {
          scalar(&v, "int64");
        } else if constexpr (std::is_same_v<T, double>) {
          scalar(&v, "float64");
        } else if constexpr (std::is_same_v<T, std::string>) {
          parent.write_text(name, v).set_encoding("string", "0.2.0");
        } else if constexpr (std::is_same_v<T, std::vector<double>>) {
          write_list(parent, name, v, "float64");
        } else {
          write_string_array(parent, name, v);
        }
      },
      value);
}

h5::Node begin_frame(const h5::Node& parent, const std::string& name, const std::string& index_name) {
  h5::Node group = parent.create_group(name);
  group.set_encoding("dataframe", "0.2.0");
  group.set_attribute("_index", index_name);
  return group;
}

void finish_frame(const h5::Node& frame, const std::vector<std::string>& columns) {
  frame.set_attribute("column-order", columns);
}

}  // namespace instar::io
