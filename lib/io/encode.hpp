#pragma once

#include <string>
#include <vector>

#include "core/record.hpp"
#include "io/column.hpp"
#include "io/h5.hpp"

namespace instar::io {

/// AnnData elements in the 0.8 encodings (anndata's docs/fileformat-prose), each written as `name` under `parent`.

h5::Node write_dict(const h5::Node& parent, const std::string& name);
void write_string_array(const h5::Node& parent, const std::string& name, const std::vector<std::string>& values);
/// Numbers stay arrays unless some are missing among integers or booleans (nullable-*); text with missing entries
/// becomes categorical, since nullable text is not readable before anndata 0.11.
void write_column(const h5::Node& parent, const std::string& name, const Column& column);
/// An array. @param data row-major @param stored numpy name of the type in the file
template <class T>
void write_array(const h5::Node& parent, const std::string& name, const std::vector<Index>& shape, const T* data,
                 const std::string& stored) {
  parent.write_array(name, shape, data, stored).set_encoding("array", "0.2.0");
}
void write_value(const h5::Node& parent, const std::string& name, const core::Value& value);
/// A dataframe with its index and without columns; the caller adds them and calls finish_frame.
h5::Node begin_frame(const h5::Node& parent, const std::string& name, const std::string& index_name);
void finish_frame(const h5::Node& frame, const std::vector<std::string>& columns);

}  // namespace instar::io
