#include "math/streamed_transport.hpp"

#include <algorithm>
#include <cmath>
#include <doctest/doctest.h>

#include "core/parallel.hpp"
#include "support/transport_problems.hpp"

using namespace instar;
using namespace instar::math;
using namespace instar::test;

namespace {

StreamedOptions soft(double blur) {
  StreamedOptions options;
  options.cost = PairCost::cone;
  options.growth_scale = 2;
  options.marginals = Marginals::soft;
  options.blur = blur;
  return options;
}

Matrix dense(const StreamedPlan& found, Index n, Index m) {
  Matrix gamma = Matrix::Zero(n, m);
  for (const PlanEntry& e : found.plan) gamma(e.row, e.col) += e.mass;
  return gamma;
}

}  // namespace

TEST_CASE("where every pair is drawn the streamed plan is the reference's") {
  const Problem problem = clouds(40, 33, 3, 0.5, 31);
  StreamedOptions options = soft(0.05);
  options.partners = 100000;
  options.tolerance = 1e-9;
  const StreamedPlan found = streamed_plan(problem.x, problem.a, problem.y, problem.b, options, core::silent());
  const Matrix expected = reference_plan(cone_costs(problem, 2), problem, found.eps);
  // A gap of 1e-9 leaves 3e-5 in gamma, single precision 1e-6 / blur.
  CHECK((dense(found, 40, 33) - expected).cwiseAbs().maxCoeff() < 1e-4 * expected.maxCoeff());
  CHECK(found.relative_gap < 1e-5);
}

TEST_CASE("a sample, and some of the pairs: marginals hold on these, the error on all pairs is told") {
  const Problem problem = clouds(700, 600, 4, 0.3, 32);
  const Vector a = problem.a / problem.a.sum(), b = problem.b / problem.b.sum();
  StreamedOptions options;
  options.blur = 0.05;
  options.sample = 300;
  options.partners = 32;
  const StreamedPlan found = streamed_plan(problem.x, a, problem.y, b, options, core::silent());
  const Matrix gamma = dense(found, 700, 600);
  CHECK((gamma.rowwise().sum() - a).cwiseAbs().sum() <= 1.1e-3);  // the tolerance, and single precision
  CHECK((gamma.colwise().sum().transpose() - b).cwiseAbs().sum() <= 1.1e-3);
  CHECK(found.plan.size() < 700 * 600 / 4);
  CHECK(found.relative_gap > found.sparse_gap);
  CHECK(found.relative_gap < 0.3);
}

TEST_CASE("the value without entropy is enclosed by plan and bound") {
  const Problem problem = clouds(60, 50, 2, 0.5, 33);
  StreamedOptions options = soft(0.004);
  options.unblurred = true;
  const StreamedPlan found = streamed_plan(problem.x, problem.a, problem.y, problem.b, options, core::silent());
  const Matrix c = cone_costs(problem, 2);
  const double primal = unbalanced_primal(dense(found, 60, 50), c, problem);
  const double best = unbalanced_primal(multiplicative_plan(c, problem), c, problem);
  CHECK(primal >= best * (1 - 1e-6));
  CHECK(primal * (1 - found.relative_gap) <= best * (1 + 1e-5));
  CHECK(found.relative_gap < 0.1);
}

TEST_CASE("streamed plans are the same bytes for any number of threads") {
  const Problem problem = clouds(400, 300, 3, 0.5, 34);
  StreamedOptions options = soft(0.02);
  options.sample = 200;
  options.partners = 8;
  core::set_threads(1);
  const StreamedPlan one = streamed_plan(problem.x, problem.a, problem.y, problem.b, options, core::silent());
  for (const int count : {2, 3, 8}) {
    core::set_threads(count);
    const StreamedPlan other = streamed_plan(problem.x, problem.a, problem.y, problem.b, options, core::silent());
    CHECK(other.relative_gap == one.relative_gap);
    CHECK(std::equal(
        one.plan.begin(), one.plan.end(), other.plan.begin(), other.plan.end(),
        [](const PlanEntry& s, const PlanEntry& t) { return s.row == t.row && s.col == t.col && s.mass == t.mass; }));
  }
  core::set_threads(2);
}
