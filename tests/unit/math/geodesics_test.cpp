#include "math/geodesics.hpp"

#include <cmath>
#include <complex>
#include <doctest/doctest.h>
#include <hwy/targets.h>
#include <numbers>
#include <vector>

#include "core/rng.hpp"

using namespace instar;

TEST_CASE("geodesics are the chords of the cone, on every instruction set") {
  constexpr double kDelta = 0.7, kDt = 1.3;
  constexpr std::size_t kCount = 203;  // no multiple of any vector length
  std::vector<double> squared, p, q, tau;
  core::Rng rng(3, 1);
  for (std::size_t i = 0; i < kCount; ++i) {
    // Among them: nobody moves, almost as far as mass can move, fading and appearing in place.
    const double distance = i % 7 == 0 ? 0 : (i % 7 == 1 ? 0.9999 : rng.uniform()) * std::numbers::pi * kDelta;
    p.push_back(i % 11 == 5 ? 0 : rng.uniform());
    q.push_back(i % 11 == 6 ? 0 : rng.uniform());
    squared.push_back(p.back() == 0 || q.back() == 0 ? 0 : distance * distance);
    tau.push_back(rng.uniform());
  }
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    CAPTURE(hwy::TargetName(target));
    std::vector<double> mass(kCount), growth(kCount), moved(kCount), speed(kCount);
    math::geodesics(
        kCount, kDelta, kDt,
        {squared.data(), p.data(), q.data(), tau.data(), mass.data(), growth.data(), moved.data(), speed.data()});
    for (std::size_t i = 0; i < kCount; ++i) {
      CAPTURE(i);
      const double distance = std::sqrt(squared[i]);
      const std::complex<double> end = std::polar(std::sqrt(q[i]), distance / (2 * kDelta));
      const std::complex<double> z = (1 - tau[i]) * std::sqrt(p[i]) + tau[i] * end;
      const std::complex<double> rate = (end - std::sqrt(p[i])) / kDt;
      // d log z / dt: half the growth, and the angle's speed. A few roundings each of terms of the order of 1 / |z|.
      const std::complex<double> turn = rate / z;
      const double scale = 1e-13 * (1 + 1 / std::norm(z));
      CHECK(std::abs(mass[i] - std::norm(z)) <= 1e-14);
      CHECK(std::abs(growth[i] - 2 * turn.real()) <= scale);
      CHECK(std::abs(moved[i] * distance - 2 * kDelta * std::arg(z)) <= 1e-14);
      CHECK(std::abs(speed[i] * distance - 2 * kDelta * turn.imag()) <= scale);
    }
  }
  hwy::SetSupportedTargetsForTest(0);
}
