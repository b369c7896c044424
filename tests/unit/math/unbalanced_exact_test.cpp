#include "math/unbalanced_exact.hpp"

#include <doctest/doctest.h>

#include "support/transport_problems.hpp"

using namespace instar;
using namespace instar::math;
using namespace instar::test;

TEST_CASE("primal and dual of the exact unbalanced plan enclose the limit of multiplicative updates") {
  const Problem problem = clouds(9, 7, 2, 0.7, 20);
  UnbalancedOptions options;
  options.growth_scale = 2;  // every cell has a partner
  const Matrix c = cone_costs(problem, options.growth_scale);
  const double best = unbalanced_primal(multiplicative_plan(c, problem), c, problem);
  for (double tolerance : {1e-2, 1e-4}) {
    options.tolerance = tolerance;
    const UnbalancedPlan plan =
        exact_unbalanced_plan(problem.x, problem.a, problem.y, problem.b, options, core::silent());
    CHECK(plan.primal >= best * (1 - 1e-9));
    CHECK(plan.dual <= best * (1 + 1e-9));
    CHECK(plan.relative_gap <= tolerance);
    CHECK(plan.relative_gap == doctest::Approx((plan.primal - plan.dual) / plan.primal));
  }
}
