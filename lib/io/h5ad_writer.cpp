#include <algorithm>
#include <utility>

#include "core/error.hpp"
#include "io/copy.hpp"
#include "io/encode.hpp"
#include "io/h5ad.hpp"
#include "io/h5ad_copy.hpp"
#include "io/json.hpp"
#include "io/matrix_sink.hpp"
#include "io/output.hpp"

namespace instar::io {
namespace {

/// obs or var of the file being written; its list of columns is written last.
struct OutputFrame {
  h5::Node node;
  Index rows;
  std::vector<std::string> columns;

  void set(const std::string& name, const Column& column) {
    if (name.empty() || name.find('/') != std::string::npos || name == "_index")
      node.fail("a column cannot be called '" + name + "'");
    if (column.size() != rows)
      node.fail("expected " + std::to_string(rows) + " entries for the column '" + name + "', got " +
                std::to_string(column.size()));
    node.remove(name);
    write_column(node, name, column);
    if (std::find(columns.begin(), columns.end(), name) == columns.end()) columns.push_back(name);
  }
};

std::vector<std::string> split_at_dots(const std::string& name) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('.', begin), name.size());
    parts.push_back(name.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

h5::Node group_for(const h5::Node& parent, const std::string& name) {
  if (const auto found = parent.find(name)) {
    if (found->is_group()) return *found;
    parent.remove(name);
  }
  return write_dict(parent, name);
}

}  // namespace

struct H5adWriter::Impl {
  explicit Impl(const std::string& path)
      : output(path), file(h5::File::create(output.temporary(), shown_target(path))), root(file.root()) {
    root.set_encoding("anndata", "0.1.0");
  }
  ~Impl() {
    try {
      file.close();
    } catch (const std::exception&) {
      // Not committed: the file is about to be removed, so what could not be written does not matter.
    }
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  h5::Node group(const std::string& name) { return group_for(root, name); }

  /// The group and last part of a dotted name in uns.
  std::pair<h5::Node, std::string> uns_place(const std::string& name) {
    auto parts = split_at_dots(name);
    h5::Node node = group("uns");
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) node = group_for(node, parts[i]);
    if (parts.back().empty()) node.fail("an entry cannot be called '" + name + "'");
    return {node, parts.back()};
  }

  /// Parent and name of a matrix; what has that name is removed.
  std::pair<h5::Node, std::string> matrix_place(const MatrixName& name) {
    if (name.slot == MatrixName::Slot::raw) root.fail("raw/X cannot be replaced");
    const bool layer = name.slot == MatrixName::Slot::layer;
    h5::Node parent = layer ? group("layers") : root;
    const std::string member = layer ? name.layer : "X";
    parent.remove(member);
    return {parent, member};
  }

  template <class M>
  void set_array(const std::string& group_name, const std::string& name, const M& values, Index rows,
                 const std::string& stored) {
    const h5::Node parent = group(group_name);
    if (values.rows() != rows)
      parent.fail("expected " + std::to_string(rows) + " rows for '" + name + "', got " +
                  std::to_string(values.rows()));
    parent.remove(name);
    write_array(parent, name, {values.rows(), values.cols()}, values.data(), stored);
  }

