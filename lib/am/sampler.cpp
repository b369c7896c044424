#include "am/sampler.hpp"

#include <algorithm>
#include <span>

#include "am/paths.hpp"
#include "core/error.hpp"

namespace instar::am {

PathKind parse_path_kind(const std::string& word) {
  if (word == "wfr") return PathKind::wfr;
  if (word == "ot") return PathKind::ot;
  if (word == "linear") return PathKind::linear;
  throw UsageError("expected wfr, ot or linear as path, found '" + word + "'");
}

std::string to_string(PathKind kind) {
  switch (kind) {
    case PathKind::wfr:
      return "wfr";
    case PathKind::ot:
      return "ot";
    case PathKind::linear:
      break;
  }
  return "linear";
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
  const Interval& in = interval_;
  const Index d = in.source.cols();
  const double dt = in.end - in.begin;
  std::vector<double> position(static_cast<std::size_t>(d));
  std::vector<double> velocity(static_cast<std::size_t>(d));
  const auto row_of = [&](const Matrix& matrix, Index row) {
    return std::span<const double>(matrix.data() + row * d, static_cast<std::size_t>(d));
  };
  for (Index i = 0; i < count; ++i) {
    const double tau = (static_cast<double>(first_stratum + i) + rng.uniform()) / static_cast<double>(strata);
    PathPoint point;
    double density = 1;  // of the sampled pair, so that weight = m_t / density
    if (in.path == PathKind::linear) {
      const Index source = rng.below(in.source.rows());
      const Index target = rng.below(in.target.rows());
      point = straight_path(row_of(in.source, source), row_of(in.target, target), in.source_mass, in.target_mass, tau,
                            dt, position, velocity);
    } else {
      const auto& pair = in.coupling.pairs[static_cast<std::size_t>(pick_pair(rng.uniform()))];
      // A cell without a partner stays where it is while it fades or appears.
      const auto x = pair.source >= 0 ? row_of(in.source, pair.source) : row_of(in.target, pair.target);
      const auto y = pair.target >= 0 ? row_of(in.target, pair.target) : row_of(in.source, pair.source);
      point = in.path == PathKind::wfr ? wfr_path(x, y, pair.p, pair.q, in.growth_scale, tau, dt, position, velocity)
                                       : straight_path(x, y, pair.p, pair.q, tau, dt, position, velocity);
      density = (pair.p + pair.q) / 2 / cumulative_.back();
    }
    const Index row = first + i;
    out.inputs(row, 0) = static_cast<float>(time_factor * (in.begin + tau * dt));
    for (Index j = 0; j < d; ++j) {
      out.inputs(row, j + 1) = static_cast<float>(position[static_cast<std::size_t>(j)]);
      out.velocity(row, j) = static_cast<float>(velocity[static_cast<std::size_t>(j)]);
    }
    out.growth(row) = static_cast<float>(point.growth);
    out.weight(row) = static_cast<float>(point.mass / density * dt);
  }
}

}  // namespace instar::am
