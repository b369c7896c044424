#pragma once

#include <cmath>
#include <doctest/doctest.h>
#include <numbers>

#include "am/coupling.hpp"
#include "core/rng.hpp"

/// Problems for the tests of couplings, and slow and simple oracles.
namespace instar::am::test {

constexpr std::uint32_t kStream = 7001;

struct Problem {
  Matrix x, y;
  Vector a, b;
};

/// Two clouds in `dims` dimensions, the second shifted and heavier, with uneven masses.
inline Problem clouds(Index n, Index m, Index dims, double shift, std::uint64_t seed) {
  core::Rng rng(seed, kStream);
  Problem p{Matrix(n, dims), Matrix(m, dims), Vector(n), Vector(m)};
  for (Index k = 0; k < n * dims; ++k) p.x.data()[k] = rng.normal();
  for (Index k = 0; k < m * dims; ++k) p.y.data()[k] = shift + rng.normal();
  for (Index i = 0; i < n; ++i) p.a[i] = (0.5 + rng.uniform()) / static_cast<double>(n);
  for (Index j = 0; j < m; ++j) p.b[j] = 1.7 * (0.5 + rng.uniform()) / static_cast<double>(m);
  return p;
}

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

inline Matrix cone_costs(const Problem& p, double delta) {
  Matrix c(p.a.size(), p.b.size());
  for (Index i = 0; i < c.rows(); ++i)
    for (Index j = 0; j < c.cols(); ++j) {
      const double angle = (p.x.row(i) - p.y.row(j)).norm() / (2 * delta);
      c(i, j) = angle < std::numbers::pi / 2 ? -2 * std::log(std::cos(angle)) : 1e30;
    }
  return c;
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

/// The entropic plan by alternating log-domain updates in double, repeated until nothing moves: slow and simple.
inline Matrix reference_plan(const Matrix& c, const Problem& problem, double eps) {
  const Index n = c.rows(), m = c.cols();
  const double scale = std::sqrt(problem.a.sum() * problem.b.sum()), theta = eps / (1 + eps);
  Vector f = Vector::Zero(n), g = Vector::Zero(m);
  const auto soft = [&](const auto& exponents, const auto& weights) {
    const double top = exponents.maxCoeff();
    return top + std::log(((exponents.array() - top).exp() * weights.array()).sum() / scale);
  };
  for (int k = 0; k < 200000; ++k) {
    const Vector before = f;
    for (Index i = 0; i < n; ++i) f[i] = -theta * soft(Vector((g - c.row(i).transpose()) / eps), problem.b);
    for (Index j = 0; j < m; ++j) g[j] = -theta * soft(Vector((f - c.col(j)) / eps), problem.a);
    if ((f - before).cwiseAbs().maxCoeff() < 1e-15) break;
  }
  Matrix gamma(n, m);
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < m; ++j)
      gamma(i, j) = problem.a[i] * problem.b[j] / scale * std::exp((f[i] + g[j] - c(i, j)) / eps);
  return gamma;
}

inline double divergence(const Vector& x, const Vector& y) {
  double sum = 0;
  for (Index i = 0; i < x.size(); ++i) sum += (x[i] > 0 ? x[i] * std::log(x[i] / y[i]) : 0) - x[i] + y[i];
  return sum;
}

}  // namespace instar::am::test
