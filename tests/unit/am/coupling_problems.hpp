#pragma once

#include <doctest/doctest.h>

#include "am/coupling.hpp"
#include "support/transport_problems.hpp"

/// What the tests of couplings share.
namespace instar::test {

using namespace instar::am;

inline void check_masses(const Coupling& coupling, const Problem& problem, double tolerance = 1e-13) {
  Vector a = Vector::Zero(problem.a.size()), b = Vector::Zero(problem.b.size());
  for (const auto& pair : coupling.pairs) {
    CHECK(pair.p >= 0);
    CHECK(pair.q >= 0);
    if (pair.source == Coupling::kNone) CHECK(pair.p == 0);
    if (pair.target == Coupling::kNone) CHECK(pair.q == 0);
    if (pair.source != Coupling::kNone) a[pair.source] += pair.p;
    if (pair.target != Coupling::kNone) b[pair.target] += pair.q;
  }
  CHECK(((a - problem.a).array().abs() <= tolerance * problem.a.array()).all());
  CHECK(((b - problem.b).array().abs() <= tolerance * problem.b.array()).all());
}

inline Coupling solve(const Problem& p, const CouplingOptions& options) {
  return unbalanced_coupling(p.x, p.a, p.y, p.b, options);
}

inline CouplingOptions with(double growth_scale, double blur, double tolerance = 1e-3) {
  CouplingOptions options;
  options.growth_scale = growth_scale;
  options.blur = blur;
  options.tolerance = tolerance;
  return options;
}

/// p and q as matrices.
struct Dense {
  Matrix p, q;
};

inline Dense dense(const Coupling& coupling, Index n, Index m) {
  Dense out{Matrix::Zero(n, m), Matrix::Zero(n, m)};
  for (const auto& pair : coupling.pairs)
    if (pair.source != Coupling::kNone && pair.target != Coupling::kNone)
      out.p(pair.source, pair.target) = pair.p, out.q(pair.source, pair.target) = pair.q;
  return out;
}

inline Dense semi_couplings(const Matrix& gamma, const Problem& problem) {
  const Vector rows = gamma.rowwise().sum(), cols = gamma.colwise().sum().transpose();
  return {problem.a.cwiseQuotient(rows).asDiagonal() * gamma, gamma * problem.b.cwiseQuotient(cols).asDiagonal()};
}

}  // namespace instar::test
