#include "io/h5ad_copy.hpp"

#include <algorithm>
#include <set>

#include "core/error.hpp"
#include "io/copy.hpp"
#include "io/encode.hpp"
#include "io/matrix_reader.hpp"

namespace instar::io {
namespace {

/// Copies one file; holds what the parts share.
class FileCopy {
 public:
  FileCopy(const H5adFile::Impl& input, const h5::Node& root, core::Reporter& reporter)
      : input_(input), root_(root), reporter_(reporter), copier_(reporter) {}

  CopiedFrames run(bool replace_x, h5::Kept obs, h5::Kept var) {
    CopiedFrames frames{copier_.copy_frame(input_.obs, root_, "obs", obs, obs_columns_),
                        copier_.copy_frame(input_.var, root_, "var", var, var_columns_),
                        0,
                        0,
                        {},
                        {}};
    frames.obs_rows = obs == nullptr ? input_.obs.rows() : static_cast<Index>(obs->size());
    frames.var_rows = var == nullptr ? input_.var.rows() : static_cast<Index>(var->size());
    frames.obs_columns = obs_columns_;
    frames.var_columns = var_columns_;
    if (const auto x = input_.find_matrix({}); x && !replace_x) copier_.copy(*x, root_, "X", obs, var);
    copy_members("layers", obs, var);
    copy_members("obsm", obs, nullptr);
    copy_members("varm", var, nullptr);
    copy_members("obsp", obs, obs);
    copy_members("varp", var, var);
    copy_raw(obs);
    copy_uns();
    report_others();
    return frames;
  }

 private:
  void copy_members(const std::string& name, h5::Kept first, h5::Kept second) {
    const h5::Node target = root_.has(name) ? root_.child(name) : write_dict(root_, name);
    const auto source = input_.root.find(name);
    if (!source || source->is_null()) return;
    if (source->is_dataset()) return copy_compound(*source, target, first);
    const bool annotation = name == "obsm" || name == "varm";
    for (const auto& member : source->children()) {
      const h5::Node element = source->child(member);
      check_shape(element, axis_length(name, 0), axis_length(name, 1));
      if (annotation && element.is_dataset() && !element.is_null() && element.dims().size() == 1 &&
          element.type().is_number())
        copy_list(element, target, member, first);
      else
        copier_.copy(element, target, member, first, second);
    }
  }

  // The length that the members of a group must have along an axis; nothing where any will do.
  std::optional<Index> axis_length(const std::string& group, int axis) const {
    if (group == "layers") return axis == 0 ? input_.obs.rows() : input_.var.rows();
    if (axis == 1 && (group == "obsm" || group == "varm")) return std::nullopt;
    return group.starts_with("obs") ? input_.obs.rows() : input_.var.rows();
  }

  // What fits nothing else in the file is damaged, and no reader would take the copy.
  static void check_shape(const h5::Node& element, std::optional<Index> first, std::optional<Index> second) {
    std::vector<Index> found;
    if (sparse_kind(element)) {
      const MatrixInfo info = describe_matrix(element);
      found = {info.rows, info.cols};
    } else if (element.is_dataset() && !element.is_null()) {
      found = element.dims();
    }
    const std::optional<Index> expected[] = {first, second};
    for (std::size_t axis = 0; axis < std::min<std::size_t>(2, found.size()); ++axis)
      if (expected[axis] && found[axis] != *expected[axis])
        element.fail("expected " + std::to_string(*expected[axis]) + (axis == 0 ? " rows" : " columns") + ", found " +
                         std::to_string(found[axis]),
                     "the file is damaged; write it again");
  }

  // obsm and varm of 0.6: one compound dataset, each member an array per row.
  void copy_compound(const h5::Node& source, const h5::Node& target, h5::Kept kept) {
    for (const auto& member : source.members()) {
      if (!member.type.is_number()) continue;
      Index width = 1;
      for (Index dim : member.type.dims) width *= dim;
      const auto values = source.member_numbers(member.name);
      const Matrix all = Eigen::Map<const Matrix>(values.data(), source.size(), width);
      write_matrix(target, member.name, all, member.type.numpy, kept);
    }
  }

  // Elements along cells have two dimensions since anndata 0.12.
  void copy_list(const h5::Node& source, const h5::Node& target, const std::string& name, h5::Kept kept) {
    const auto values = source.numbers<double>();
    const Matrix all = Eigen::Map<const Matrix>(values.data(), source.size(), 1);
    write_matrix(target, name, all, source.type().numpy, kept);
  }

