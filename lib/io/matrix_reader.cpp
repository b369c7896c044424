#include "io/matrix_reader.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <numeric>
#include <utility>

#include "core/parallel.hpp"

namespace instar::io {
namespace {

// Blocks are bounded by entries as well as by rows: about 50 MB whatever the shape.
constexpr Index kBlockEntries = Index{4} << 20;
constexpr Index kBlockRows = 8192;
constexpr Index kDenseBlockEntries = Index{4} << 20;
// What a thread looks through at a time.
constexpr Index kGrainRows = 256;
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

// scipy's meaning of a row: any order, duplicates are summed.
void tidy_row(std::int32_t* indices, double* values, Index& count,
              std::vector<std::pair<std::int32_t, double>>& pairs) {
  pairs.clear();
  for (Index k = 0; k < count; ++k) pairs.emplace_back(indices[k], values[k]);
  std::stable_sort(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  Index out = 0;
  for (const auto& [column, value] : pairs) {
    if (out > 0 && indices[out - 1] == column) {
      values[out - 1] += value;
    } else {
      indices[out] = column;
      values[out] = value;
      ++out;
    }
  }
  count = out;
}

/// Whether the columns of every row ascend: the usual block passes with one look at its indices.
bool is_tidy(const core::RowBlock& block) {
  std::atomic<bool> tidy{true};
  core::parallel_chunks(block.rows(), kGrainRows, [&](Index begin, Index end) {
    bool ascending = true;
    for (Index i = begin; i < end; ++i)
      for (auto k = block.indptr[static_cast<std::size_t>(i)] + 1; k < block.indptr[static_cast<std::size_t>(i) + 1];
           ++k)
        ascending &= block.indices[static_cast<std::size_t>(k) - 1] < block.indices[static_cast<std::size_t>(k)];
    if (!ascending) tidy = false;
  });
  return tidy;
}

// Sorts and sums where needed.
void tidy(core::RowBlock& block) {
  if (is_tidy(block)) return;
  std::vector<std::pair<std::int32_t, double>> pairs;
  std::int64_t out = 0;
  std::int64_t begin = 0;
  for (std::size_t row = 0; row + 1 < block.indptr.size(); ++row) {
    const std::int64_t end = block.indptr[row + 1];
    std::int32_t* indices = block.indices.data() + begin;
    double* values = block.values.data() + begin;
    Index count = end - begin;
    bool ascending = true;
    for (Index k = 1; k < count; ++k) ascending &= indices[k - 1] < indices[k];
    if (!ascending) tidy_row(indices, values, count, pairs);
    if (out != begin) {
      std::copy(indices, indices + count, block.indices.data() + out);
      std::copy(values, values + count, block.values.data() + out);
    }
    out += count;
    begin = end;
    block.indptr[row + 1] = out;
  }
  block.indices.resize(static_cast<std::size_t>(out));
  block.values.resize(static_cast<std::size_t>(out));
}

void read_entries(const SparseParts& parts, Index begin, Index count, std::vector<std::int32_t>& indices,
                  std::vector<double>& values) {
  indices.resize(static_cast<std::size_t>(count));
  values.resize(static_cast<std::size_t>(count));
  parts.indices.slab(begin, count, indices.data());
  parts.data.slab(begin, count, values.data());
  // As unsigned, negative indices are too large as well.
  const auto bound = static_cast<std::uint32_t>(parts.minor);
  std::vector<std::uint32_t> peaks(static_cast<std::size_t>((count + kGrainEntries - 1) / kGrainEntries), 0);
  core::parallel_chunks(count, kGrainEntries, [&](Index from, Index to) {
    std::uint32_t peak = 0;
    for (Index k = from; k < to; ++k)
      peak = std::max(peak, static_cast<std::uint32_t>(indices[static_cast<std::size_t>(k)]));
    peaks[static_cast<std::size_t>(from / kGrainEntries)] = peak;
  });
  const std::uint32_t largest = peaks.empty() ? 0 : *std::max_element(peaks.begin(), peaks.end());
  if (count > 0 && largest >= bound)
    parts.indices.fail("expected indices from 0 to " + std::to_string(parts.minor - 1) + ", found " +
                           std::to_string(static_cast<std::int32_t>(largest)),
                       "the file is damaged; write it again");
}

class CsrRows : public core::RowBlocks {
 public:
  explicit CsrRows(SparseParts parts) : parts_(std::move(parts)) {}
  Index rows() const override { return parts_.major; }
  Index cols() const override { return parts_.minor; }
  void rewind() override { at_ = 0; }

  bool next(core::RowBlock& block) override {
    if (at_ >= rows()) return false;
    const auto& indptr = parts_.indptr;
    const auto first = indptr.begin() + at_;
    const auto most = indptr.begin() + std::min(rows(), at_ + kBlockRows);
    // The last row that still fits; one row at least.
    auto last = std::upper_bound(first + 1, most + 1, *first + kBlockEntries) - 1;
    last = std::max(last, first + 1);
    block.first_row = at_;
    block.cols = cols();
    block.indptr.assign(first, last + 1);
    for (auto& p : block.indptr) p -= *first;
    read_entries(parts_, *first, *last - *first, block.indices, block.values);
    tidy(block);
    at_ += last - first;
    return true;
  }

 private:
  SparseParts parts_;
  Index at_ = 0;
};

class DenseRows : public core::RowBlocks {
 public:
  explicit DenseRows(h5::Node node) : node_(std::move(node)), shape_(dense_shape(node_)) {
    const auto chunk = node_.chunk();
    block_rows_ = std::clamp<Index>(kDenseBlockEntries / std::max<Index>(1, shape_[1]), 1, kBlockRows);
    // Whole chunks where that is cheap, so that none is inflated twice.
    if (!chunk.empty() && chunk[0] <= block_rows_) block_rows_ -= block_rows_ % chunk[0];
  }
  Index rows() const override { return shape_[0]; }
  Index cols() const override { return shape_[1]; }
  void rewind() override { at_ = 0; }

  bool next(core::RowBlock& block) override {
    if (at_ >= rows()) return false;
    const Index count = std::min(block_rows_, rows() - at_);
    Matrix values(count, cols());
    if (values.size() > 0) node_.slab(at_, count, values.data());
    block = core::sparse_block(values);
    block.first_row = at_;
    at_ += count;
    return true;
  }

 private:
  h5::Node node_;
  std::vector<Index> shape_;
  Index block_rows_ = 1;
  Index at_ = 0;
};

// A CSC matrix turned around in memory: two passes over its entries, counting first.
core::RowBlock transposed(const SparseParts& parts) {
  core::RowBlock all;
  all.cols = parts.major;
  const Index nnz = parts.indptr.back();
  all.indptr.assign(static_cast<std::size_t>(parts.minor) + 1, 0);
  std::vector<std::int32_t> rows;
  std::vector<double> values;
  for (Index begin = 0; begin < nnz; begin += kBlockEntries) {
    read_entries(parts, begin, std::min(kBlockEntries, nnz - begin), rows, values);
    for (std::int32_t row : rows) ++all.indptr[static_cast<std::size_t>(row) + 1];
  }
  std::partial_sum(all.indptr.begin(), all.indptr.end(), all.indptr.begin());
  all.indices.resize(static_cast<std::size_t>(nnz));
  all.values.resize(static_cast<std::size_t>(nnz));
  std::vector<std::int64_t> fill(all.indptr.begin(), all.indptr.end() - 1);
  Index column = 0;
  for (Index begin = 0; begin < nnz; begin += kBlockEntries) {
    const Index count = std::min(kBlockEntries, nnz - begin);
    read_entries(parts, begin, count, rows, values);
    for (Index k = 0; k < count; ++k) {
      while (parts.indptr[static_cast<std::size_t>(column) + 1] <= begin + k) ++column;
      const auto to = static_cast<std::size_t>(fill[static_cast<std::size_t>(rows[static_cast<std::size_t>(k)])]++);
      all.indices[to] = static_cast<std::int32_t>(column);
      all.values[to] = values[static_cast<std::size_t>(k)];
    }
  }
  tidy(all);
  return all;
}

}  // namespace

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
  } else if (node.is_dataset()) {
    info.kind = MatrixKind::dense;
    const auto shape = dense_shape(node);
    info.rows = shape[0];
    info.cols = shape[1];
    type = node.type();
  } else {
    const std::string encoding = node.encoding();
    node.fail("expected a matrix, found a group" + (encoding.empty() ? "" : " of encoding '" + encoding + "'"));
  }
  if (!type.is_number()) node.fail("expected numbers, found elements of type " + type.numpy);
  info.dtype = type.numpy;
  return info;
}

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
  for (const auto& part : {parts.data, parts.indices, pointers})
    if (part.is_group() || part.dims().size() != 1 || !part.type().is_number()) part.fail("expected a list of numbers");
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

std::unique_ptr<core::RowBlocks> open_rows(const h5::Node& node) {
  const MatrixInfo info = describe_matrix(node);
  check_columns(node, info.cols);
  if (info.kind == MatrixKind::csr) return std::make_unique<CsrRows>(open_sparse(node));
  if (info.kind == MatrixKind::csc) return std::make_unique<core::MemoryRowBlocks>(transposed(open_sparse(node)));
  node.check_storage();
  return std::make_unique<DenseRows>(node);
}

Matrix read_dense(const h5::Node& node) {
  const MatrixInfo info = describe_matrix(node);
  if (info.kind == MatrixKind::dense) {
    const auto values = node.numbers<double>();
    return Eigen::Map<const Matrix>(values.data(), info.rows, info.cols);
  }
  const auto rows = open_rows(node);
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
