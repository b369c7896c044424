#pragma once

#include <vector>

#include "core/types.hpp"
#include "math/gibbs_kernel.hpp"
#include "math/plan_entry.hpp"

namespace instar::math {

/// A sparse stand-in for the dense plan gamma_ij = a_i b_j K_ij (up to one common factor, which semi-couplings do not
/// see), sorted by row, then column, with gamma's row and column sums.
///
/// Entries that are negligible in their row and in their column (together below 1e-6 of any row's mass) are left out.
/// If more than `partners` (n + m) are left, they are thinned without bias: entry (i, j) stays with probability
/// min(1, share gamma_ij / min(gamma_1 i, gamma_2 j)) and its mass is divided by that, so that entries that matter
/// always stay and every cell keeps about `share` of its partners or all of them. `share` is `partners` times the power
/// of two that comes closest to `partners` (n + m) entries in all without going beyond. Choices are systematic along a
/// row (one uniform number per row; Madow, Ann. Math. Stat. 20, 1949), so every row keeps an entry; a column that keeps
/// none (rare beyond ten partners) gets one of its own, drawn in proportion to gamma. Then rows and columns are scaled
/// in turn until the marginals are those of gamma again (raking; Deming and Stephan 1940), so thinning does not blur
/// growth rates. The numbers come from a fixed stream: same input, same plan, for any number of threads.
/// @param relevant if given, becomes the number of entries that are not negligible: more than are returned where they
/// were thinned
std::vector<PlanEntry> sparse_plan(const GibbsKernel& kernel, const Vector& a, const Vector& b, Index partners,
                                   Index* relevant = nullptr);

}  // namespace instar::math
