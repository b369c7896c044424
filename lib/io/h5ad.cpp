#include "io/h5ad.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/error.hpp"
#include "io/digest.hpp"
#include "io/h5ad_impl.hpp"
#include "io/matrix_reader.hpp"
#include "io/output.hpp"
#include "io/recognise.hpp"

namespace instar::io {
namespace {

std::string shape_text(Index rows, Index cols) { return std::to_string(rows) + " x " + std::to_string(cols); }

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::string MatrixName::path() const {
  switch (slot) {
    case Slot::layer:
      return "layers/" + layer;
    case Slot::raw:
      return "raw/X";
    default:
      return "X";
  }
}

H5adFile::Impl H5adFile::Impl::open(const std::string& path, const Reading& reading) {
  const std::string local = path == "-" ? spool_stdin() : path;
  const std::string name = path == "-" ? "standard input" : path;
  require_hdf5(local, name);
  h5::File file = h5::File::open(local, name);
  h5::Node root = file.root();
  require_anndata(root);
  auto uns = root.find("uns");
  if (uns && !uns->is_group()) uns.reset();
  Frame obs(root.child("obs"), uns);
  Frame var(root.child("var"), uns);
  return Impl{path, local, std::move(file), std::move(root), std::move(uns), std::move(obs), std::move(var), reading};
}

std::optional<h5::Node> H5adFile::Impl::member(const std::string& group, const std::string& name) const {
  const auto node = root.find(group);
  return node && node->is_group() ? node->find(name) : std::nullopt;
}

std::optional<Frame> H5adFile::Impl::raw_var() const {
  if (const auto node = member("raw", "var")) return Frame(*node, uns);
  if (const auto node = root.find("raw.var")) return Frame(*node, uns);
  return std::nullopt;
}

std::optional<h5::Node> H5adFile::Impl::find_matrix(const MatrixName& name) const {
  std::optional<h5::Node> node;
  if (name.slot == MatrixName::Slot::layer) {
    node = member("layers", name.layer);
  } else if (name.slot == MatrixName::Slot::raw) {
    node = member("raw", "X");
    if (!node) node = root.find("raw.X");
  } else {
    node = root.find("X");
  }
  if (node && node->is_null()) node.reset();
  return node;
}

DataError H5adFile::Impl::no_such_matrix(const MatrixName& name) const {
  std::string layers;
  for (const auto& layer : member_names(root, "layers")) layers += (layers.empty() ? "" : ", ") + layer;
  if (name.slot == MatrixName::Slot::x)
    return DataError({root.file(), name.path()}, "expected the counts or expression of genes, found none",
                     "use the file that this one was made from (instar pca --from-counts keeps X with --keep-x)" +
                         (layers.empty() ? "" : ", or name a layer with --layer: " + layers));
  return DataError({root.file(), name.path()}, "the file has no such matrix",
                   layers.empty() ? "it has no layers" : "its layers are: " + layers);
}

h5::Node H5adFile::Impl::matrix_node(const MatrixName& name) const {
  const auto node = find_matrix(name);
  if (!node) throw no_such_matrix(name);
  const MatrixInfo info = describe_matrix(*node);
  Index cols = var.rows();
  if (name.slot == MatrixName::Slot::raw)
    if (const auto frame = raw_var()) cols = frame->rows();
  // A list is a matrix of one column, or of one row.
  const bool row = info.rows == cols && info.cols == 1 && obs.rows() == 1;
  if (!row && (info.rows != obs.rows() || info.cols != cols))
    node->fail(
        "expected " + shape_text(obs.rows(), cols) + " (cells x genes), found " + shape_text(info.rows, info.cols),
        "the file is damaged; write it again");
  return *node;
}

std::optional<h5::Node> H5adFile::Impl::uns_node(const std::string& place) const {
  std::optional<h5::Node> node = uns;
  for (std::size_t begin = 0; node && begin <= place.size();) {
    const std::size_t end = std::min(place.find('/', begin), place.size());
    node = node->is_group() ? node->find(place.substr(begin, end - begin)) : std::nullopt;
    begin = end + 1;
  }
  return node;
}

H5adFile::H5adFile(const std::string& path, const Reading& reading)
    : impl_(std::make_unique<Impl>(Impl::open(path, reading))) {}
H5adFile::~H5adFile() = default;
H5adFile::H5adFile(H5adFile&&) noexcept = default;
H5adFile& H5adFile::operator=(H5adFile&&) noexcept = default;

const std::string& H5adFile::path() const { return impl_->path; }
std::int64_t H5adFile::bytes() const {
  std::error_code missing;
  const auto size = std::filesystem::file_size(impl_->local, missing);
  return missing ? 0 : static_cast<std::int64_t>(size);
}

Index H5adFile::n_obs() const { return impl_->obs.rows(); }
Index H5adFile::n_vars() const { return impl_->var.rows(); }

std::vector<std::string> H5adFile::obs_names() const { return impl_->obs.names(); }
std::vector<std::string> H5adFile::var_names() const { return impl_->var.names(); }

std::vector<std::string> H5adFile::raw_var_names() const {
  const auto frame = impl_->raw_var();
  return frame ? frame->names() : std::vector<std::string>{};
}

std::vector<std::string> H5adFile::obs_columns() const { return impl_->obs.columns(); }
std::vector<std::string> H5adFile::var_columns() const { return impl_->var.columns(); }
std::vector<std::string> H5adFile::layers() const { return member_names(impl_->root, "layers"); }
std::vector<std::string> H5adFile::obsm() const { return member_names(impl_->root, "obsm"); }
std::vector<std::string> H5adFile::varm() const { return member_names(impl_->root, "varm"); }
std::vector<std::string> H5adFile::obsp() const { return member_names(impl_->root, "obsp"); }
std::vector<std::string> H5adFile::varp() const { return member_names(impl_->root, "varp"); }

std::vector<std::string> H5adFile::uns() const {
  return impl_->uns ? impl_->uns->children() : std::vector<std::string>{};
}

bool H5adFile::has_obs(const std::string& name) const { return impl_->obs.has(name); }
bool H5adFile::has_var(const std::string& name) const { return impl_->var.has(name); }
bool H5adFile::has_obsm(const std::string& name) const { return has(obsm(), name); }
bool H5adFile::has_varm(const std::string& name) const { return has(varm(), name); }
Column H5adFile::obs(const std::string& name) const { return impl_->obs.column(name); }
std::vector<std::string> H5adFile::some_obs_labels(const std::string& name, Index most) const {
  return impl_->obs.some_labels(name, most);
}
Column H5adFile::var(const std::string& name) const { return impl_->var.column(name); }

std::pair<Index, Index> H5adFile::obsm_shape(const std::string& name) const {
  return annotation_shape(impl_->root, "obsm", name);
}

Matrix H5adFile::obsm(const std::string& name) const { return read_annotation(impl_->root, "obsm", name, n_obs()); }
std::unique_ptr<core::RowBlocks> H5adFile::obsm_rows(const std::string& name) const {
  return open_annotation(impl_->root, "obsm", name, n_obs(), impl_->reading);
}
Matrix H5adFile::varm(const std::string& name) const { return read_annotation(impl_->root, "varm", name, n_vars()); }

std::optional<std::vector<double>> H5adFile::uns_numbers(const std::string& path) const {
  const auto node = impl_->uns_node(path);
  if (!node || node->is_group() || node->is_null() || !node->type().is_number()) return std::nullopt;
  return node->numbers<double>();
}

std::optional<std::string> H5adFile::uns_text(const std::string& path) const {
  const auto node = impl_->uns_node(path);
  if (!node || node->is_group() || node->size() != 1 || node->type().kind != h5::Type::Kind::text) return std::nullopt;
  return node->texts().front();
}

std::optional<MatrixInfo> H5adFile::matrix_info(const MatrixName& name) const {
  if (!impl_->find_matrix(name)) return std::nullopt;
  return describe_matrix(impl_->matrix_node(name));
}

std::unique_ptr<core::RowBlocks> H5adFile::matrix(const MatrixName& name) const {
  return open_rows(impl_->matrix_node(name), impl_->reading);
}

DataError H5adFile::no_such_matrix(const MatrixName& name) const { return impl_->no_such_matrix(name); }

void H5adFile::hold_beside(std::int64_t bytes) { impl_->reading.beside = bytes; }

std::int64_t H5adFile::reading_bytes(const MatrixName& name, bool rewritten) const {
  return io::reading_bytes(impl_->matrix_node(name), impl_->reading, rewritten);
}

std::vector<double> H5adFile::first_values(const MatrixName& name, Index count) const {
  return read_first(impl_->matrix_node(name), count);
}

Matrix H5adFile::dense(const MatrixName& name) const {
  Matrix values = read_dense(impl_->matrix_node(name));
  if (values.rows() != n_obs()) values = Matrix(values.transpose());  // a list that is one row
  return values;
}

std::string H5adFile::digest() const { return file_digest(impl_->local, impl_->root.file()); }

}  // namespace instar::io
