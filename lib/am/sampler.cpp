#include "am/sampler.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <tuple>

#include "am/paths.hpp"
#include "core/error.hpp"
#include "math/geodesics.hpp"

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

void SampleScratch::resize(Index count) {
  const auto rows = static_cast<std::size_t>(count);
  pair.resize(rows);
  from.resize(rows);
  to.resize(rows);
  for (auto* numbers : {&tau, &place, &squared, &p, &q, &mass, &growth, &moved, &speed}) numbers->resize(rows);
}

/// The first pair from `from` on whose cumulative mass exceeds `mass`.
Index IntervalSampler::search(Index from, double mass) const {
  auto at = static_cast<std::size_t>(from);
  while (at + 1 < cumulative_.size() && cumulative_[at] <= mass) ++at;
  return static_cast<Index>(at);
}

/// Coordinates of a pair's cells. A cell without a partner stays where it is while it fades or appears.
std::pair<const float*, const float*> IntervalSampler::ends(const Coupling::Pair& pair) const {
  const Index d = interval_.source->cols();
  const float* const x = pair.source >= 0 ? interval_.source->data() + pair.source * d : nullptr;
  const float* const y = pair.target >= 0 ? interval_.target->data() + pair.target * d : nullptr;
  return {x != nullptr ? x : y, y != nullptr ? y : x};
}

void IntervalSampler::draw(core::Rng& rng, Index first_stratum, Index strata, double time_factor, Index first,
                           Index count, PathSamples& out) const {
  fill(rng, time_factor, first, count, out,
       [&](Index i) { return (static_cast<double>(first_stratum + i) + rng.uniform()) / static_cast<double>(strata); });
}

void IntervalSampler::draw_sequence(core::Rng& rng, double offset, Index first_index, double time_factor,
                                    PathSamples& out) const {
  fill(rng, time_factor, 0, out.weight.size(), out, [&](Index i) { return sequence_point(offset, first_index + i); });
}

template <class TauOf>
void IntervalSampler::fill(core::Rng& rng, double time_factor, Index first, Index count, PathSamples& out,
                           const TauOf& tau_of) const {
  SampleScratch& work = out.scratch;
  work.resize(count);
  const bool geodesic = interval_.path == PathKind::wfr && std::isfinite(interval_.growth_scale);
  if (!geodesic || interval_.sigma > 0) {
    for (auto* numbers : {&work.x, &work.y, &work.position, &work.velocity})
      numbers->resize(static_cast<std::size_t>(interval_.source->cols()));
    for (Index i = 0; i < count; ++i) place(rng, tau_of(i), time_factor, first + i, out);
    return;
  }
  for (std::size_t i = 0; i < work.tau.size(); ++i) {
    work.tau[i] = tau_of(static_cast<Index>(i));
    work.place[i] = rng.uniform();
  }
  draw_geodesics(time_factor, first, count, out);
}

/// Pairs are all over the memory: a pass over the samples for each look-up, so that the next one's memory is under way.
void IntervalSampler::draw_geodesics(double time_factor, Index first, Index count, PathSamples& out) const {
  SampleScratch& work = out.scratch;
  const auto rows = static_cast<std::size_t>(count);
  const Index d = interval_.source->cols();
  for (std::size_t i = 0; i < rows; ++i) __builtin_prefetch(&guide_[guide_of(work.place[i])]);
  for (std::size_t i = 0; i < rows; ++i) {
    work.pair[i] = guide_[guide_of(work.place[i])];
    __builtin_prefetch(&cumulative_[static_cast<std::size_t>(work.pair[i])]);
  }
  for (std::size_t i = 0; i < rows; ++i) {
    work.pair[i] = search(work.pair[i], work.place[i] * cumulative_.back());
    __builtin_prefetch(&interval_.coupling.pairs[static_cast<std::size_t>(work.pair[i])]);
  }
  for (std::size_t i = 0; i < rows; ++i) {
    const auto& pair = interval_.coupling.pairs[static_cast<std::size_t>(work.pair[i])];
    std::tie(work.from[i], work.to[i]) = ends(pair);
    work.p[i] = pair.p;
    work.q[i] = pair.q;
    __builtin_prefetch(work.from[i]);
    __builtin_prefetch(work.to[i]);
  }
  const double reach = std::numbers::pi * interval_.growth_scale;
  for (std::size_t i = 0; i < rows; ++i) {
    double squared = 0;
    for (Index j = 0; j < d; ++j) {
      const double step = static_cast<double>(work.to[i][j]) - static_cast<double>(work.from[i][j]);
      squared += step * step;
    }
    work.squared[i] = squared;
    if (squared >= reach * reach && work.p[i] > 0 && work.q[i] > 0) throw_too_far(std::sqrt(squared));
  }
  const double dt = interval_.end - interval_.begin;
  math::geodesics(count, interval_.growth_scale, dt,
                  {work.squared.data(), work.p.data(), work.q.data(), work.tau.data(), work.mass.data(),
                   work.growth.data(), work.moved.data(), work.speed.data()});
  for (std::size_t i = 0; i < rows; ++i) {
    const Index row = first + static_cast<Index>(i);
    const double density = (work.p[i] + work.q[i]) / 2 / cumulative_.back();
    out.inputs(row, 0) = static_cast<float>(time_factor * (interval_.begin + work.tau[i] * dt));
    for (Index j = 0; j < d; ++j) {
      const double from = static_cast<double>(work.from[i][j]);
      const double step = static_cast<double>(work.to[i][j]) - from;
      out.inputs(row, j + 1) = static_cast<float>(from + work.moved[i] * step);
      out.velocity(row, j) = static_cast<float>(work.speed[i] * step);
    }
    out.growth(row) = static_cast<float>(work.growth[i]);
    out.weight(row) = static_cast<float>(work.mass[i] / density * dt);
  }
}

