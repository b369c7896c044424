#include "report/sample.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/rng.hpp"

namespace instar::report {
namespace {

constexpr std::uint32_t kSampleStream = 0x5e9071;

template <class T>
std::vector<T> picked(const std::vector<T>& values, const std::vector<Index>& rows) {
  if (values.empty()) return {};
  std::vector<T> result;
  result.reserve(rows.size());
  for (const Index row : rows) result.push_back(values[static_cast<std::size_t>(row)]);
  return result;
}

void keep(Cloud& cloud, const std::vector<Index>& rows) {
  cloud.total = std::max(cloud.total, cloud.rows());
  cloud.snapshots = core::make_snapshots(core::take_rows(cloud.snapshots.coordinates, rows),
                                         picked(cloud.snapshots.cell_times, rows));
  if (cloud.velocity.rows() > 0) cloud.velocity = core::take_rows(cloud.velocity, rows);
  cloud.weight = picked(cloud.weight, rows);
  cloud.growth = picked(cloud.growth, rows);
  cloud.names = picked(cloud.names, rows);
  cloud.origin_time = picked(cloud.origin_time, rows);
}

/// Rows of a sample in which every time keeps its share.
std::vector<Index> share_of(const Cloud& cloud, Index most) {
  const auto& groups = cloud.snapshots.cells;
  Index all = 0;
  for (const auto& rows : groups) all += static_cast<Index>(rows.size());
  std::vector<Index> kept;
  const bool followed = same_particles(cloud);
  std::vector<Index> places;
  if (followed) {
    places.resize(groups.front().size());
    std::iota(places.begin(), places.end(), Index{0});
    places = sample_rows(places, most / static_cast<Index>(groups.size()));
  }
  for (const auto& rows : groups) {
    const auto mine =
        std::max<Index>(1, static_cast<Index>(std::llround(static_cast<double>(rows.size()) *
                                                           static_cast<double>(most) / static_cast<double>(all))));
    const auto chosen = followed ? picked(rows, places) : sample_rows(rows, mine);
    kept.insert(kept.end(), chosen.begin(), chosen.end());
  }
  std::sort(kept.begin(), kept.end());
  return kept;
}

}  // namespace

std::vector<Index> sample_rows(const std::vector<Index>& rows, Index most) {
  const auto n = static_cast<Index>(rows.size());
  if (n <= most) return rows;
  std::vector<Index> result;
  core::Rng rng(0, kSampleStream, static_cast<std::uint64_t>(n));
  Index wanted = most;  // selection sampling: one pass, order kept (Knuth, algorithm S)
  for (Index i = 0; i < n && wanted > 0; ++i)
    if (rng.uniform() * static_cast<double>(n - i) < static_cast<double>(wanted)) {
      result.push_back(rows[static_cast<std::size_t>(i)]);
      --wanted;
    }
  return result;
}

std::vector<Index> every_time(const Cloud& cloud, Index most) {
  std::vector<Index> all;
  for (const auto& rows : cloud.snapshots.cells) {
    const auto some = sample_rows(rows, most);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

Content sampled(Content content, const Limits& limits) {
  // Two bytes for each coordinate, weight, growth and colour, and the names of cells as they are.
  const double per_colour = 2.0 * static_cast<double>(content.colours.size());
  double name_bytes = 0;
  if (content.observed)
    for (const auto& name : content.observed->names) name_bytes += static_cast<double>(name.size()) + 1;
  const auto count = [](const std::optional<Cloud>& cloud, Index most) {
    return cloud ? static_cast<double>(std::min(most, cloud->rows())) : 0.0;
  };
  const double cells = count(content.observed, limits.cells), particles = count(content.predicted, limits.particles);
  const double per_name =
      content.observed ? name_bytes / std::max<double>(1, static_cast<double>(content.observed->rows())) : 0;
  const double bytes = cells * (8 + per_name + per_colour) + particles * (8 + per_colour);
  const double share = std::min(1.0, limits.bytes / std::max(1.0, bytes));
  const auto cut = [&](std::optional<Cloud>& cloud, double most, std::vector<double> Colour::*values) {
    const auto wanted = static_cast<Index>(most * share);
    if (!cloud || cloud->rows() <= wanted) return;
    const auto rows = share_of(*cloud, wanted);
    for (Colour& colour : content.colours) colour.*values = picked(colour.*values, rows);
    keep(*cloud, rows);
  };
  cut(content.observed, cells, &Colour::observed);
  cut(content.predicted, particles, &Colour::predicted);
  return content;
}

}  // namespace instar::report
