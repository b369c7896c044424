#include "io/matrix_reader.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <utility>

#include "core/parallel.hpp"
#include "io/sparse_rows.hpp"
#include "io/turned_rows.hpp"

namespace instar::io {
namespace {

// What a thread looks through at a time.
constexpr Index kGrainEntries = Index{1} << 17;

std::vector<Index> sparse_shape(const h5::Node& node) {
  auto shape = node.integers_attribute("shape");
  if (shape.empty()) shape = node.integers_attribute("h5sparse_shape");
  if (shape.size() != 2 || shape[0] < 0 || shape[1] < 0)
    node.fail("expected a sparse matrix with an attribute shape of two integers", "write the file again");
  return shape;
}

// 0.6 stored a matrix of one column (or row) as a list.
std::vector<Index> dense_shape(const h5::Node& node) {
  auto shape = node.dims();
  if (shape.size() == 1) shape.push_back(1);
  if (shape.size() != 2)
    node.fail("expected a matrix, found an array of " + std::to_string(shape.size()) + " dimensions");
  return shape;
}

void check_columns(const h5::Node& node, Index cols) {
  if (cols > std::numeric_limits<std::int32_t>::max())
    node.fail("expected at most 2147483647 columns, found " + std::to_string(cols));
}

class DenseRows : public core::RowBlocks {
 public:
  DenseRows(h5::Node node, const BlockPlan& plan) : node_(std::move(node)), shape_(dense_shape(node_)) {
    const auto chunk = node_.chunk();
    block_rows_ = std::clamp<Index>(plan.entries / std::max<Index>(1, shape_[1]), 1, plan.rows);
    // Whole chunks where that is cheap, so that none is expanded twice.
    if (!chunk.empty() && chunk[0] <= block_rows_) block_rows_ -= block_rows_ % chunk[0];
  }
  Index rows() const override { return shape_[0]; }
  Index cols() const override { return shape_[1]; }
  void rewind() override { at_ = 0; }

  bool next(core::RowBlock& block) override {
    if (at_ >= rows()) return false;
    const Index count = std::min(block_rows_, rows() - at_);
    values_.resize(count, cols());
    if (values_.size() > 0) node_.slab(at_, count, values_.data());
    block = core::sparse_block(values_);
    block.first_row = at_;
    at_ += count;
    return true;
  }

 private:
  h5::Node node_;
  std::vector<Index> shape_;
  Matrix values_;
  Index block_rows_ = 1;
  Index at_ = 0;
};

/// Entries where they are in the file, by rows.
class StoredEntries : public Entries {
 public:
  explicit StoredEntries(SparseParts parts) : parts_(std::move(parts)) {}
  void read(Index begin, Index count, std::int32_t* columns, double* values) const override {
    read_indices(parts_, begin, count, columns);
    parts_.data.slab(begin, count, values);
  }

