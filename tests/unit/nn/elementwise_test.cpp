#include "nn/elementwise.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <doctest/doctest.h>
#include <hwy/aligned_allocator.h>
#include <hwy/targets.h>
#include <limits>

using namespace instar;
using namespace instar::nn;

namespace {

constexpr Index kCount = 4096;

struct Curves {
  hwy::AlignedFreeUniquePtr<float[]> value = hwy::AllocateAligned<float>(kCount);
  hwy::AlignedFreeUniquePtr<float[]> slope = hwy::AllocateAligned<float>(kCount);
  hwy::AlignedFreeUniquePtr<float[]> curve = hwy::AllocateAligned<float>(kCount);
};

/// z from -120 to 120, denser around zero.
float point(Index i) {
  const double u = 2.0 * static_cast<double>(i) / (kCount - 1) - 1;
  return static_cast<float>(120 * u * u * u);
}

Curves evaluate() {
  Curves curves;
  const auto bias = hwy::AllocateAligned<float>(kCount);
  std::fill_n(bias.get(), kCount, 0.0F);
  for (Index i = 0; i < kCount; ++i) curves.value[static_cast<std::size_t>(i)] = point(i);
  activate(1, kCount, bias.get(), curves.value.get(), curves.slope.get(), curves.curve.get());
  return curves;
}

}  // namespace

TEST_CASE("silu and its two derivatives are as exact as float sums need, on every instruction set") {
  const double eps = static_cast<double>(std::numeric_limits<float>::epsilon());
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    CAPTURE(elementwise_description());
    CHECK(elementwise_description() == hwy::TargetName(target));
    const Curves curves = evaluate();
    double value_error = 0, slope_error = 0, curve_error = 0;
    for (Index i = 0; i < kCount; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const double z = static_cast<double>(point(i));
      const double s = 1 / (1 + std::exp(-z));
      const double q = 1 / (1 + std::exp(z));
      const double scale = std::max(1.0, std::abs(z) * s);
      value_error = std::max(value_error, std::abs(static_cast<double>(curves.value[at]) - z * s) / scale);
      slope_error = std::max(slope_error, std::abs(static_cast<double>(curves.slope[at]) - s * (1 + z * q)));
      const double exact = s * q * (2 + z * (q - s));
      curve_error = std::max(curve_error, std::abs(static_cast<double>(curves.curve[at]) - exact));
    }
    // A handful of roundings, each of half an ulp of numbers of order 1 (the value's own size where that is larger).
    CHECK(value_error <= 2 * eps);
    CHECK(slope_error <= 4 * eps);
    CHECK(curve_error <= 4 * eps);
  }
  hwy::SetSupportedTargetsForTest(0);
}

TEST_CASE("zero weights and biases in the padding stay harmless") {
  const Index stride = kLane;
  const auto make = [](float value) {
    auto floats = hwy::AllocateAligned<float>(kLane);
    std::fill_n(floats.get(), kLane, value);
    return floats;
  };
  const auto zero = make(0), a = make(0), slope = make(7), curve = make(7), g = make(7);
  float value = 7;
  activate_last(1, stride, zero.get(), zero.get(), 0.25F, a.get(), slope.get(), curve.get(), g.get(), &value);
  CHECK(value == 0.25F);
  for (std::size_t j = 0; j < static_cast<std::size_t>(stride); ++j) {
    CHECK(a[j] == 0.0F);
    CHECK(g[j] == 0.0F);
    CHECK(curve[j] == 0.0F);
  }
}