void IntervalSampler::place(core::Rng& rng, double tau, double time_factor, Index row, PathSamples& out) const {
  const Interval& in = interval_;
  const Index d = in.source->cols();
  const double dt = in.end - in.begin;
  auto& position = out.scratch.position;
  auto& velocity = out.scratch.velocity;
  auto& x = out.scratch.x;
  auto& y = out.scratch.y;
  const auto take = [&](const float* source, const float* target) {
    std::copy_n(source, d, x.begin());
    std::copy_n(target, d, y.begin());
  };
  PathPoint point;
  double density = 1;  // of the sampled pair, so that weight = m_t / density
  if (in.path == PathKind::linear) {
    const Index source = rng.below(in.source->rows());
    const Index target = rng.below(in.target->rows());
    take(in.source->data() + source * d, in.target->data() + target * d);
    point = straight_path(x, y, in.source_mass, in.target_mass, tau, dt, position, velocity);
  } else {
    const double u = rng.uniform();
    const Index at = search(guide_[guide_of(u)], u * cumulative_.back());
    const auto& pair = in.coupling.pairs[static_cast<std::size_t>(at)];
    const auto [from, to] = ends(pair);
    take(from, to);
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

SnapshotSampler::SnapshotSampler(std::vector<Slice> slices) : slices_(std::move(slices)) {}

void SnapshotSampler::draw(core::Rng& rng, double offset, Index first_index, double time_factor,
                           PathSamples& out) const {
  const double begin = slices_.front().time;
  const double span = slices_.back().time - begin;
  for (Index i = 0; i < out.weight.size(); ++i) {
    const double time = begin + span * sequence_point(offset, first_index + i);
    const auto after = std::upper_bound(slices_.begin() + 1, slices_.end() - 1, time,
                                        [](double t, const Slice& slice) { return t < slice.time; });
    const Slice& before = *(after - 1);
    const double tau = (time - before.time) / (after->time - before.time);
    const Slice& slice = rng.uniform() < tau ? *after : before;
    out.inputs(i, 0) = static_cast<float>(time_factor * time);
    const MatrixF& cells = *slice.cells;
    out.inputs.row(i).tail(cells.cols()) = cells.row(rng.below(cells.rows()));
    out.weight(i) = static_cast<float>(slice.mass * span);
    if (out.deviation.size() == 0) continue;
    for (Index j = 0; j < cells.cols(); ++j) out.noise(i, j) = static_cast<float>(rng.normal());
    out.deviation(i) = static_cast<float>(kSnapshotBlur);
  }
}

void draw_boundary(core::Rng& rng, const End& end, double sign, Index first_stratum, Index strata, double time_factor,
                   PathSamples& out) {
  const auto n = static_cast<double>(end.cells->rows());
  for (Index i = 0; i < out.weight.size(); ++i) {
    const double u = (static_cast<double>(first_stratum + i) + rng.uniform()) / static_cast<double>(strata);
    const Index cell = std::min(static_cast<Index>(u * n), end.cells->rows() - 1);
    out.inputs(i, 0) = static_cast<float>(time_factor * end.time);
    out.inputs.row(i).tail(end.cells->cols()) = end.cells->row(cell);
    out.weight(i) = static_cast<float>(sign * end.mass);
  }
}

}  // namespace instar::am
