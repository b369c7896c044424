#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/row_blocks.hpp"

namespace instar::io {

/// Rows in few bytes, and quickly: an entry is the gap to the column before it, in one byte where it is short. Counts
/// cost little more (1 and 2 are in that byte, others and long gaps take a few bytes); other numbers take four bytes
/// beside it, or eight where float32 does not hold them. The numbers come back exactly.
/// @param begin, end rows of the block
std::vector<std::byte> pack_rows(const core::RowBlock& block, Index begin, Index end);

/// Room for rows, which only grows: fresh memory would cost more than unpacking them.
struct UnpackedRows {
  std::vector<std::int64_t> ends;     ///< [rows] where each row ends
  std::vector<std::int32_t> columns;  ///< up to ends.back() filled
  std::vector<double> values;

  std::int64_t entries() const { return ends.empty() ? 0 : ends.back(); }
};

/// The rows of pack_rows, where they belong. @param ends [rows] where each row ends, `before` the first
/// @param columns, values [entries of the rows]
void unpack_all_rows(std::span<const std::byte> bytes, std::int64_t before, std::int64_t* ends, std::int32_t* columns,
                     double* values);

/// The rows of pack_rows, those columns that are wanted.
/// @param wanted [columns] 0 or 1
void unpack_rows(std::span<const std::byte> bytes, const std::vector<char>& wanted, UnpackedRows& out);

}  // namespace instar::io
