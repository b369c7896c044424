#include "nn/adam.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <limits>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/rng.hpp"

using namespace instar;
using namespace instar::nn;

namespace {

std::vector<float> normals(std::size_t count, std::uint32_t stream) {
  core::Rng rng(11, stream);
  std::vector<float> out(count);
  for (float& x : out) x = static_cast<float>(rng.normal());
  return out;
}

/// The paper's algorithm 1 in double, with the moving average of the parameters.
struct Reference {
  std::vector<double> p, average, m, v;
  int n = 0;
  explicit Reference(const std::vector<float>& start)
      : p(start.begin(), start.end()), average(p), m(p.size(), 0.0), v(p.size(), 0.0) {}
  void step(const std::vector<double>& g, double rate, const AdamOptions& o) {
    ++n;
    double norm = 0;
    for (const double x : g) norm += x * x;
    norm = std::sqrt(norm);
    const double scale = o.clip > 0 && norm > o.clip ? o.clip / norm : 1;
    for (std::size_t i = 0; i < p.size(); ++i) {
      m[i] = o.beta1 * m[i] + (1 - o.beta1) * g[i] * scale;
      v[i] = o.beta2 * v[i] + (1 - o.beta2) * std::pow(g[i] * scale, 2);
      const double mhat = m[i] / (1 - std::pow(o.beta1, n));
      const double vhat = v[i] / (1 - std::pow(o.beta2, n));
      p[i] -= rate * mhat / (std::sqrt(vhat) + o.epsilon);
      const double decay = std::min(o.ema, (1.0 + n) / (10.0 + n));
      average[i] = decay * average[i] + (1 - decay) * p[i];
    }
  }
};

}  // namespace

TEST_CASE("steps follow Kingma and Ba, with clipping and the moving average") {
  for (const double clip : {0.0, 3.0}) {
    AdamOptions options;
    options.clip = clip;
    const std::size_t count = 1003;  // no multiple of any vector length
    Adam state(normals(count, 1));
    Reference reference(state.parameters);
    for (std::uint32_t n = 0; n < 20; ++n) {
      const auto first = normals(count, 10 + n), second = normals(count, 50 + n);
      std::vector<double> sum(count);
      double squares = 0;
      for (std::size_t i = 0; i < count; ++i) {
        sum[i] = static_cast<double>(first[i]) + static_cast<double>(second[i]);
        squares += sum[i] * sum[i];
      }
      const double norm = adam_step(state, {first.data(), second.data()}, 0.01, options);
      CHECK(norm == doctest::Approx(std::sqrt(squares)).epsilon(1e-6));
      reference.step(sum, 0.01, options);
    }
    CHECK(state.steps == 20);
    // 20 float steps of size 0.01 on parameters of order 1: 20 roundings of 6e-8 each, and 1e-6 of every step.
    for (std::size_t i = 0; i < count; ++i) {
      CHECK(std::abs(static_cast<double>(state.parameters[i]) - reference.p[i]) < 5e-6);
      CHECK(std::abs(static_cast<double>(state.average[i]) - reference.average[i]) < 5e-6);
    }
  }
}

TEST_CASE("a gradient that is not finite is returned, and where it would be clipped changes nothing") {
  Adam state(normals(40, 1));
  const Adam before = state;
  auto gradient = normals(40, 2);
  gradient[17] = std::numeric_limits<float>::quiet_NaN();
  AdamOptions clipping;
  clipping.clip = 1;
  CHECK(std::isnan(adam_step(state, {gradient.data()}, 0.01, clipping)));
  CHECK(state.parameters == before.parameters);
  CHECK(state.average == before.average);
  CHECK(state.first_moment == before.first_moment);
  CHECK(state.steps == 0);
  CHECK(std::isnan(adam_step(state, {gradient.data()}, 0.01, {})));
}

TEST_CASE("the bytes of a step do not depend on threads") {
  const std::size_t count = 100003;
  const auto gradient = normals(count, 2);
  AdamOptions options;
  options.clip = 1;
  std::vector<float> expected;
  for (int threads : {1, 2, 3, 8}) {
    core::set_threads(threads);
    Adam state(normals(count, 1));
    for (int n = 0; n < 3; ++n) adam_step(state, {gradient.data(), gradient.data()}, 0.1, options);
    if (expected.empty()) expected = state.parameters;
    CHECK(state.parameters == expected);
  }
  core::set_threads(2);
}

TEST_CASE("without averaging the average is the parameters") {
  AdamOptions options;
  options.ema = 0;
  Adam state(normals(5, 1));
  const auto gradient = normals(5, 2);
  adam_step(state, {gradient.data()}, 0.1, options);
  CHECK(state.average == state.parameters);
}

TEST_CASE("the schedule warms up, peaks, and ends at zero") {
  CHECK(cosine_schedule(0, 100, 2) == 2.0);
  CHECK(cosine_schedule(50, 100, 2) == doctest::Approx(1).epsilon(1e-14));
  CHECK(cosine_schedule(100, 100, 2) == 0.0);
  CHECK(cosine_schedule(0, 100, 2, 10) == doctest::Approx(0.2).epsilon(1e-14));
  CHECK(cosine_schedule(9, 100, 2, 10) == 2.0);
  CHECK(cosine_schedule(10, 100, 2, 10) == 2.0);
  CHECK(cosine_schedule(3, 3, 2, 10) == doctest::Approx(0.8).epsilon(1e-14));
}

TEST_CASE("options out of range are refused") {
  AdamOptions options;
  CHECK_NOTHROW(options.validate());
  options.beta1 = 1;
  CHECK_THROWS_AS(options.validate(), UsageError);
  options = {};
  options.ema = 1;
  CHECK_THROWS_AS(options.validate(), UsageError);
  options = {};
  options.clip = -1;
  CHECK_THROWS_AS(options.validate(), UsageError);
}
