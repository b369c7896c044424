#include "sim/birth_death.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/time_label.hpp"

namespace instar::sim {
namespace {

constexpr std::uint32_t kFounderStream = 0x51a0001U;
constexpr std::uint32_t kSampleStream = 0x51a0002U;
constexpr Index kFounders = 4000;
/// Founders of one task.
constexpr Index kGrain = 50;
/// Living cells at one time that are still reasonable to hold.
constexpr Index kMaxCells = 20'000'000;
constexpr const char* kTooMany = "the population outgrows 20 million cells; lower the rate of birth or stop earlier";

/// States alive at each time, one after the other.
using Alive = std::vector<std::vector<double>>;

/// Euler-Maruyama steps from time 0 to each observed time.
struct Clock {
  explicit Clock(const std::vector<double>& times, double longest) {
    double from = 0;
    for (const double to : times) {
      const double steps = std::ceil((to - from) / longest);
      counts.push_back(static_cast<std::int64_t>(steps));
      lengths.push_back(steps > 0 ? (to - from) / steps : 0);
      from = to;
    }
  }
  std::vector<std::int64_t> counts;
  std::vector<double> lengths;
};

/// A cell on its way: its state, and the next step it takes.
struct Cell {
  std::vector<double> state;
  std::size_t interval = 0;
  std::int64_t step = 0;
};

enum class Fate { lives, divides, dies };

class Family {
 public:
  Family(const Landscape& landscape, const Clock& clock, std::uint64_t seed, Index founder, Alive& alive)
      : landscape_(landscape),
        clock_(clock),
        rng_(seed, kFounderStream, static_cast<std::uint64_t>(founder)),
        alive_(alive),
        drift_(static_cast<std::size_t>(landscape.dims())) {}

  void grow() {
    Cell founder;
    founder.state.resize(drift_.size());
    landscape_.start(rng_, founder.state.data());
    std::vector<Cell> waiting{std::move(founder)};
    while (!waiting.empty()) {
      Cell cell = std::move(waiting.back());
      waiting.pop_back();
      follow(cell, waiting);
    }
  }

 private:
  /// One cell until it dies or the last time; daughters wait.
  void follow(Cell& cell, std::vector<Cell>& waiting) {
    for (; cell.interval < clock_.counts.size(); ++cell.interval, cell.step = 0) {
      while (cell.step < clock_.counts[cell.interval]) {
        const double dt = clock_.lengths[cell.interval];
        ++cell.step;
        const Fate fate = advance(cell.state.data(), dt);
        if (fate == Fate::dies) return;
        if (fate == Fate::divides) waiting.push_back(cell);
      }
      auto& here = alive_[cell.interval];
      here.insert(here.end(), cell.state.begin(), cell.state.end());
      if (static_cast<Index>(here.size()) > kMaxCells * landscape_.dims()) throw UsageError(kTooMany);
    }
  }

  Fate advance(double* state, double dt) {
    const Landscape::Rates rates = landscape_.rates(state);
    landscape_.drift(state, drift_.data());
    const double spread = landscape_.noise() * std::sqrt(dt);
    for (std::size_t k = 0; k < drift_.size(); ++k) state[k] += drift_[k] * dt + spread * rng_.normal();
    landscape_.constrain(state);
    const double u = rng_.uniform();
    // Exact for constant rates: something happens with probability 1 - exp(-(birth + death) dt).
    const double total = rates.birth + rates.death;
    const double happens = -std::expm1(-total * dt);
    if (u >= happens) return Fate::lives;
    return u < happens * rates.death / total ? Fate::dies : Fate::divides;
  }

