#include "am/coupling_exact.hpp"

#include <cmath>
#include <doctest/doctest.h>

#include "am/coupling.hpp"
#include "unit/am/coupling_problems.hpp"

using namespace instar;
using namespace instar::am;
using namespace instar::am::test;

namespace {

double exact_primal(const Matrix& gamma, const Matrix& c, const Problem& problem) {
  return gamma.cwiseProduct((gamma.array() > 0).select(c, 0)).sum() + divergence(gamma.rowwise().sum(), problem.a) +
         divergence(gamma.colwise().sum().transpose(), problem.b);
}

/// gamma back from its semi-couplings: p q = gamma^2 a b / (gamma_1 gamma_2) has the optimal marginals a e^-f, b e^-g,
/// so gamma = sqrt(p q) e^(-(f+g)/2), and f + g = c where gamma > 0.
Matrix plan_of(const Dense& d, const Matrix& c) {
  return (d.p.cwiseProduct(d.q).cwiseSqrt().array() * (-0.5 * c.array()).exp()).matrix();
}

}  // namespace

TEST_CASE("the exact unbalanced coupling is the limit of multiplicative updates") {
  const Problem problem = clouds(9, 7, 2, 0.7, 20);
  for (double delta : {0.6, 2.0}) {
    const Matrix c = cone_costs(problem, delta);
    // Majorisation-minimisation (Chapel et al. 2021), run until it stands still: slow, and independent of scaling.
    Matrix gamma = problem.a * problem.b.transpose();
    const Matrix half = (-0.5 * c.array()).exp();
    for (int k = 0; k < 200000; ++k) {
      const Vector rows = problem.a.cwiseQuotient(gamma.rowwise().sum().cwiseMax(1e-300)).cwiseSqrt();
      const Vector cols = problem.b.cwiseQuotient(gamma.colwise().sum().transpose().cwiseMax(1e-300)).cwiseSqrt();
      gamma = rows.asDiagonal() * gamma.cwiseProduct(half) * cols.asDiagonal();
    }
    const double best = exact_primal(gamma, c, problem);
    const Coupling coupling = solve(problem, with(delta, 0, 1e-6));
    check_masses(coupling, problem);
    CHECK(coupling.relative_gap <= 1e-6);
    CHECK(coupling.pairs.size() < 9 + 7);
    if (delta == 2.0) {  // every cell has a partner
      ExactOptions options;
      options.growth_scale = delta;
      for (double tolerance : {1e-2, 1e-4}) {
        options.tolerance = tolerance;
        const ExactPlan plan =
            exact_unbalanced_plan(problem.x, problem.a, problem.y, problem.b, options, core::silent());
        CHECK(plan.primal >= best * (1 - 1e-9));
        CHECK(plan.dual <= best * (1 + 1e-9));
        CHECK(plan.relative_gap <= tolerance);
        CHECK(plan.relative_gap == doctest::Approx((plan.primal - plan.dual) / plan.primal));
      }
    }
    const double value = exact_primal(plan_of(dense(coupling, 9, 7), c), c, problem);
    CHECK(value == doctest::Approx(best).epsilon(1e-5));
  }
}

TEST_CASE("exact couplings reach their certificate on clouds, clusters and single cells") {
  Problem far = clouds(60, 80, 2, 0, 21);
  far.x.bottomRows(20).array() += 30;  // two worlds, and cells in neither
  far.y.bottomRows(30).array() += 30;
  far.x.row(0).setConstant(-50);
  far.y.row(1).setConstant(90);
  Problem same = clouds(6, 5, 2, 0, 13);
  same.x.setZero(), same.y.setZero();
  for (const Problem& problem : {clouds(150, 100, 3, 0.5, 22), far, same, clouds(1, 1, 2, 0.1, 10),
                                 clouds(1, 9, 2, 0.1, 11), clouds(9, 1, 2, 0.1, 12)})
    for (double delta : {0.5, 2.0}) {
      const Coupling coupling = solve(problem, with(delta, 0));
      CHECK(coupling.relative_gap <= 1e-3);
      CHECK(coupling.relative_gap >= 0);
      check_masses(coupling, problem);
    }
}