 private:
  SparseParts parts_;
};

}  // namespace

void read_indices(const SparseParts& parts, Index begin, Index count, std::int32_t* out) {
  parts.indices.slab(begin, count, out);
  // The sign of an index, or of what is left to the last one, tells of one that is out of range.
  const auto last = static_cast<std::int32_t>(parts.minor - 1);
  std::atomic<bool> inside{true};
  core::parallel_chunks(count, kGrainEntries, [&](Index from, Index to) {
    std::int32_t signs = 0;
    for (Index k = from; k < to; ++k) signs |= out[k] | (last - std::max(out[k], 0));
    if (signs < 0) inside = false;
  });
  if (inside) return;
  const auto wrong = std::find_if(out, out + count, [&](std::int32_t index) { return index < 0 || index > last; });
  parts.indices.fail("expected indices from 0 to " + std::to_string(last) + ", found " + std::to_string(*wrong),
                     "the file is damaged; write it again");
}

std::optional<MatrixKind> sparse_kind(const h5::Node& node) {
  if (!node.is_group()) return std::nullopt;
  std::string format = node.encoding();
  if (format.empty()) format = node.text_attribute("h5sparse_format").value_or("");
  if (format == "csr_matrix" || format == "csr") return MatrixKind::csr;
  if (format == "csc_matrix" || format == "csc") return MatrixKind::csc;
  return std::nullopt;
}

MatrixInfo describe_matrix(const h5::Node& node) {
  MatrixInfo info;
  h5::Type type;
  if (const auto kind = sparse_kind(node)) {
    info.kind = *kind;
    const auto shape = sparse_shape(node);
    info.rows = shape[0];
    info.cols = shape[1];
    type = node.child("data").type();
    info.stored = node.child("data").size();
  } else if (node.is_dataset()) {
    info.kind = MatrixKind::dense;
    const auto shape = dense_shape(node);
    info.rows = shape[0];
    info.cols = shape[1];
    info.stored = node.size();
    type = node.type();
  } else {
    const std::string encoding = node.encoding();
    node.fail("expected a matrix, found a group" + (encoding.empty() ? "" : " of encoding '" + encoding + "'"));
  }
  if (!type.is_number()) node.fail("expected numbers, found elements of type " + type.numpy);
  info.dtype = type.numpy;
  return info;
}

namespace {

/// What every part of a sparse matrix is.
void check_list(const h5::Node& part) {
  if (part.is_group() || part.dims().size() != 1 || !part.type().is_number()) part.fail("expected a list of numbers");
}

}  // namespace

SparseParts open_sparse(const h5::Node& node) {
  const auto kind = sparse_kind(node);
  if (!kind) node.fail("expected a sparse matrix");
  const auto shape = sparse_shape(node);
  SparseParts parts{node.child("data"), node.child("indices"), {}, 0, 0, *kind == MatrixKind::csr};
  parts.major = parts.csr ? shape[0] : shape[1];
  parts.minor = parts.csr ? shape[1] : shape[0];
  check_columns(node, parts.major);
  check_columns(node, parts.minor);
  const h5::Node pointers = node.child("indptr");
  for (const auto& part : {parts.data, parts.indices, pointers}) check_list(part);
  for (const auto& part : {parts.indices, pointers})
    if (part.type().kind != h5::Type::Kind::integer)
      part.fail("expected integers, found elements of type " + part.type().numpy);
  if (pointers.size() != parts.major + 1)
    pointers.fail("expected " + std::to_string(parts.major + 1) + " entries for the shape " + std::to_string(shape[0]) +
                      " x " + std::to_string(shape[1]) + ", found " + std::to_string(pointers.size()),
                  "the file is damaged; write it again");
  const Index stored = parts.data.size();
  if (parts.indices.size() != stored)
    parts.indices.fail("expected as many entries as data has, " + std::to_string(stored) + ", found " +
                           std::to_string(parts.indices.size()),
                       "the file is damaged; write it again");
  parts.indptr = pointers.numbers<std::int64_t>();
  if (parts.indptr.front() != 0 || parts.indptr.back() > stored ||
      !std::is_sorted(parts.indptr.begin(), parts.indptr.end()))
    pointers.fail("expected positions that start at 0, never fall and end by " + std::to_string(stored),
                  "the file is damaged (32-bit positions may have overflowed); write it again");
  parts.data.check_storage();
  parts.indices.check_storage();
  return parts;
}

namespace {

BlockPlan plan_of(const h5::Node& node, const MatrixInfo& info, const Reading& reading) {
  const bool dense = info.kind == MatrixKind::dense;
  return plan_blocks(reading, node.path(), info.rows, info.stored, dense ? kDenseEntryBytes : kSparseEntryBytes,
                     dense ? node.cached_bytes() : 0);
}

}  // namespace

std::int64_t reading_bytes(const h5::Node& node, Reading reading, bool rewritten) {
  reading.reporter = nullptr;
  const MatrixInfo info = describe_matrix(node);
  const BlockPlan plan = plan_of(node, info, reading);
  return plan.bytes + (info.kind == MatrixKind::csc ? turning_bytes(info.stored, plan) : 0) +
         (rewritten ? std::min(plan.entries, info.stored) * kWrittenEntryBytes : 0);
}

std::unique_ptr<core::RowBlocks> open_rows(const h5::Node& node, const Reading& reading) {
  const MatrixInfo info = describe_matrix(node);
  check_columns(node, info.cols);
  const BlockPlan plan = plan_of(node, info, reading);
  if (info.kind == MatrixKind::dense) {
    node.check_storage();
    return std::make_unique<DenseRows>(node, plan);
  }
  SparseParts parts = open_sparse(node);
  if (info.kind == MatrixKind::csc) return turned_rows(parts, plan, reading);
  std::vector<std::int64_t> indptr = std::move(parts.indptr);
  return std::make_unique<SparseRows>(std::move(indptr), info.cols, std::make_unique<StoredEntries>(std::move(parts)),
                                      plan);
}

std::vector<double> read_first(const h5::Node& node, Index count) {
  const MatrixInfo info = describe_matrix(node);
  const bool dense = info.kind == MatrixKind::dense;
  const h5::Node values = dense ? node : node.child("data");
  if (!dense) check_list(values);
  values.check_storage();
  const Index per_entry = dense ? std::max<Index>(1, info.stored / std::max<Index>(1, values.dims()[0])) : 1;
  const Index entries = std::min(std::max<Index>(1, count / per_entry), values.dims()[0]);
  std::vector<double> first(static_cast<std::size_t>(entries * (info.stored == 0 ? 0 : per_entry)));
  if (!first.empty()) values.slab(0, entries, first.data());
  return first;
}

Matrix read_dense(const h5::Node& node) {
  const MatrixInfo info = describe_matrix(node);
  if (info.kind == MatrixKind::dense) {
    node.check_numbers();
    Matrix result(info.rows, info.cols);
    if (result.size() > 0) node.slab(0, node.dims()[0], result.data());
    return result;
  }
  const auto rows = open_rows(node, {});
  Matrix result = Matrix::Zero(info.rows, info.cols);
  core::RowBlock block;
  while (rows->next(block))
    for (Index i = 0; i < block.rows(); ++i)
      for (auto k = block.indptr[static_cast<std::size_t>(i)]; k < block.indptr[static_cast<std::size_t>(i) + 1]; ++k)
        result(block.first_row + i, block.indices[static_cast<std::size_t>(k)]) =
            block.values[static_cast<std::size_t>(k)];
  return result;
}

}  // namespace instar::io
