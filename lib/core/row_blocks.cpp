#include "core/row_blocks.hpp"

#include <algorithm>

namespace instar::core {

bool MemoryRowBlocks::next(RowBlock& block) {
  const Index count = std::min(block_rows_, rows() - at_);
  if (count <= 0) return false;
  const auto begin = all_.indptr[static_cast<std::size_t>(at_)];
  const auto end = all_.indptr[static_cast<std::size_t>(at_ + count)];
  block.first_row = all_.first_row + at_;
  block.cols = all_.cols;
  block.indptr.resize(static_cast<std::size_t>(count) + 1);
  for (Index i = 0; i <= count; ++i)
    block.indptr[static_cast<std::size_t>(i)] = all_.indptr[static_cast<std::size_t>(at_ + i)] - begin;
  block.indices.assign(all_.indices.begin() + begin, all_.indices.begin() + end);
  block.values.assign(all_.values.begin() + begin, all_.values.begin() + end);
  at_ += count;
  return true;
}

bool DenseRowBlocks::next(RowBlock& block) {
  const Index count = std::min(block_rows_, rows() - at_);
  if (count <= 0) return false;
  block = sparse_block(all_.middleRows(at_, count));
  block.first_row = at_;
  at_ += count;
  return true;
}

RowBlock sparse_block(const MatrixView& dense) {
  RowBlock block;
  block.cols = dense.cols();
  block.indptr.reserve(static_cast<std::size_t>(dense.rows()) + 1);
  block.indptr.push_back(0);
  for (Index i = 0; i < dense.rows(); ++i) {
    for (Index j = 0; j < dense.cols(); ++j) {
      if (dense(i, j) == 0) continue;
      block.indices.push_back(static_cast<std::int32_t>(j));
      block.values.push_back(dense(i, j));
    }
    block.indptr.push_back(static_cast<std::int64_t>(block.values.size()));
  }
  return block;
}

}  // namespace instar::core
