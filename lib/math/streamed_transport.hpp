#pragma once

#include <vector>

#include "core/reporter.hpp"
#include "core/types.hpp"
#include "math/entropic_transport.hpp"
#include "math/gibbs_kernel.hpp"
#include "math/plan_entry.hpp"

namespace instar::math {

struct StreamedOptions {
  PairCost cost = PairCost::squared;
  double growth_scale = 1;  ///< of the cone cost
  Marginals marginals = Marginals::hard;
  double blur = 0.01;       ///< eps as a fraction of the mean cost among the sampled points
  bool unblurred = false;   ///< relative_gap is that of the problem without entropy
  double entropy = 0;       ///< eps itself instead of blur; 0: blur decides
  double tolerance = 1e-3;  ///< of the problem on the sampled pairs
  int max_iterations = 20000;
  Index partners = 64;  ///< pairs kept for every point, about, or all that matter
  Index sample = 5000;  ///< points of either side whose potentials start the rest
};

struct StreamedPlan {
  std::vector<PlanEntry> plan;  ///< by row, then column; points that reach none of the other side have no entry
  double eps = 0;
  double mean_cost = 0;   ///< among the sampled points
  double sparse_gap = 0;  ///< of the problem on the sampled pairs, as in ScalingResult
  /// On all pairs: soft marginals (primal - dual) / primal; hard ones, what both marginals of exp((f + g - c) / eps)
  /// are off by in all, as a part of the mass. Unblurred: how far above a dual bound that holds on all pairs (to single
  /// precision) the plan's value is, as a part of it.
  double relative_gap = 0;
  int iterations = 0;
};

/// The entropic problem of entropic_transport.hpp between clouds whose n x m pairs fit no memory. Four walks through
/// all pairs, which are worked out in panels that stay in the caches:
///  1. potentials of a sample of either side (solved densely) give all columns theirs, and a half-step over all pairs
///     those of all rows, 2. two more those of all columns and of all rows again;
///  3. pairs are drawn with probability min(1, partners gamma_ij / min(gamma_1 i, gamma_2 j)) and their kernel divided
///     by it (importance sparsification: Li, Yu, Li, Meng, JMLR 24, 2023), which leaves all sums right on average, and
///     the problem on these pairs is solved to the tolerance: its plan, which is returned, keeps the marginals;
///  4. its potentials are held against all pairs: relative_gap says what they are worth there (unblurred: two walks,
///  for
///     the c-transforms that make them feasible).
/// So the plan's own marginals are as good as sparse_gap, and relative_gap bounds how far the potentials are from those
/// of the problem on all pairs. Memory: the points in single precision, 12 bytes for every kept pair three times over.
/// Same plan for any number of threads.
/// @param x [n, d], a [n]; @param y [m, d], b [m]: positive masses; for hard marginals with the same sum
/// @throws NumericError where the sampled problems do not converge
StreamedPlan streamed_plan(const MatrixView& x, const Vector& a, const MatrixView& y, const Vector& b,
                           const StreamedOptions& options, core::Reporter& reporter);

}  // namespace instar::math
