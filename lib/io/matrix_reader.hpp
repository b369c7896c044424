#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/row_blocks.hpp"
#include "io/h5.hpp"
#include "io/h5ad.hpp"

namespace instar::io {

/// The parts of a sparse matrix in a file, checked against each other. `major` is the axis that indptr runs along: rows
/// of a CSR, columns of a CSC.
struct SparseParts {
  h5::Node data;
  h5::Node indices;
  std::vector<std::int64_t> indptr;  ///< [major + 1], ascending from 0
  Index major = 0;
  Index minor = 0;
  bool csr = true;
};

/// Whether the node is a sparse matrix (0.7 and later: encoding-type; before: h5sparse_format), and of which kind.
std::optional<MatrixKind> sparse_kind(const h5::Node& node);

/// Shape and type. @throws DataError where it is not a matrix
MatrixInfo describe_matrix(const h5::Node& node);

/// @throws DataError where the parts contradict each other
SparseParts open_sparse(const h5::Node& node);

/// Entries [begin, begin + count) of the indices. @throws DataError where one is outside the matrix
void read_indices(const SparseParts& parts, Index begin, Index count, std::int32_t* out);

/// The rows of a matrix of any kind in blocks of bounded size.
std::unique_ptr<core::RowBlocks> open_rows(const h5::Node& node, const Reading& reading);

/// Estimate of what the process holds while it reads them, in bytes. @param rewritten a matrix of the same size is
/// written from them
std::int64_t reading_bytes(const h5::Node& node, Reading reading, bool rewritten);

/// Up to `count` of the stored values, the first ones.
std::vector<double> read_first(const h5::Node& node, Index count);

/// The whole matrix.
Matrix read_dense(const h5::Node& node);

}  // namespace instar::io
