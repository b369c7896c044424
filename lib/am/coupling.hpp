#pragma once

#include <cstdint>
#include <vector>

#include "core/reporter.hpp"
#include "core/types.hpp"

namespace instar::am {

/// Pairs of cells of two neighbouring snapshots. A pair starts with mass p at the source and ends with mass q at the
/// target. Column sums hold to rounding: sum of p over a source's pairs is its mass, sum of q over a target's pairs is
/// its mass. A source without a partner fades in place: target = kNone, q = 0. A target without one appears: source =
/// kNone, p = 0.
struct Coupling {
  static constexpr std::int32_t kNone = -1;
  struct Pair {
    std::int32_t source = kNone;
    std::int32_t target = kNone;
    double p = 0;
    double q = 0;
  };
  std::vector<Pair> pairs;  ///< sorted by source (kNone last), then target

  // How well the problem was solved.
  double relative_gap = 0;  ///< see the two functions below
  int iterations = 0;       ///< sweeps over all pairs
  double blur = 0;          ///< eps used, in units of the cost
  double mean_cost = 0;     ///< of the pairs within reach, weighted by the product of their masses
  Index relevant = 0;       ///< pairs of a blurred plan that matter, whether kept or thinned out; 0: not counted
};

struct CouplingOptions {
  double growth_scale = 1;  ///< delta, in the units of the points; infinite for balanced
  double blur = 0.01;       ///< eps as a fraction of the mean cost; 0: exact
  double entropy = 0;       ///< of balanced_coupling: eps itself, instead of blur; 0: blur decides
  double tolerance = 1e-3;  ///< relative primal-dual gap to reach
  int max_iterations = 20000;
  Index partners = 64;              ///< of a blurred plan, about this many pairs per cell are kept, or all
  Index pairs_at_once = 100000000;  ///< n x m that is solved in one piece; takes four bytes each
  void validate() const;
};

/// Unbalanced optimal coupling of two snapshots for the Wasserstein-Fisher-Rao path (method.md, section 4),
///   min_gamma <c, gamma> + KL(gamma_1 | a) + KL(gamma_2 | b) + eps KL(gamma | a x b / sqrt(sum a sum b)),
///   c = -log cos^2(min(|x-y| / 2 delta, pi/2)),   KL(x|y) = sum x log(x/y) - x + y,
/// and its semi-couplings p_ij = gamma_ij a_i / gamma_1(i), q_ij = gamma_ij b_j / gamma_2(j). relative_gap is (primal -
/// dual) / primal of this very problem (math/entropic_transport.hpp has the dual); with blur 0 of the exact one, whose
/// dual is feasible on all pairs (math/unbalanced_exact.hpp). Of a blurred plan an unbiased sample of pairs is kept
/// (math/entropic_plan.hpp). An infinite growth scale is the balanced coupling.
///
/// More than pairs_at_once pairs are walked through in panels and never stored (math/streamed_transport.hpp): the
/// coupling lives on sampled pairs, relative_gap is what its potentials are worth on all of them, for blur 0 how far
/// its value may be above the optimum, and a warning says so. Same pairs for any number of threads.
/// @param x [n, d], a [n]: source points and masses (> 0); @param y [m, d], b [m]
/// @throws DataError where points or masses are not finite or not positive; NumericError where the gap is not reached
Coupling unbalanced_coupling(const MatrixView& x, const VectorView& a, const MatrixView& y, const VectorView& b,
                             const CouplingOptions& options, core::Reporter& reporter = core::silent());

/// Balanced optimal transport with cost |x-y|^2: exact for blur 0 (network simplex; relative_gap against duals that are
/// feasible on all pairs, rounding is all that is left), else entropic, min <c, gamma> + eps KL(gamma | a x b);
/// relative_gap is then the marginals' total error, sum |gamma_1 - a|. Masses are normalised to 1 for the coupling; p
/// and q then carry a's and b's own totals. growth_scale is not used. Sizes and errors as above.
Coupling balanced_coupling(const MatrixView& x, const VectorView& a, const MatrixView& y, const VectorView& b,
                           const CouplingOptions& options, core::Reporter& reporter = core::silent());

}  // namespace instar::am
