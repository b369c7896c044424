#pragma once

#include <vector>

#include "core/row_blocks.hpp"
#include "math/decode.hpp"

namespace instar::math {

/// Means and spreads of some columns in each group of rows, from one reading of all rows: what is stored by Welford's
/// recurrence (Technometrics 4, 1962), the zeros that are not stored added at the end, so that a column far from zero
/// loses nothing and a sparse one costs no more than its entries. (am::group_moments is for coordinates: dense rows,
/// every one looked at for what is not finite, and sums of squares that can be put together.)
/// @param columns of `x`, each once, in any order; @param group [rows] 0 ... groups - 1; negative: counts nowhere
/// @returns [groups] moments [columns]; NaN where a group has no rows
std::vector<GeneMoments> column_moments_by_group(core::RowBlocks& x, const std::vector<Index>& columns,
                                                 const std::vector<Index>& group, Index groups);

}  // namespace instar::math
