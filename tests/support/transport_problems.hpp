#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

#include "core/rng.hpp"
#include "core/types.hpp"

/// Transport problems for tests, and slow and simple oracles.
namespace instar::test {

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

inline Matrix cone_costs(const Problem& p, double delta) {
  Matrix c(p.a.size(), p.b.size());
  for (Index i = 0; i < c.rows(); ++i)
    for (Index j = 0; j < c.cols(); ++j) {
      const double angle = (p.x.row(i) - p.y.row(j)).norm() / (2 * delta);
      c(i, j) = angle < std::numbers::pi / 2 ? -2 * std::log(std::cos(angle)) : 1e30;
    }
  return c;
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

/// Value of the unblurred unbalanced problem at a plan.
inline double unbalanced_primal(const Matrix& gamma, const Matrix& c, const Problem& problem) {
  return gamma.cwiseProduct((gamma.array() > 0).select(c, 0)).sum() + divergence(gamma.rowwise().sum(), problem.a) +
         divergence(gamma.colwise().sum().transpose(), problem.b);
}

/// The best unbalanced plan by majorisation-minimisation (Chapel et al. 2021), run until it stands still: slow, and
/// independent of scaling.
inline Matrix multiplicative_plan(const Matrix& c, const Problem& problem) {
  Matrix gamma = problem.a * problem.b.transpose();
  const Matrix half = (-0.5 * c.array()).exp();
  for (int k = 0; k < 200000; ++k) {
    const Vector rows = problem.a.cwiseQuotient(gamma.rowwise().sum().cwiseMax(1e-300)).cwiseSqrt();
    const Vector cols = problem.b.cwiseQuotient(gamma.colwise().sum().transpose().cwiseMax(1e-300)).cwiseSqrt();
    gamma = rows.asDiagonal() * gamma.cwiseProduct(half) * cols.asDiagonal();
  }
  return gamma;
}

}  // namespace instar::test