  const Landscape& landscape_;
  const Clock& clock_;
  core::Rng rng_;
  Alive& alive_;
  std::vector<double> drift_;
};

/// Adds the descendants of founders [first, last).
void add_families(const Landscape& landscape, const Clock& clock, std::uint64_t seed, Index first, Index last,
                  Alive& all) {
  std::vector<Alive> parts(static_cast<std::size_t>((last - first + kGrain - 1) / kGrain), Alive(all.size()));
  core::parallel_chunks(last - first, kGrain, [&](Index begin, Index end) {
    Alive& part = parts[static_cast<std::size_t>(begin / kGrain)];
    for (Index i = begin; i < end; ++i) Family(landscape, clock, seed, first + i, part).grow();
  });
  for (const Alive& part : parts) {
    for (std::size_t k = 0; k < all.size(); ++k) all[k].insert(all[k].end(), part[k].begin(), part[k].end());
  }
}

std::vector<Index> sizes(const Alive& alive, Index dims) {
  std::vector<Index> out;
  for (const auto& states : alive) out.push_back(static_cast<Index>(states.size()) / dims);
  return out;
}

std::vector<double> relative(const std::vector<Index>& numbers) {
  std::vector<double> out;
  for (const Index n : numbers) out.push_back(static_cast<double>(n) / static_cast<double>(numbers.front()));
  return out;
}

/// `wanted` of `available` positions without replacement, in random order.
std::vector<Index> draw(core::Rng rng, Index available, Index wanted) {
  std::vector<Index> all(static_cast<std::size_t>(available));
  for (Index i = 0; i < available; ++i) all[static_cast<std::size_t>(i)] = i;
  for (Index i = 0; i < wanted; ++i) {
    std::swap(all[static_cast<std::size_t>(i)], all[static_cast<std::size_t>(i + rng.below(available - i))]);
  }
  all.resize(static_cast<std::size_t>(wanted));
  return all;
}

}  // namespace

Simulation observe(const Landscape& landscape, const SnapshotPlan& plan) {
  plan.validate();
  if (plan.times.front() < 0) throw UsageError("times must not be negative: the population starts at time 0");
  const Clock clock(plan.times, landscape.time_step());
  const Index dims = landscape.dims();
  Alive alive(plan.times.size());
  std::vector<Index> wanted;
  Index founders = 0;
  for (Index target = std::max(kFounders, 2 * plan.cells / static_cast<Index>(plan.times.size()));; target *= 2) {
    add_families(landscape, clock, plan.seed, founders, target, alive);
    founders = target;
    const auto there = sizes(alive, dims);
    const auto few = std::find_if(there.begin(), there.end(), [&](Index n) { return 100 * n < founders; });
    if (few != there.end()) {
      throw UsageError("hardly a cell lives at time " +
                       core::format_number(plan.times[static_cast<std::size_t>(few - there.begin())]) +
                       "; lower the rate of death or choose earlier times");
    }
    wanted = plan.counts(relative(there));
    if (std::equal(wanted.begin(), wanted.end(), there.begin(), std::less_equal<>())) break;
    if (*std::max_element(there.begin(), there.end()) > kMaxCells) throw UsageError(kTooMany);
  }

  Simulation out;
  out.times = plan.times;
  out.population = relative(sizes(alive, dims));
  Index total = 0;
  for (const Index n : wanted) total += n;
  out.state.resize(total, dims);
  out.velocity.resize(total, dims);
  Index row = 0;
  for (std::size_t k = 0; k < alive.size(); ++k) {
    const Index available = sizes(alive, dims)[k];
    for (const Index cell : draw(core::Rng(plan.seed, kSampleStream, k), available, wanted[k])) {
      out.state.row(row) = Eigen::Map<const Eigen::RowVectorXd>(alive[k].data() + cell * dims, dims);
      landscape.drift(out.state.row(row).data(), out.velocity.row(row).data());
      const Landscape::Rates rates = landscape.rates(out.state.row(row).data());
      out.growth.push_back(rates.birth - rates.death);
      out.cell_times.push_back(plan.times[k]);
      ++row;
    }
  }
  return out;
}

}  // namespace instar::sim
