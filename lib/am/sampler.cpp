#include "am/sampler.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

#include "am/paths.hpp"
#include "core/error.hpp"

namespace instar::am {
namespace {

/// Width of the blur, in network units, in which the Laplacian at a snapshot's cells is taken.
constexpr double kSnapshotBlur = 0.05;

/// The k-th of a sequence of low discrepancy on (0, 1).
double sequence_point(double offset, Index k) {
  const double u = offset + static_cast<double>(k) * std::numbers::sqrt2;
  return std::clamp(u - std::floor(u), 1e-6, 1 - 1e-6);
}

}  // namespace

PathKind parse_path_kind(const std::string& word) {
  if (word == "wfr") return PathKind::wfr;
  if (word == "ot") return PathKind::ot;
  if (word == "linear") return PathKind::linear;
  if (word == "snapshots") return PathKind::snapshots;
  throw UsageError("expected wfr, ot, linear or snapshots as path, found '" + word + "'");
}

std::string to_string(PathKind kind) {
  switch (kind) {
    case PathKind::wfr:
      return "wfr";
    case PathKind::ot:
      return "ot";
    case PathKind::linear:
      return "linear";
    case PathKind::snapshots:
      break;
  }
  return "snapshots";
}

IntervalSampler::IntervalSampler(Interval interval) : interval_(std::move(interval)) {
  const auto& pairs = interval_.coupling.pairs;
  cumulative_.reserve(pairs.size());
  double sum = 0;
  for (const auto& pair : pairs) cumulative_.push_back(sum += (pair.p + pair.q) / 2);
  guide_.resize(pairs.size());
  std::size_t at = 0;
  for (std::size_t g = 0; g < guide_.size(); ++g) {
    while (at + 1 < pairs.size() &&
           cumulative_[at] <= sum * static_cast<double>(g) / static_cast<double>(guide_.size()))
      ++at;
    guide_[g] = static_cast<std::int32_t>(at);
  }
}

Index IntervalSampler::pick_pair(double u) const {
  const double mass = u * cumulative_.back();
  auto at = static_cast<std::size_t>(guide_[static_cast<std::size_t>(u * static_cast<double>(guide_.size()))]);
  while (at + 1 < cumulative_.size() && cumulative_[at] <= mass) ++at;
  return static_cast<Index>(at);
}

void IntervalSampler::draw(core::Rng& rng, Index first_stratum, Index strata, double time_factor, Index first,
                           Index count, PathSamples& out) const {
  Scratch scratch;
  for (Index i = 0; i < count; ++i) {
    const double tau = (static_cast<double>(first_stratum + i) + rng.uniform()) / static_cast<double>(strata);
    place(rng, tau, time_factor, first + i, scratch, out);
  }
}

void IntervalSampler::draw_sequence(core::Rng& rng, double offset, Index first_index, double time_factor,
                                    PathSamples& out) const {
  Scratch scratch;
  for (Index i = 0; i < out.weight.size(); ++i)
    place(rng, sequence_point(offset, first_index + i), time_factor, i, scratch, out);
}

void IntervalSampler::place(core::Rng& rng, double tau, double time_factor, Index row, Scratch& scratch,
                            PathSamples& out) const {
  const Interval& in = interval_;
  const Index d = in.source.cols();
  const double dt = in.end - in.begin;
  auto& [position, velocity] = scratch;
  position.resize(static_cast<std::size_t>(d));
  velocity.resize(static_cast<std::size_t>(d));
  const auto row_of = [&](const Matrix& matrix, Index at) {
    return std::span<const double>(matrix.data() + at * d, static_cast<std::size_t>(d));
  };
  PathPoint point;
  double density = 1;  // of the sampled pair, so that weight = m_t / density
  if (in.path == PathKind::linear) {
    const Index source = rng.below(in.source.rows());
    const Index target = rng.below(in.target.rows());
    point = straight_path(row_of(in.source, source), row_of(in.target, target), in.source_mass, in.target_mass, tau, dt,
                          position, velocity);
  } else {
    const auto& pair = in.coupling.pairs[static_cast<std::size_t>(pick_pair(rng.uniform()))];
    // A cell without a partner stays where it is while it fades or appears.
    const auto x = pair.source >= 0 ? row_of(in.source, pair.source) : row_of(in.target, pair.target);
    const auto y = pair.target >= 0 ? row_of(in.target, pair.target) : row_of(in.source, pair.source);
    point = in.path == PathKind::wfr ? wfr_path(x, y, pair.p, pair.q, in.growth_scale, tau, dt, position, velocity)
                                     : straight_path(x, y, pair.p, pair.q, tau, dt, position, velocity);
    density = (pair.p + pair.q) / 2 / cumulative_.back();
  }
  if (in.sigma > 0) {
    const double deviation = in.sigma * std::sqrt(tau * (1 - tau) * dt);
    for (Index j = 0; j < d; ++j) {
      const double noise = rng.normal();
      position[static_cast<std::size_t>(j)] += deviation * noise;
      velocity[static_cast<std::size_t>(j)] -= deviation * noise / ((1 - tau) * dt);
      out.noise(row, j) = static_cast<float>(noise);
    }
    out.deviation(row) = static_cast<float>(deviation);
    out.time_weight(row) = static_cast<float>(1 - tau);
  }
  out.inputs(row, 0) = static_cast<float>(time_factor * (in.begin + tau * dt));
  for (Index j = 0; j < d; ++j) {
    out.inputs(row, j + 1) = static_cast<float>(position[static_cast<std::size_t>(j)]);
    out.velocity(row, j) = static_cast<float>(velocity[static_cast<std::size_t>(j)]);
  }
  out.growth(row) = static_cast<float>(point.growth);
  out.weight(row) = static_cast<float>(point.mass / density * dt);
}

SnapshotSampler::SnapshotSampler(std::vector<Slice> slices) : slices_(std::move(slices)) {
  double sum = 0;
  const std::size_t last = slices_.size() - 1;
  for (std::size_t k = 0; k <= last; ++k) {
    const double before = k > 0 ? slices_[k].time - slices_[k - 1].time : 0;
    const double after = k < last ? slices_[k + 1].time - slices_[k].time : 0;
    cumulative_.push_back(sum += (before + after) / 2);
  }
}

void SnapshotSampler::draw(core::Rng& rng, double offset, Index first_index, double time_factor,
                           PathSamples& out) const {
  const double span = cumulative_.back();
  for (Index i = 0; i < out.weight.size(); ++i) {
    const double at = span * sequence_point(offset, first_index + i);
    const auto found = std::upper_bound(cumulative_.begin(), cumulative_.end() - 1, at);
    const Slice& slice = slices_[static_cast<std::size_t>(found - cumulative_.begin())];
    out.inputs(i, 0) = static_cast<float>(time_factor * slice.time);
    out.inputs.row(i).tail(slice.cells.cols()) = slice.cells.row(rng.below(slice.cells.rows())).cast<float>();
    out.weight(i) = static_cast<float>(slice.mass * span);
    if (out.deviation.size() == 0) continue;
    for (Index j = 0; j < slice.cells.cols(); ++j) out.noise(i, j) = static_cast<float>(rng.normal());
    out.deviation(i) = static_cast<float>(kSnapshotBlur);
  }
}

void draw_boundary(core::Rng& rng, const Slice& slice, double sign, Index first_stratum, Index strata,
                   double time_factor, PathSamples& out) {
  const auto n = static_cast<double>(slice.cells.rows());
  for (Index i = 0; i < out.weight.size(); ++i) {
    const double u = (static_cast<double>(first_stratum + i) + rng.uniform()) / static_cast<double>(strata);
    const Index cell = std::min(static_cast<Index>(u * n), slice.cells.rows() - 1);
    out.inputs(i, 0) = static_cast<float>(time_factor * slice.time);
    out.inputs.row(i).tail(slice.cells.cols()) = slice.cells.row(cell).cast<float>();
    out.weight(i) = static_cast<float>(sign * slice.mass);
  }
}

}  // namespace instar::am
