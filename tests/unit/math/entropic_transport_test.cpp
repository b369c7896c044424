#include "math/entropic_transport.hpp"

#include <cmath>
#include <doctest/doctest.h>

#include "support/transport_problems.hpp"

using namespace instar;
using namespace instar::math;
using namespace instar::test;

TEST_CASE("the gap reported is primal minus dual over primal, by their definitions") {
  const Problem problem = clouds(60, 45, 3, 0.4, 3);
  const double delta = 2.5;
  const Matrix c = cone_costs(problem, delta);
  GibbsKernel kernel(problem.x, problem.y, PairCost::cone, delta);
  for (double eps : {0.2, 0.01})
    for (double tolerance : {0.05, 1e-3}) {
      ScalingOptions options;
      options.eps = eps;
      options.eps_start = 0.5;
      options.tolerance = tolerance;
      const ScalingResult found =
          solve_scaling(kernel, problem.a, problem.b, Vector::Zero(45), options, core::silent());
      REQUIRE(found.converged);
      const Matrix reference = problem.a * problem.b.transpose() / std::sqrt(problem.a.sum() * problem.b.sum());
      Matrix gamma = reference;
      double entropy = 0;
      for (Index i = 0; i < c.rows(); ++i)
        for (Index j = 0; j < c.cols(); ++j) {
          gamma(i, j) *= std::exp((found.f[i] + found.g[j] - c(i, j)) / eps);
          entropy += gamma(i, j) * std::log(gamma(i, j) / reference(i, j)) - gamma(i, j) + reference(i, j);
        }
      const double primal = gamma.cwiseProduct(c).sum() + divergence(gamma.rowwise().sum(), problem.a) +
                            divergence(gamma.colwise().sum().transpose(), problem.b) + eps * entropy;
      const double dual = problem.a.dot((1 - (-found.f).array().exp()).matrix()) +
                          problem.b.dot((1 - (-found.g).array().exp()).matrix()) +
                          eps * (reference.sum() - gamma.sum());
      CHECK(found.relative_gap <= tolerance);
      CHECK(primal == doctest::Approx(found.primal).epsilon(1e-5));
      // Single precision in the kernel's sums: 1e-6 of the value.
      CHECK(std::abs((primal - dual) / primal - found.relative_gap) < 1e-5);
    }
}