  AtomicOutput output;
  h5::File file;
  h5::Node root;
  std::optional<OutputFrame> obs;
  std::optional<OutputFrame> var;
};

H5adWriter::H5adWriter(const std::string& path, const std::vector<std::string>& obs_names,
                       const std::vector<std::string>& var_names)
    : impl_(std::make_unique<Impl>(path)) {
  const auto frame = [&](const std::string& name, const std::vector<std::string>& names) {
    const h5::Node node = begin_frame(impl_->root, name, "_index");
    write_string_array(node, "_index", names);
    return OutputFrame{node, static_cast<Index>(names.size()), {}};
  };
  impl_->obs = frame("obs", obs_names);
  impl_->var = frame("var", var_names);
  for (const char* name : {"layers", "obsm", "obsp", "uns", "varm", "varp"}) impl_->group(name);
}

H5adWriter::H5adWriter(const std::string& path, const H5adFile& input, core::Reporter& reporter, bool replace_x,
                       const std::optional<std::vector<bool>>& keep_obs,
                       const std::optional<std::vector<bool>>& keep_vars)
    : impl_(std::make_unique<Impl>(path)) {
  CopiedFrames frames = copy_anndata(*input.impl_, impl_->root, reporter, replace_x, keep_obs, keep_vars);
  impl_->obs = OutputFrame{frames.obs, frames.obs_rows, std::move(frames.obs_columns)};
  impl_->var = OutputFrame{frames.var, frames.var_rows, std::move(frames.var_columns)};
}

H5adWriter::~H5adWriter() = default;

void H5adWriter::set_obs(const std::string& name, const Column& column) { impl_->obs->set(name, column); }
void H5adWriter::set_var(const std::string& name, const Column& column) { impl_->var->set(name, column); }

void H5adWriter::set_obsm(const std::string& name, const MatrixF& values) {
  impl_->set_array("obsm", name, values, impl_->obs->rows, "float32");
}
void H5adWriter::set_obsm(const std::string& name, const Matrix& values) {
  impl_->set_array("obsm", name, values, impl_->obs->rows, "float64");
}
std::unique_ptr<core::RowSink> H5adWriter::write_obsm(const std::string& name, Index cols) {
  const h5::Node parent = impl_->group("obsm");
  parent.remove(name);
  return dense_sink(parent, name, impl_->obs->rows, cols);
}
void H5adWriter::set_varm(const std::string& name, const Matrix& values) {
  impl_->set_array("varm", name, values, impl_->var->rows, "float64");
}

void H5adWriter::set_uns(const std::string& name, const core::Value& value) {
  const auto [parent, member] = impl_->uns_place(name);
  parent.remove(member);
  write_value(parent, member, value);
}

void H5adWriter::set_uns_group(const std::string& name) {
  const auto [parent, member] = impl_->uns_place(name);
  parent.remove(member);
  write_dict(parent, member);
}

void H5adWriter::remove_uns(const std::string& name) {
  h5::Node node = impl_->group("uns");
  const auto parts = split_at_dots(name);
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    const auto next = node.find(parts[i]);
    if (!next || !next->is_group()) return;
    node = *next;
  }
  node.remove(parts.back());
}

std::unique_ptr<core::RowSink> H5adWriter::write_matrix(const MatrixName& name, Index rows, Index cols, MatrixKind kind,
                                                        bool compressed) {
  if (rows != impl_->obs->rows || cols != impl_->var->rows)
    throw DataError({impl_->root.file(), name.path()}, "expected " + std::to_string(impl_->obs->rows) + " x " +
                                                           std::to_string(impl_->var->rows) + " (cells x genes), got " +
                                                           std::to_string(rows) + " x " + std::to_string(cols));
  if (kind == MatrixKind::csc) throw DataError({impl_->root.file(), name.path()}, "CSC matrices are not written");
  const auto [parent, member] = impl_->matrix_place(name);
  return kind == MatrixKind::csr ? csr_sink(parent, member, rows, cols, compressed)
                                 : dense_sink(parent, member, rows, cols);
}

void H5adWriter::set_matrix(const MatrixName& name, const MatrixF& values) {
  const auto [parent, member] = impl_->matrix_place(name);
  if (values.rows() != impl_->obs->rows || values.cols() != impl_->var->rows)
    throw DataError({impl_->root.file(), name.path()}, "its shape differs from cells x genes");
  write_array(parent, member, {values.rows(), values.cols()}, values.data(), "float32");
}

void H5adWriter::add_provenance(const std::string& tool, const core::Facts& facts) {
  // Tools are called instar-pca and the like: no dots.
  set_uns("instar.provenance." + tool, Json::of(facts).text());
}

void H5adWriter::commit() {
  finish_frame(impl_->obs->node, impl_->obs->columns);
  finish_frame(impl_->var->node, impl_->var->columns);
  impl_->file.close();
  impl_->output.commit();
}

}  // namespace instar::io
