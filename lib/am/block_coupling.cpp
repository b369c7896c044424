#include "am/block_coupling.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>
#include <tuple>
#include <vector>

#include "core/format.hpp"
#include "core/rng.hpp"

namespace instar::am {
namespace {

constexpr std::uint32_t kDealStream = 0xb10c;

/// The cells of one side, dealt into blocks of nearly the same size.
class Deal {
 public:
  Deal(Index cells, Index blocks, std::uint64_t side) : order_(static_cast<std::size_t>(cells)), blocks_(blocks) {
    std::iota(order_.begin(), order_.end(), std::int32_t{0});
    core::Rng rng(0, kDealStream, side);
    for (Index k = cells - 1; k > 0; --k)
      std::swap(order_[static_cast<std::size_t>(k)], order_[static_cast<std::size_t>(rng.below(k + 1))]);
  }
  std::vector<std::int32_t> block(Index k) const { return {order_.begin() + begin(k), order_.begin() + begin(k + 1)}; }

 private:
  std::ptrdiff_t begin(Index k) const { return static_cast<Index>(order_.size()) * k / blocks_; }

  std::vector<std::int32_t> order_;
  Index blocks_;
};

std::int32_t cell_of(const std::vector<std::int32_t>& block, std::int32_t place) {
  return place == Coupling::kNone ? place : block[static_cast<std::size_t>(place)];
}

/// By source, then target; none is last.
bool before(const Coupling::Pair& one, const Coupling::Pair& other) {
  const auto key = [](const Coupling::Pair& pair) {
    return std::tuple(static_cast<std::uint32_t>(pair.source), static_cast<std::uint32_t>(pair.target));
  };
  return key(one) < key(other);
}

}  // namespace

Index block_count(Index n, Index m, Index cells) {
  const double side = std::sqrt(static_cast<double>(n) * static_cast<double>(m));
  return std::min({static_cast<Index>(std::ceil(side / static_cast<double>(cells))), n, m});
}

Coupling block_coupling(const MatrixF& x, double x_mass, const MatrixF& y, double y_mass, Index cells,
                        const Couple& couple, core::Reporter& reporter) {
  const Index blocks = block_count(x.rows(), y.rows(), cells);
  const Deal sources(x.rows(), blocks, 0);
  const Deal targets(y.rows(), blocks, 1);
  const double source_mass = x_mass / static_cast<double>(x.rows());
  const double target_mass = y_mass / static_cast<double>(y.rows());
  Coupling all;
  for (Index k = 0; k < blocks; ++k) {
    reporter.progress("coupling in blocks", static_cast<double>(k), static_cast<double>(blocks));
    const auto from = sources.block(k);
    const auto to = targets.block(k);
    const Vector a = Vector::Constant(static_cast<Index>(from.size()), source_mass);
    const Vector b = Vector::Constant(static_cast<Index>(to.size()), target_mass);
    const Coupling part =
        couple(x(from, Eigen::all).cast<double>().eval(), a, y(to, Eigen::all).cast<double>().eval(), b);
    if (k == 0) all.pairs.reserve(part.pairs.size() * static_cast<std::size_t>(blocks) * 9 / 8);
    for (const Coupling::Pair& pair : part.pairs)
      all.pairs.push_back({cell_of(from, pair.source), cell_of(to, pair.target), pair.p, pair.q});
    all.relative_gap = std::max(all.relative_gap, part.relative_gap);
    all.iterations += part.iterations;
    all.blur += part.blur / static_cast<double>(blocks);
    all.mean_cost += part.mean_cost / static_cast<double>(blocks);
    all.relevant += part.relevant;
  }
  std::sort(all.pairs.begin(), all.pairs.end(), before);
  reporter.warning("a coupling of " + std::to_string(x.rows()) + " x " + std::to_string(y.rows()) +
                   " cells is solved in " + std::to_string(blocks) +
                   " blocks of cells dealt at random, each to a relative gap of " +
                   core::format_short(all.relative_gap) + " at most; partners are the best of their block, not of all");
  return all;
}

}  // namespace instar::am
