#include "core/rng.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

namespace instar::core {

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  constexpr std::uint64_t kMul0 = 0xD2511F53U;
  constexpr std::uint64_t kMul1 = 0xCD9E8D57U;
  constexpr std::uint32_t kWeyl0 = 0x9E3779B9U;
  constexpr std::uint32_t kWeyl1 = 0xBB67AE85U;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = kMul0 * counter[0];
    const std::uint64_t product1 = kMul1 * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(product0)};
    key[0] += kWeyl0;
    key[1] += kWeyl1;
  }
  return counter;
}

Rng::Rng(std::uint64_t seed, std::uint32_t stream, std::uint64_t substream)
    : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
      counter_{0, stream, static_cast<std::uint32_t>(substream), static_cast<std::uint32_t>(substream >> 32)} {}

std::uint32_t Rng::bits() {
  if (used_ == 4) {
    block_ = philox(counter_, key_);
    ++counter_[0];
    used_ = 0;
  }
  return block_[static_cast<std::size_t>(used_++)];
}

double Rng::uniform() {
  const std::uint64_t high = bits();
  const std::uint64_t word = (high << 32 | bits()) >> 11;
  return std::min((static_cast<double>(word) + 0.5) * 0x1.0p-53, 1 - 0x1.0p-53);  // the largest would round to 1
}

double Rng::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_normal_;
  }
  const double radius = std::sqrt(-2 * std::log(uniform()));
  const double angle = 2 * std::numbers::pi * uniform();
  spare_normal_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

std::int64_t Rng::below(std::int64_t bound) {
  const auto range = static_cast<std::uint64_t>(bound);
  const std::uint64_t limit = ~std::uint64_t{0} - (~std::uint64_t{0} % range + 1) % range;
  for (;;) {
    const std::uint64_t high = bits();
    const std::uint64_t word = high << 32 | bits();
    if (word <= limit) return static_cast<std::int64_t>(word % range);
  }
}

double Rng::gamma(double shape) {
  if (shape < 1) return gamma(shape + 1) * std::pow(uniform(), 1 / shape);
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = normal();
    const double v = std::pow(1 + c * x, 3);
    if (v > 0 && std::log(uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

std::int64_t Rng::poisson(double mean) {
  // A Poisson of a large mean is a sum: the arrivals up to a gamma-distributed time, then the rest (Ahrens, Dieter
  // 1974).
  std::int64_t count = 0;
  while (mean > 16) {
    const auto arrivals = static_cast<std::int64_t>(mean * 7 / 8);
    const double time = gamma(static_cast<double>(arrivals));
    if (time > mean) {  // the last arrival is late: the earlier ones are uniform before it
      std::int64_t early = 0;
      for (std::int64_t i = 0; i + 1 < arrivals; ++i) early += uniform() * time < mean ? 1 : 0;
      return count + early;
    }
    count += arrivals;
    mean -= time;
  }
  double product = uniform();
  const double limit = std::exp(-mean);
  while (product > limit) {
    ++count;
    product *= uniform();
  }
  return count;
}

std::vector<Index> random_order(Index count, Rng& rng) {
  std::vector<Index> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), Index{0});
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[static_cast<std::size_t>(rng.below(static_cast<std::int64_t>(i)))]);
  return order;
}

}  // namespace instar::core
