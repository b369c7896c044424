#include <cmath>

#include "core/time_label.hpp"
#include "io/frame.hpp"

namespace instar::io {
namespace {

Column plain_column(const h5::Node& node) {
  const h5::Type type = node.type();
  if (node.dims().size() > 1)
    node.fail("expected a column, found an array of " + std::to_string(node.dims().size()) + " dimensions");
  if (type.kind == h5::Type::Kind::text) return Column::of_text(node.texts());
  if (!type.is_number()) node.fail("expected a column of numbers or text, found elements of type " + type.numpy);
  Column column = Column::of_numbers(node.numbers<double>(), type.numpy);
  if (type.kind == h5::Type::Kind::boolean) column.kind = Column::Kind::boolean;
  return column;
}

// Labels of a categorical: text, or numbers (kept as numbers and as text).
void set_categories(Column& column, const Column& labels) {
  column.categories = as_text(labels);
  if (labels.kind == Column::Kind::number) {
    column.category_numbers = labels.numbers;
    column.dtype = labels.dtype;
  }
}

void fill_numbers(Column& column) {
  if (column.category_numbers.empty()) return;
  column.numbers.reserve(column.codes.size());
  for (std::int32_t code : column.codes)
    column.numbers.push_back(code < 0 ? kMissing : column.category_numbers[static_cast<std::size_t>(code)]);
}

Column category_column(const h5::Node& codes, const h5::Node& labels, bool ordered) {
  if (codes.is_group() || codes.type().kind != h5::Type::Kind::integer || codes.dims().size() != 1)
    codes.fail("expected a list of integer codes");
  if (labels.has("codes")) labels.fail("expected a list of categories, found another categorical");
  Column column = Column::of_categories(codes.numbers<std::int32_t>(), {});
  set_categories(column, read_column(labels));
  column.ordered = ordered;
  const auto count = static_cast<std::int32_t>(column.categories.size());
  for (std::size_t i = 0; i < column.codes.size(); ++i)
    if (column.codes[i] < -1 || column.codes[i] >= count)
      codes.fail("expected codes from -1 to " + std::to_string(count - 1) + " (there are " + std::to_string(count) +
                     " categories), found " + std::to_string(column.codes[i]) + " in row " + std::to_string(i),
                 "the column is damaged; drop it or write it again");
  fill_numbers(column);
  return column;
}

bool is_true(const h5::Node& node, const std::string& attribute) {
  const auto values = node.integers_attribute(attribute);
  return values.size() == 1 && values[0] != 0;
}

Column nullable_column(const h5::Node& node) {
  const h5::Node values = node.child("values");
  const h5::Node mask = node.child("mask");
  for (const auto& part : {values, mask})
    if (part.is_group()) part.fail("expected a list, found a group");  // which could be the one it is in
  Column column = plain_column(values);
  const auto missing = mask.numbers<std::int8_t>();
  if (static_cast<Index>(missing.size()) != column.size())
    mask.fail("expected " + std::to_string(column.size()) + " entries, as in values, found " +
              std::to_string(missing.size()));
  column.missing.resize(missing.size());
  for (std::size_t i = 0; i < missing.size(); ++i) {
    column.missing[i] = missing[i] != 0;
    if (!column.missing[i]) continue;
    if (column.kind == Column::Kind::text)
      column.text[i].clear();
    else
      column.numbers[i] = kMissing;
  }
  return column;
}

}  // namespace

Column read_column(const h5::Node& node, const std::optional<h5::Node>& legacy_categories) {
  if (node.is_dataset()) {
    if (legacy_categories) return category_column(node, *legacy_categories, is_true(*legacy_categories, "ordered"));
    return plain_column(node);
  }
  if (node.has("codes") && node.has("categories"))
    return category_column(node.child("codes"), node.child("categories"), is_true(node, "ordered"));
  if (node.has("values") && node.has("mask")) return nullable_column(node);
  const std::string encoding = node.encoding();
  node.fail(encoding.empty() ? "expected a column, found a group of another kind"
                             : "a column of encoding '" + encoding + "' is not understood",
            "drop the column, or write the file again with a current anndata");
}

Index column_length(const h5::Node& node) {
  if (node.is_group()) {
    for (const char* part : {"codes", "values"})
      if (node.has(part)) {
        const h5::Node list = node.child(part);
        if (list.is_group()) list.fail("expected a list, found a group");  // which could be the one it is in
        return column_length(list);
      }
    node.fail("expected a column, found a group of another kind");
  }
  const auto dims = node.dims();
  if (dims.empty()) node.fail("expected a column, found a single value");
  if (dims.size() > 1) node.fail("expected a column, found an array of " + std::to_string(dims.size()) + " dimensions");
  return dims[0];
}

std::vector<std::string> as_text(const Column& column) {
  if (column.kind == Column::Kind::text) return column.text;
  std::vector<std::string> result;
  if (column.kind == Column::Kind::category) {
    for (std::int32_t code : column.codes)
      result.push_back(code < 0 ? "" : column.categories[static_cast<std::size_t>(code)]);
    return result;
  }
  for (double value : column.numbers) {
    if (std::isnan(value))
      result.emplace_back();
    else if (column.kind == Column::Kind::boolean)
      result.emplace_back(value != 0 ? "True" : "False");
    else if (std::abs(value) < 9e15 && value == std::floor(value))
      result.push_back(std::to_string(static_cast<long long>(value)));  // 100000, not 1e+05
    else
      result.push_back(core::format_number(value));
  }
  return result;
}

}  // namespace instar::io
