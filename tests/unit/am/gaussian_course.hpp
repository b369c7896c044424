#pragma once

#include <cmath>
#include <functional>
#include <vector>

#include "core/rng.hpp"
#include "core/snapshots.hpp"

namespace instar::test {

/// A cloud that moves with constant velocity and grows at a constant rate: the simplest closed form there is. Cell
/// numbers are the same at all times; masses are exp(growth t).
struct GaussianCourse {
  std::vector<double> times = {0, 1, 2};
  Vector start = Vector::Zero(2);
  Vector velocity = Eigen::Vector2d(1.0, -0.5);
  double deviation = 0.5;
  double growth = 0.3;
  Index cells = 400;

  core::Snapshots sample(std::uint64_t seed) const {
    const Index total = cells * static_cast<Index>(times.size());
    Matrix x(total, start.size());
    std::vector<double> cell_times;
    Index row = 0;
    for (std::size_t k = 0; k < times.size(); ++k) {
      core::Rng rng(seed, 77, k);
      for (Index i = 0; i < cells; ++i, ++row) {
        for (Index j = 0; j < start.size(); ++j)
          x(row, j) = start(j) + velocity(j) * times[k] + deviation * rng.normal();
        cell_times.push_back(times[k]);
      }
    }
    return core::make_snapshots(x, cell_times);
  }
  std::vector<double> masses() const {
    std::vector<double> result;
    for (double t : times) result.push_back(std::exp(growth * t));
    return result;
  }
};

/// Cells on a line, normal at each time, of exactly this mean and deviation, so that moments are not blurred by
/// sampling.
inline core::Snapshots normal_course(const std::vector<double>& times, const std::function<double(double)>& mean,
                                     const std::function<double(double)>& deviation, Index cells) {
  Matrix x(cells * static_cast<Index>(times.size()), 1);
  std::vector<double> cell_times;
  Index row = 0;
  for (std::size_t k = 0; k < times.size(); ++k) {
    Vector standard(cells);
    core::Rng rng(9, 78, k);
    for (Index i = 0; i < cells; ++i) standard(i) = rng.normal();
    standard.array() -= standard.mean();
    standard /= std::sqrt(standard.squaredNorm() / static_cast<double>(cells));
    for (Index i = 0; i < cells; ++i, ++row) {
      x(row, 0) = mean(times[k]) + deviation(times[k]) * standard(i);
      cell_times.push_back(times[k]);
    }
  }
  return core::make_snapshots(x, cell_times);
}

}  // namespace instar::test
