#include "io/frame.hpp"

#include <algorithm>
#include <utility>

namespace instar::io {
namespace {

constexpr const char* kLegacyCategories = "__categories";

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 30;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kShown) text += ", ... (" + std::to_string(names.size()) + " in all)";
  return text.empty() ? "none" : text;
}

}  // namespace

bool is_frame(const h5::Node& node) {
  if (!node.is_group()) return false;
  const std::string encoding = node.encoding();
  return encoding == "dataframe" || (encoding.empty() && node.has_attribute("_index"));
}

Frame::Frame(h5::Node node, std::optional<h5::Node> uns) : node_(std::move(node)), uns_(std::move(uns)) {
  if (node_.is_group())
    open_group();
  else
    open_compound();
}

void Frame::open_group() {
  const auto members = node_.children();
  const auto is_member = [&](const std::string& name) {
    return std::find(members.begin(), members.end(), name) != members.end();
  };
  index_ = node_.text_attribute("_index").value_or("");
  if (index_.empty())
    for (const char* usual : {"_index", "index"})
      if (index_.empty() && is_member(usual)) index_ = usual;
  if (!is_member(index_))
    node_.fail(index_.empty() ? "it has no index (attribute _index)" : "its index '" + index_ + "' is missing",
               "write the file again with a current anndata");
  rows_ = column_length(node_.child(index_));
  const auto order = node_.texts_attribute("column-order");
  const bool listed_all = node_.has_attribute("column-order");
  for (const auto& name : listed_all ? order : members)
    if (name != index_ && name != kLegacyCategories && is_member(name)) columns_.push_back(name);
}

void Frame::open_compound() {
  const auto members = node_.members();
  if (members.empty() || node_.dims().size() != 1)
    node_.fail("expected a dataframe, found a dataset of type " + node_.type().numpy,
               "write the file again with a current anndata");
  index_ = members.front().name;
  rows_ = node_.dims()[0];
  for (std::size_t i = 1; i < members.size(); ++i) columns_.push_back(members[i].name);
}

bool Frame::has(const std::string& name) const {
  return std::find(columns_.begin(), columns_.end(), name) != columns_.end();
}

void Frame::check_length(const h5::Node& at, Index length) const {
  if (length != rows_)
    at.fail("expected " + std::to_string(rows_) + " entries, as in the index, found " + std::to_string(length),
            "the file is damaged; write it again");
}

void Frame::check_column(const std::string& name) const {
  const h5::Node element = node_.child(name);
  check_length(element, column_length(element));
}

std::vector<std::string> Frame::names() const {
  if (is_compound()) return as_text(compound_column(index_));
  return as_text(read_column(node_.child(index_)));
}

Column Frame::column(const std::string& name) const {
  if (!has(name)) node_.fail("no column '" + name + "'; the columns are: " + listed(columns_));
  if (is_compound()) return compound_column(name);
  check_column(name);
  return read_column(node_.child(name), legacy_categories(name));
}

// 0.7: a column of codes has its labels in a group beside the columns.
std::optional<h5::Node> Frame::legacy_categories(const std::string& name) const {
  const h5::Node element = node_.child(name);
  if (!element.is_dataset() || !element.has_attribute("categories")) return std::nullopt;
  const auto all = node_.find(kLegacyCategories);
  return all && all->is_group() ? all->find(name) : std::nullopt;
}

std::vector<std::string> Frame::some_labels(const std::string& name, Index most) const {
  if (is_compound()) {
    const Column column = compound_column(name);
    const bool labels = column.kind == Column::Kind::text || column.kind == Column::Kind::category;
    return labels && column.category_numbers.empty() ? as_text(column) : std::vector<std::string>{};
  }
  const h5::Node element = node_.child(name);
  std::optional<h5::Node> labels = legacy_categories(name);
  if (!labels && element.is_group()) labels = element.find("categories");
  if (labels) most = -1;
  if (!labels) labels = element.is_group() ? element.find("values") : element;
  if (!labels || labels->is_group() || labels->type().kind != h5::Type::Kind::text) return {};
  return labels->texts(most);
}

// In the 0.6 layout a categorical column is a member of codes whose labels are in uns/NAME_categories. Obs and var
// columns of one name share that entry, so a column is categorical only where its codes fit.
Column Frame::compound_column(const std::string& name) const {
  const auto members = node_.members();
  const auto member = std::find_if(members.begin(), members.end(), [&](const auto& m) { return m.name == name; });
  if (member->type.kind == h5::Type::Kind::text) return Column::of_text(node_.member_texts(name));
  if (!member->type.dims.empty()) node_.fail("its member '" + name + "' is an array, not a column");
  Column column = Column::of_numbers(node_.member_numbers(name), member->type.numpy);
  if (member->type.kind == h5::Type::Kind::boolean) column.kind = Column::Kind::boolean;
  if (member->type.kind != h5::Type::Kind::integer || !uns_ || name == index_) return column;
  const auto labels_node = uns_->find(name + "_categories");
  if (!labels_node || !labels_node->is_dataset()) return column;
  const Column labels = read_column(*labels_node);
  const auto count = static_cast<double>(labels.size());
  for (double code : column.numbers)
    if (code < -1 || code >= count) return column;
  Column category =
      Column::of_categories(std::vector<std::int32_t>(column.numbers.begin(), column.numbers.end()), as_text(labels));
  if (labels.kind == Column::Kind::number) {
    category.category_numbers = labels.numbers;
    category.dtype = labels.dtype;
    for (std::int32_t code : category.codes)
      category.numbers.push_back(code < 0 ? std::numeric_limits<double>::quiet_NaN()
                                          : labels.numbers[static_cast<std::size_t>(code)]);
  }
  return category;
}

std::vector<std::string> Frame::category_entries() const {
  std::vector<std::string> entries;
  if (is_compound() && uns_)
    for (const auto& name : columns_)
      if (uns_->has(name + "_categories") && compound_column(name).kind == Column::Kind::category)
        entries.push_back(name + "_categories");
  return entries;
}

}  // namespace instar::io
