#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/types.hpp"

namespace instar::core {

/// Philox 4x32-10: one block of 128 random bits, a pure function of key and counter.
/// Salmon, Moraes, Dror, Shaw, *Parallel random numbers: as easy as 1, 2, 3* (SC 2011).
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

/// A reproducible stream of random numbers. Streams with different (seed, stream, substream) are independent, and
/// making one costs nothing, so every task of a parallel loop takes its own: results then do not depend on threads.
/// Stream names live with their users (one `constexpr` each).
class Rng {
 public:
  Rng(std::uint64_t seed, std::uint32_t stream, std::uint64_t substream = 0);

  std::uint32_t bits();                    ///< 32 uniform bits
  double uniform();                        ///< uniform in (0, 1), 53 bits
  double normal();                         ///< standard normal (Box-Muller)
  std::int64_t below(std::int64_t bound);  ///< uniform integer in [0, bound), unbiased; bound > 0
  double gamma(double shape);              ///< gamma with unit scale (Marsaglia and Tsang 2000); shape > 0
  std::int64_t poisson(double mean);       ///< Poisson; mean >= 0

  /// For std::shuffle and the like.
  using result_type = std::uint32_t;
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return 0xffffffffU; }
  result_type operator()() { return bits(); }

 private:
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> block_{};
  int used_ = 4;
  double spare_normal_ = 0;
  bool has_spare_ = false;
};

/// The numbers 0 ... count - 1 in random order (Fisher and Yates).
std::vector<Index> random_order(Index count, Rng& rng);

}  // namespace instar::core
