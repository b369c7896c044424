#include <algorithm>
#include <limits>

#include "io/h5ad_impl.hpp"
#include "io/matrix_reader.hpp"

namespace instar::io {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

Index member_width(const h5::Node& compound, const std::string& name) {
  for (const auto& member : compound.members()) {
    if (member.name != name) continue;
    Index width = 1;
    for (Index dim : member.type.dims) width *= dim;
    return width;
  }
  compound.fail("it has no member '" + name + "'");
}

h5::Node annotation_group(const h5::Node& root, const std::string& group, const std::string& name) {
  const auto names = member_names(root, group);
  if (std::find(names.begin(), names.end(), name) == names.end())
    root.fail("no '" + name + "' in " + group + "; there are: " + joined(names));
  return root.child(group);
}

Matrix read_frame(const h5::Node& node) {
  const Frame frame(node);
  Matrix result(frame.rows(), static_cast<Index>(frame.columns().size()));
  for (Index j = 0; j < result.cols(); ++j) {
    const auto& name = frame.columns()[static_cast<std::size_t>(j)];
    const Column column = frame.column(name);
    if (column.numbers.empty() && frame.rows() > 0)
      node.fail("expected columns of numbers, found text in '" + name + "'");
    for (Index i = 0; i < result.rows(); ++i) result(i, j) = column.numbers[static_cast<std::size_t>(i)];
  }
  return result;
}

/// Columns of an annotation. @throws DataError where it has not as many rows
Index checked_columns(const h5::Node& root, const std::string& group, const std::string& name, Index rows) {
  const auto [found, cols] = annotation_shape(root, group, name);
  const h5::Node owner = root.child(group);
  if (found != rows)
    (owner.is_group() ? owner.child(name) : owner)
        .fail("expected " + std::to_string(rows) + " rows, found " + std::to_string(found),
              "the file is damaged; write it again");
  return cols;
}

}  // namespace

std::vector<std::string> member_names(const h5::Node& root, const std::string& group) {
  const auto node = root.find(group);
  if (!node) return {};
  if (node->is_group()) return node->children();
  std::vector<std::string> names;
  for (const auto& member : node->members()) names.push_back(member.name);
  return names;
}

std::pair<Index, Index> annotation_shape(const h5::Node& root, const std::string& group, const std::string& name) {
  const h5::Node owner = annotation_group(root, group, name);
  if (owner.is_dataset()) return {owner.size(), member_width(owner, name)};
  const h5::Node node = owner.child(name);
  if (is_frame(node)) {
    const Frame frame(node);
    return {frame.rows(), static_cast<Index>(frame.columns().size())};
  }
  const MatrixInfo info = describe_matrix(node);
  return {info.rows, info.cols};
}

Matrix read_annotation(const h5::Node& root, const std::string& group, const std::string& name, Index rows) {
  const Index cols = checked_columns(root, group, name, rows);
  const h5::Node owner = root.child(group);
  if (owner.is_dataset()) {
    const auto values = owner.member_numbers(name);
    return Eigen::Map<const Matrix>(values.data(), rows, cols);
  }
  const h5::Node node = owner.child(name);
  return is_frame(node) ? read_frame(node) : read_dense(node);
}

std::unique_ptr<core::RowBlocks> open_annotation(const h5::Node& root, const std::string& group,
                                                 const std::string& name, Index rows, const Reading& reading) {
  checked_columns(root, group, name, rows);
  const h5::Node owner = root.child(group);
  if (owner.is_dataset() || is_frame(owner.child(name)))
    return std::make_unique<core::MemoryRowBlocks>(core::sparse_block(read_annotation(root, group, name, rows)));
  const h5::Node node = owner.child(name);
  if (describe_matrix(node).kind == MatrixKind::dense) node.check_numbers();
  return open_rows(node, reading);
}

}  // namespace instar::io
