#pragma once

#include <optional>
#include <string>
#include <vector>

#include "io/column.hpp"
#include "io/h5.hpp"

namespace instar::io {

/// Whether a node is a dataframe that is a group (0.7 and later).
bool is_frame(const h5::Node& node);

/// A dataframe of a file (obs, var, raw/var, a frame in obsm), in any layout from anndata 0.5 to 0.13: a group of
/// columns, or one compound dataset.
class Frame {
 public:
  /// @param node the group or dataset
  /// @param uns where 0.6 files keep the categories of compound columns (`NAME_categories`)
  explicit Frame(h5::Node node, std::optional<h5::Node> uns = {});

  const h5::Node& node() const { return node_; }
  Index rows() const { return rows_; }
  const std::string& index_name() const { return index_; }
  const std::vector<std::string>& columns() const { return columns_; }  ///< in the file's order, without the index
  bool has(const std::string& name) const;
  bool is_compound() const { return node_.is_dataset(); }

  std::vector<std::string> names() const;  ///< the index, as text
  /// @throws DataError where the column is missing (naming those that exist), or not understood, or of another length
  Column column(const std::string& name) const;
  /// The labels of a column of text or categories at a glance, without reading its rows: the first `most` texts, or all
  /// categories, used or not (0.6: every row). None for numbers and for what is not understood.
  std::vector<std::string> some_labels(const std::string& name, Index most) const;
  /// @throws DataError where the column is not as long as the index; only for columns that are members of a group
  void check_column(const std::string& name) const;
  /// uns entries that hold categories of this frame's columns (0.6 only).
  std::vector<std::string> category_entries() const;

 private:
  void open_group();
  void open_compound();
  Column compound_column(const std::string& name) const;
  std::optional<h5::Node> legacy_categories(const std::string& name) const;
  void check_length(const h5::Node& at, Index length) const;

  h5::Node node_;
  std::optional<h5::Node> uns_;
  std::string index_;
  std::vector<std::string> columns_;
  Index rows_ = 0;
};

/// Reads one column element: array, string-array, categorical, nullable-*, in today's encodings or untagged.
/// @param legacy_categories 0.7: the dataset with the labels of a column of codes
Column read_column(const h5::Node& node, const std::optional<h5::Node>& legacy_categories = {});

/// The length of a column element, without reading it.
Index column_length(const h5::Node& node);

/// The column's rows as text; missing ones are empty.
std::vector<std::string> as_text(const Column& column);

}  // namespace instar::io
