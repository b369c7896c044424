#include <cmath>
#include <doctest/doctest.h>

#include "am/coupling.hpp"
#include "unit/am/coupling_problems.hpp"

using namespace instar;
using namespace instar::am;
using namespace instar::test;

namespace {

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
    const double best = unbalanced_primal(multiplicative_plan(c, problem), c, problem);
    const Coupling coupling = solve(problem, with(delta, 0, 1e-6));
    check_masses(coupling, problem);
    CHECK(coupling.relative_gap <= 1e-6);
    CHECK(coupling.pairs.size() < 9 + 7);
    const double value = unbalanced_primal(plan_of(dense(coupling, 9, 7), c), c, problem);
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
