#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/types.hpp"

namespace instar::sim {

/// How many cells of a growing population are observed at each time.
enum class Sampling {
  equal,       ///< as many at every time: a sequencer takes what it can hold
  population,  ///< in proportion to the population, so that cell numbers are population sizes
};

std::vector<double> default_times();  ///< 0, 1, 2, 3, 4

/// When a simulated population is observed, and by how many cells.
struct SnapshotPlan {
  std::vector<double> times = default_times();
  Index cells = 3000;  ///< in all
  Sampling sampling = Sampling::population;
  std::uint64_t seed = 0;
  /// @throws UsageError where there is no time, times do not ascend, or no cell is asked for
  void validate() const;
  /// Cells at each time, `cells` in all (largest remainders). @param population [times] relative sizes
  std::vector<Index> counts(const std::vector<double>& population) const;
};

/// Observed cells, ordered by time, and the truth about each of them. Cells of different times are different cells.
struct Simulation {
  Matrix state;                       ///< [cells, dims]
  Matrix velocity;                    ///< [cells, dims] the drift d state / d time at the cell's state
  std::vector<double> growth;         ///< [cells] birth rate less death rate, per unit of time
  std::vector<double> cell_times;     ///< [cells]
  std::vector<double> times;          ///< observed times, ascending
  std::vector<double> population;     ///< [times] true size of the population relative to the first time
  std::vector<std::int32_t> lineage;  ///< [cells] position in `lineages`; empty where the model has none
  std::vector<std::string> lineages;
};

}  // namespace instar::sim
