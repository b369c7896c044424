#include "am/baselines.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

#include "am/coupling.hpp"
#include "am/paths.hpp"
#include "core/error.hpp"
#include "core/rng.hpp"
#include "core/time_label.hpp"
#include "math/transport.hpp"

namespace instar::am {
namespace {

constexpr std::uint32_t kLinearStream = 0xba5e;
constexpr std::uint32_t kFloorStream = 0xf100;

math::Cloud pooled(const math::Cloud& before, const math::Cloud& after, double share) {
  math::Cloud cloud;
  const Index n = before.points.rows();
  const Index m = after.points.rows();
  cloud.points.resize(n + m, before.points.cols());
  cloud.points << before.points, after.points;
  cloud.weights.resize(n + m);
  cloud.weights << Vector::Constant(n, (1 - share) / static_cast<double>(n)),
      Vector::Constant(m, share / static_cast<double>(m));
  return cloud;
}

math::Cloud random_segments(const math::Cloud& before, const math::Cloud& after, double share, std::uint64_t seed) {
  const Index n = std::max(before.points.rows(), after.points.rows());
  math::Cloud cloud{Matrix(n, before.points.cols()), Vector::Ones(n)};
  core::Rng rng(seed, kLinearStream);
  for (Index i = 0; i < n; ++i)
    cloud.points.row(i) = (1 - share) * before.points.row(rng.below(before.points.rows())) +
                          share * after.points.row(rng.below(after.points.rows()));
  return cloud;
}

math::Cloud optimal_segments(const math::Cloud& before, const math::Cloud& after, double share) {
  const auto plan = math::exact_transport(before.points, before.weights, after.points, after.weights,
                                          math::GroundCost::squared_euclidean)
                        .plan;
  const auto n = static_cast<Index>(plan.size());
  math::Cloud cloud{Matrix(n, before.points.cols()), Vector(n)};
  for (Index i = 0; i < n; ++i) {
    const auto& entry = plan[static_cast<std::size_t>(i)];
    cloud.points.row(i) = (1 - share) * before.points.row(entry.row) + share * after.points.row(entry.col);
    cloud.weights(i) = entry.mass;
  }
  return cloud;
}

/// The unbalanced geodesic between two snapshots of total masses `mass_before` and `mass_after`, at `share` of the way.
Baseline geodesic_point(const math::Cloud& before, const math::Cloud& after, double mass_before, double mass_after,
                        double growth_scale, double share) {
  const auto even = [](const math::Cloud& cloud, double mass) {
    return Vector::Constant(cloud.points.rows(), mass / static_cast<double>(cloud.points.rows())).eval();
  };
  CouplingOptions coupling_options;
  coupling_options.growth_scale = growth_scale;
  coupling_options.blur = 0;
  const Coupling coupling = unbalanced_coupling(before.points, even(before, mass_before), after.points,
                                                even(after, mass_after), coupling_options);
  const auto n = static_cast<Index>(coupling.pairs.size());
  const Index dims = before.points.cols();
  math::Cloud cloud{Matrix(n, dims), Vector(n)};
  Vector velocity(dims);
  for (Index k = 0; k < n; ++k) {
    const auto& pair = coupling.pairs[static_cast<std::size_t>(k)];
    const bool fades = pair.target == Coupling::kNone;
    const auto width = static_cast<std::size_t>(dims);
    const std::span<const double> y(after.points.row(fades ? 0 : pair.target).data(), width);
    const std::span<const double> x =
        pair.source == Coupling::kNone ? y : std::span<const double>(before.points.row(pair.source).data(), width);
    cloud.weights(k) = wfr_path(x, fades ? x : y, pair.p, pair.q, growth_scale, share, 1, {&cloud.points(k, 0), width},
                                {velocity.data(), width})
                           .mass;
  }
  const double mass = cloud.weights.sum();
  return {"wfr-midpoint", "between", std::move(cloud), mass};
}

}  // namespace

math::Cloud cells_at(const core::Snapshots& snapshots, double time) {
  const Index at = core::find_time(snapshots.times, time);
  if (at < 0) throw UsageError("there are no cells at time " + core::format_number(time));
  const auto& rows = snapshots.cells[static_cast<std::size_t>(at)];
  return {core::take_rows(snapshots.coordinates, rows), Vector::Ones(static_cast<Index>(rows.size()))};
}

std::vector<Baseline> baselines(const core::Snapshots& snapshots, const BaselineOptions& options, double time,
                                std::uint64_t seed) {
  std::optional<double> before;
  std::optional<double> after;
  for (double t : snapshots.times) {
    if (core::find_time(options.excluded, t) >= 0) continue;
    if (t < time && core::find_time({time}, t) < 0) before = t;
    if (t > time && core::find_time({time}, t) < 0 && !after) after = t;
  }
  std::vector<Baseline> result;
  if (before) result.push_back({"previous", "previous", cells_at(snapshots, *before)});
  if (after) result.push_back({"next", "next", cells_at(snapshots, *after)});
  if (!before || !after) return result;
  const double share = (time - *before) / (*after - *before);
  const math::Cloud first = result[0].cloud;
  const math::Cloud second = result[1].cloud;
  result.push_back({"pooled", "between", pooled(first, second, share)});
  result.push_back({"linear", "between", random_segments(first, second, share, seed)});
  result.push_back({"ot-midpoint", "between", optimal_segments(first, second, share)});
  if (std::isfinite(options.growth_scale))
    result.push_back(
        geodesic_point(first, second, options.mass(*before), options.mass(*after), options.growth_scale, share));
  return result;
}

std::pair<math::Cloud, math::Cloud> sampling_floor(const core::Snapshots& snapshots, double time, std::uint64_t seed,
                                                   std::uint64_t split) {
  const Index at = core::find_time(snapshots.times, time);
  if (at < 0) throw UsageError("there are no cells at time " + core::format_number(time));
  const auto& cells = snapshots.cells[static_cast<std::size_t>(at)];
  core::Rng rng(seed, kFloorStream, split);
  std::vector<Index> rows = core::random_order(static_cast<Index>(cells.size()), rng);
  for (Index& row : rows) row = cells[static_cast<std::size_t>(row)];
  const auto half = static_cast<std::ptrdiff_t>(rows.size() / 2);
  const std::vector<Index> left(rows.begin(), rows.begin() + half);
  const std::vector<Index> right(rows.begin() + half, rows.end());
  return {{core::take_rows(snapshots.coordinates, left), Vector::Ones(static_cast<Index>(left.size()))},
          {core::take_rows(snapshots.coordinates, right), Vector::Ones(static_cast<Index>(right.size()))}};
}

}  // namespace instar::am
