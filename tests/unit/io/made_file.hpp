#pragma once

#include <string>
#include <vector>

#include "core/error.hpp"
#include "io/encode.hpp"
#include "io/h5.hpp"

namespace instar::test {

/// Writes small AnnData files element by element, so that a test can write what anndata would not.
struct MadeFile {
  MadeFile(const std::string& path, Index cells, Index genes)
      : file(io::h5::File::create(path, path)), root(file.root()) {
    root.set_encoding("anndata", "0.1.0");
    frame("obs", "c", cells);
    frame("var", "g", genes);
  }

  void frame(const std::string& name, const std::string& prefix, Index rows) {
    std::vector<std::string> names;
    for (Index i = 0; i < rows; ++i) names.push_back(prefix + std::to_string(i));
    const auto group = io::begin_frame(root, name, "_index");
    io::write_string_array(group, "_index", names);
    io::finish_frame(group, {});
  }

  void columns(const std::string& name, const std::vector<std::string>& all) const {
    root.child(name).set_attribute("column-order", all);
  }

  io::h5::Node sparse(const std::string& name, const std::string& encoding, const std::vector<Index>& shape,
                      const std::vector<double>& data, const std::vector<std::int64_t>& indices,
                      const std::vector<std::int64_t>& indptr, const std::string& index_type = "int32") const {
    auto group = root.create_group(name);
    group.set_encoding(encoding, "0.1.0");
    group.set_attribute("shape", shape);
    group.write_array("data", {static_cast<Index>(data.size())}, data.data(), "float32");
    group.write_array("indices", {static_cast<Index>(indices.size())}, indices.data(), index_type);
    group.write_array("indptr", {static_cast<Index>(indptr.size())}, indptr.data(), "int64");
    return group;
  }

  io::h5::File file;
  io::h5::Node root;
};

/// What a DataError thrown by `body` says; empty where none is.
template <class Body>
std::string data_error(const Body& body) {
  try {
    body();
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

}  // namespace instar::test
