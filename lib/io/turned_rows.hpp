#pragma once

#include <cstdint>
#include <memory>

#include "io/matrix_reader.hpp"
#include "io/reading.hpp"

namespace instar::io {

/// What turning a matrix of so many stored values holds in memory, in bytes; through a file it is as much as it may.
std::int64_t turning_bytes(Index stored, const BlockPlan& plan);

/// The rows of a matrix that is stored by columns, turned once: in memory where the plan allows it, else in pieces
/// through a nameless file in TMPDIR (16 bytes an entry; a warning says so). The blocks are those that the same matrix
/// stored by rows would have.
/// @throws DataError where the disk has no room for it
std::unique_ptr<core::RowBlocks> turned_rows(const SparseParts& parts, const BlockPlan& plan, const Reading& reading);

}  // namespace instar::io
