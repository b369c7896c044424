#include "core/rng.hpp"

#include <cmath>
#include <doctest/doctest.h>

using instar::core::philox;
using instar::core::Rng;

// Known answers of the Random123 distribution for philox4x32-10.
TEST_CASE("philox gives the published known answers") {
  CHECK(philox({0, 0, 0, 0}, {0, 0}) == std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
        std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        std::array<std::uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("moments of the distributions are right within five standard errors") {
  constexpr int kDraws = 200000;
  const auto check_mean = [](auto draw, double mean, double variance) {
    Rng rng(7, 1);
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < kDraws; ++i) {
      const double x = static_cast<double>(draw(rng));
      sum += x;
      squares += (x - mean) * (x - mean);
    }
    CHECK(std::abs(sum / kDraws - mean) < 5 * std::sqrt(variance / kDraws));
    CHECK(std::abs(squares / kDraws / variance - 1) < 0.05);
  };
  check_mean([](Rng& r) { return r.uniform(); }, 0.5, 1.0 / 12);
  check_mean([](Rng& r) { return r.normal(); }, 0, 1);
  check_mean([](Rng& r) { return r.below(6); }, 2.5, 35.0 / 12);
  check_mean([](Rng& r) { return r.gamma(0.4); }, 0.4, 0.4);
  check_mean([](Rng& r) { return r.gamma(3.5); }, 3.5, 3.5);
  check_mean([](Rng& r) { return r.poisson(0.7); }, 0.7, 0.7);
  check_mean([](Rng& r) { return r.poisson(180); }, 180, 180);
}

TEST_CASE("streams and substreams differ, equal ones agree") {
  CHECK(Rng(1, 2, 3).bits() == Rng(1, 2, 3).bits());
  CHECK(Rng(1, 2, 3).bits() != Rng(1, 2, 4).bits());
  CHECK(Rng(1, 2, 3).bits() != Rng(1, 3, 3).bits());
  CHECK(Rng(1, 2, 3).bits() != Rng(2, 2, 3).bits());
}
