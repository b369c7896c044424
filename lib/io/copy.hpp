#pragma once

#include <string>
#include <vector>

#include "core/reporter.hpp"
#include "io/frame.hpp"
#include "io/h5.hpp"

namespace instar::io {

/// Copies elements of one file into another, as they stand where today's encodings allow it, written anew where they
/// are older; and only the rows and columns that stay.
class ElementCopier {
 public:
  explicit ElementCopier(core::Reporter& reporter) : reporter_(reporter) {}

  /// @param first, second positions that stay along the element's axes; null: all.
  /// What has no such axes (awkward arrays, unknown encodings) is left out with a warning.
  void copy(const h5::Node& source, const h5::Node& parent, const std::string& name, h5::Kept first = nullptr,
            h5::Kept second = nullptr);
  /// A dataframe, with the rows that stay. @returns its columns, in order; the caller calls finish_frame
  h5::Node copy_frame(const Frame& frame, const h5::Node& parent, const std::string& name, h5::Kept rows,
                      std::vector<std::string>& columns);

 private:
  void copy_dataset(const h5::Node& source, const h5::Node& parent, const std::string& name, h5::Kept first,
                    h5::Kept second);
  void copy_sparse(const h5::Node& source, const h5::Node& parent, const std::string& name, h5::Kept first,
                   h5::Kept second);
  void copy_column_group(const h5::Node& source, const h5::Node& parent, const std::string& name, h5::Kept rows);
  void copy_dict(const h5::Node& source, const h5::Node& parent, const std::string& name);
  /// Everything below a group as it is.
  void copy_whole(const h5::Node& source, const h5::Node& parent, const std::string& name);
  void descend(const h5::Node& group);
  void leave_out(const h5::Node& source, const std::string& why);

  core::Reporter& reporter_;
  int depth_ = 0;
  long budget_ = 20000;  ///< groups to come; links that share groups could make any number of them
};

/// The entries kept of a column.
Column take_entries(const Column& column, h5::Kept kept);
std::vector<std::string> take_entries(const std::vector<std::string>& values, h5::Kept kept);

}  // namespace instar::io
