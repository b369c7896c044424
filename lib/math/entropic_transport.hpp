#pragma once

#include "core/reporter.hpp"
#include "core/types.hpp"
#include "math/gibbs_kernel.hpp"

namespace instar::math {

/// How the marginals of the coupling are held to a and b.
enum class Marginals {
  soft,  ///< by KL(gamma_1 | a) + KL(gamma_2 | b): mass may be made and destroyed
  hard,  ///< exactly; a and b sum to the same
};

struct ScalingOptions {
  double eps = 0.01;        ///< weight of the entropy, in units of the cost
  double eps_start = 0.01;  ///< where eps-scaling begins
  double tolerance = 1e-3;
  int max_iterations = 20000;
  Marginals marginals = Marginals::soft;
};

/// Dual potentials of the entropic problem and how good they are. gamma_ij = R_ij exp((f_i + g_j - c_ij) / eps).
struct ScalingResult {
  Vector f, g;
  double primal = 0;        ///< value of the regularised primal at gamma
  double relative_gap = 0;  ///< (primal - dual) / primal; for hard marginals |gamma_1 - a|_1 / |a|_1 instead
  int iterations = 0;       ///< sweeps over the kernel, all stages of eps together
  bool converged = false;
};

/// The entropic coupling problem, with R_ij = a_i b_j / sqrt(sum a sum b) and KL(x|y) = sum x log(x/y) - x + y:
///   primal  min_gamma  <c, gamma> + KL(gamma_1 | a) + KL(gamma_2 | b) + eps KL(gamma | R)
///   dual    max_{f,g}  sum a (1 - e^-f) + sum b (1 - e^-g) + eps sum_ij R_ij (1 - exp((f_i + g_j - c_ij) / eps))
/// Solved by stabilised scaling with eps-scaling (Schmitzer, *Stabilized sparse scaling algorithms for
/// entropy-regularized transport problems*, SIAM J. Sci. Comput. 2019) and, for soft marginals, translation-invariant
/// updates (Sejourne, Vialard, Peyre, *Faster unbalanced optimal transport*, AISTATS 2022), without which the total
/// mass takes 1/eps sweeps to settle. For gamma of these potentials the gap is KL(gamma_1 | a e^-f) + KL(gamma_2 | b
/// e^-g) (D): it comes with every sweep, without cancellation.
/// @param kernel of the points; on return it holds exp((f_i + g_j - c_ij) / eps)
/// @param a [n], b [m]: positive masses; every row and column has a finite cost
/// @param start_g [m]: where to begin, as from a larger eps
ScalingResult solve_scaling(ScalingKernel& kernel, const Vector& a, const Vector& b, const Vector& start_g,
                            const ScalingOptions& options, core::Reporter& reporter);

/// KL(mass | base e^-potential), [n] each; points whose base is 0 take no part.
double divergence(const Vector& mass, const Vector& base, const Vector& potential);

}  // namespace instar::math
