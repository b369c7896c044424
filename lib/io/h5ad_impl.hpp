#pragma once

#include <optional>
#include <string>

#include "io/frame.hpp"
#include "io/h5.hpp"
#include "io/h5ad.hpp"

namespace instar::io {

/// What an open AnnData file knows; the writer copies from it.
struct H5adFile::Impl {
  std::string path;   ///< as given
  std::string local;  ///< the file that is read (for `-`, the spooled one)
  h5::File file;
  h5::Node root;
  std::optional<h5::Node> uns;
  Frame obs;
  Frame var;
  Reading reading;

  static Impl open(const std::string& path, const Reading& reading);
  std::optional<h5::Node> member(const std::string& group, const std::string& name) const;
  std::optional<Frame> raw_var() const;
  std::optional<h5::Node> find_matrix(const MatrixName& name) const;
  DataError no_such_matrix(const MatrixName& name) const;
  h5::Node matrix_node(const MatrixName& name) const;  ///< its shape checked against obs and var
  std::optional<h5::Node> uns_node(const std::string& place) const;
};

/// Names of the members of a group, or of a compound dataset (obsm of 0.6); empty where there is none.
std::vector<std::string> member_names(const h5::Node& root, const std::string& group);

/// obsm[name] or varm[name]: array, frame of numbers, sparse matrix, or compound member (0.6).
Matrix read_annotation(const h5::Node& root, const std::string& group, const std::string& name, Index rows);
/// The same in blocks of rows; what is no matrix of its own (a frame, a compound member) is read at once.
std::unique_ptr<core::RowBlocks> open_annotation(const h5::Node& root, const std::string& group,
                                                 const std::string& name, Index rows, const Reading& reading);
std::pair<Index, Index> annotation_shape(const h5::Node& root, const std::string& group, const std::string& name);

}  // namespace instar::io