  static void write_matrix(const h5::Node& target, const std::string& name, const Matrix& all,
                           const std::string& stored, h5::Kept kept) {
    Matrix values = all;
    if (kept != nullptr) {
      values.resize(static_cast<Index>(kept->size()), all.cols());
      for (Index i = 0; i < values.rows(); ++i) values.row(i) = all.row((*kept)[static_cast<std::size_t>(i)]);
    }
    const std::string as = stored == "bool" ? "uint8" : stored;
    write_array(target, name, {values.rows(), values.cols()}, values.data(), as);
  }

  void copy_raw(h5::Kept obs) {
    const auto x = input_.find_matrix({MatrixName::Slot::raw});
    const auto var = input_.raw_var();
    if (!x || !var) return;
    const h5::Node raw = root_.create_group("raw");
    raw.set_encoding("raw", "0.1.0");
    copier_.copy(*x, raw, "X", obs, nullptr);
    std::vector<std::string> columns;
    finish_frame(copier_.copy_frame(*var, raw, "var", nullptr, columns), columns);
    const h5::Node target = write_dict(raw, "varm");
    auto varm = input_.member("raw", "varm");
    if (!varm) varm = input_.root.find("raw.varm");
    if (!varm) return;
    if (varm->is_dataset()) return copy_compound(*varm, target, nullptr);
    for (const auto& member : varm->children()) copier_.copy(varm->child(member), target, member);
  }

  void copy_uns() {
    const h5::Node target = write_dict(root_, "uns");
    if (!input_.uns) return;
    std::set<std::string> done;  // categories of 0.6, now in their columns
    for (const Frame* frame : {&input_.obs, &input_.var})
      for (const auto& entry : frame->category_entries()) done.insert(entry);
    for (const auto& name : input_.uns->children()) {
      if (done.count(name) != 0) continue;
      if (name == "log1p" && input_.uns->child(name).is_group())
        copy_log1p(input_.uns->child(name), target);
      else
        copier_.copy(input_.uns->child(name), target, name);
    }
  }

  // scanpy writes {base: None}, which anndata before 0.12 cannot read; scanpy takes a missing base for the same.
  void copy_log1p(const h5::Node& source, const h5::Node& uns) {
    const h5::Node target = write_dict(uns, "log1p");
    for (const auto& name : source.children())
      if (const h5::Node member = source.child(name); name != "base" || !member.is_null())
        copier_.copy(member, target, name);
  }

  void report_others() {
    static const std::set<std::string> known = {"X",     "obs",     "var",      "layers",        "obsm",
                                                "varm",  "obsp",    "varp",     "raw",           "uns",
                                                "raw.X", "raw.var", "raw.varm", "__DATA_TYPES__"};
    for (const auto& name : input_.root.children())
      if (known.count(name) == 0)
        reporter_.warning(input_.root.file() + ": " + name + " is left out of the output: it is no part of AnnData");
  }

  const H5adFile::Impl& input_;
  const h5::Node& root_;
  core::Reporter& reporter_;
  ElementCopier copier_;
  std::vector<std::string> obs_columns_;
  std::vector<std::string> var_columns_;
};

std::optional<std::vector<Index>> positions(const std::optional<std::vector<bool>>& keep, Index length,
                                            const h5::Node& node) {
  if (!keep) return std::nullopt;
  if (static_cast<Index>(keep->size()) != length)
    node.fail("expected " + std::to_string(length) + " flags of what stays, got " + std::to_string(keep->size()));
  std::vector<Index> result;
  for (std::size_t i = 0; i < keep->size(); ++i)
    if ((*keep)[i]) result.push_back(static_cast<Index>(i));
  if (result.size() == keep->size()) return std::nullopt;
  return result;
}

}  // namespace

CopiedFrames copy_anndata(const H5adFile::Impl& input, const h5::Node& root, core::Reporter& reporter, bool replace_x,
                          const std::optional<std::vector<bool>>& keep_obs,
                          const std::optional<std::vector<bool>>& keep_vars) {
  const auto obs = positions(keep_obs, input.obs.rows(), input.obs.node());
  const auto var = positions(keep_vars, input.var.rows(), input.var.node());
  return FileCopy(input, root, reporter).run(replace_x, obs ? &*obs : nullptr, var ? &*var : nullptr);
}

}  // namespace instar::io
