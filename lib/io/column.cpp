#include "io/column.hpp"

#include <utility>

namespace instar::io {

Index Column::size() const {
  switch (kind) {
    case Kind::text:
      return static_cast<Index>(text.size());
    case Kind::category:
      return static_cast<Index>(codes.size());
    default:
      return static_cast<Index>(numbers.size());
  }
}

Column Column::of_numbers(std::vector<double> values, std::string dtype) {
  Column column;
  column.numbers = std::move(values);
  column.dtype = std::move(dtype);
  return column;
}

Column Column::of_booleans(const std::vector<bool>& values) {
  Column column;
  column.kind = Kind::boolean;
  column.dtype = "bool";
  column.numbers.assign(values.begin(), values.end());
  return column;
}

Column Column::of_text(std::vector<std::string> values) {
  Column column;
  column.kind = Kind::text;
  column.text = std::move(values);
  return column;
}

Column Column::of_categories(std::vector<std::int32_t> codes, std::vector<std::string> labels) {
  Column column;
  column.kind = Kind::category;
  column.codes = std::move(codes);
  column.categories = std::move(labels);
  return column;
}

}  // namespace instar::io
