#pragma once

#include <cstdint>
#include <vector>

#include "core/reporter.hpp"
#include "core/types.hpp"

namespace instar::am {

/// Pairs of cells of two neighbouring snapshots. A pair starts with mass p at the source and ends with mass q at the
/// target. Column sums hold exactly: sum of p over a source's pairs is its mass, sum of q over a target's pairs is its
/// mass. A source without a partner fades in place: target = kNone, q = 0. A target without one appears: source =
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
  double relative_gap = 0;  ///< primal-dual gap of the (regularised) problem over its primal value
  int iterations = 0;
  double blur = 0;  ///< eps used, in units of the cost
  double mean_cost = 0;
};

struct CouplingOptions {
  double growth_scale = 1;  ///< delta, in the units of the points; infinite for balanced
  double blur = 0.05;       ///< eps as a fraction of the mean cost; 0: exact
  double tolerance = 1e-3;  ///< relative primal-dual gap to reach
  int max_iterations = 20000;
  Index partners = 64;  ///< of a blurred plan, about this many pairs per cell are kept (without bias), or all
  void validate() const;
};

/// Unbalanced optimal coupling of two snapshots for the Wasserstein-Fisher-Rao path (method.md, section 4):
///   min_gamma <c, gamma> + KL(gamma_1 | a) + KL(gamma_2 | b) + eps KL(gamma | a x b / scale),  c = -log
///   cos^2(min(|x-y| / 2 delta, pi/2))
/// and its semi-couplings p, q.
/// @param x [n, d], a [n]: source points and masses; @param y [m, d], b [m]
/// @throws NumericError where the gap is not reached, with the gap found
Coupling unbalanced_coupling(const MatrixView& x, const VectorView& a, const MatrixView& y, const VectorView& b,
                             const CouplingOptions& options, core::Reporter& reporter = core::silent());

/// Balanced optimal transport, cost |x-y|^2 (blur 0: exact by network simplex; else entropic). Masses are normalised
/// for the coupling and p, q then carry a's and b's own totals.
Coupling balanced_coupling(const MatrixView& x, const VectorView& a, const MatrixView& y, const VectorView& b,
                           const CouplingOptions& options, core::Reporter& reporter = core::silent());

}  // namespace instar::am
