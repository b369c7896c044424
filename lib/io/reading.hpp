#pragma once

#include <cstdint>
#include <string>

#include "core/reporter.hpp"
#include "core/types.hpp"

namespace instar::io {

/// How matrices are read in blocks of rows.
struct Reading {
  /// Bytes that the process may hold where a matrix is read block by block; 0: as much as the usual blocks take. Blocks
  /// are made smaller where the usual ones would not fit, never larger; then sums may differ in their last digits.
  std::int64_t memory = 0;
  core::Reporter* reporter = nullptr;  ///< for what takes long, and the estimate (detail)
  bool asked = false;                  ///< somebody gave that number: too few is an error, not the least that works
  std::int64_t beside = 0;  ///< bytes that whoever reads holds beside the blocks (totals, moments, components)
};

/// How large the blocks of one matrix are.
struct BlockPlan {
  Index entries = Index{1} << 20;  ///< values of a block at most (one row at least)
  Index rows = 8192;               ///< rows of a block at most
  std::int64_t held = 0;           ///< bytes that may be used to turn a matrix that is stored by columns; 0: no limit
  std::int64_t bytes = 0;          ///< estimate of what the process holds while it reads by rows
};

/// Plans the reading of a matrix and says what it is estimated to take.
/// @param rows, stored of the matrix: how many, and how many values are stored @param bytes_per_entry that a block, and
/// what is made of it, holds at the same time @param cache bytes that HDF5 keeps of this matrix
/// @throws UsageError where not even the smallest blocks would fit what was asked for
BlockPlan plan_blocks(const Reading& reading, const std::string& matrix, Index rows, Index stored,
                      Index bytes_per_entry, std::int64_t cache = 0);

/// A stored entry of a sparse row: index and value, the block that is made of it (12 bytes each), and what is written.
inline constexpr Index kSparseEntryBytes = 40;
/// What writing a block holds for an entry: as the file has it, and compressed, of this block and the one before.
inline constexpr Index kWrittenEntryBytes = 24;
/// The same as kSparseEntryBytes for a dense one, which is read as a number first.
inline constexpr Index kDenseEntryBytes = 56;

}  // namespace instar::io
