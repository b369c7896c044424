#include "am/shard.hpp"

#include <algorithm>

namespace instar::am {
namespace {

/// Samples in a shard of the batch, the unit of work of a step: small enough for the cache, large enough for the
/// products.
constexpr Index kShardRows = 128;
/// Time between the two evaluations that measure smoothness, in network units (the mean interval is 1).
constexpr double kSmoothnessStep = 0.05;

bool needs_laplacian(const Objective& objective, Shard::Part part) {
  return part == Shard::Part::interior && objective.action && objective.sigma > 0;
}

bool needs_smoothness(const Objective& objective, Shard::Part part) {
  return part == Shard::Part::interior && objective.smoothness > 0;
}

}  // namespace

SampleSources::SampleSources(std::vector<Interval> intervals, std::vector<Slice> slices) {
  if (!slices.empty()) {
    snapshots_.emplace(std::move(slices));
    const auto end = [](const Slice& slice) { return End{slice.time, slice.mass, slice.cells.get()}; };
    first_ = end(snapshots_->slices().front());
    last_ = end(snapshots_->slices().back());
  }
  if (intervals.empty()) return;
  intervals_.reserve(intervals.size());
  for (auto& interval : intervals) intervals_.emplace_back(std::move(interval));
  const Interval& earliest = intervals_.front().interval();
  const Interval& latest = intervals_.back().interval();
  first_ = {earliest.begin, earliest.source_mass, earliest.source.get()};
  last_ = {latest.end, latest.target_mass, latest.target.get()};
}

Shard::Shard(const nn::MlpShape& shape, const Objective& objective, Part part, double share, Index rows, Draw draw)
    : objective_(objective),
      part_(part),
      share_(share),
      draw_(std::move(draw)),
      laplacian_row_(needs_laplacian(objective, part) ? rows : 0),
      smoothness_row_(needs_smoothness(objective, part) ? laplacian_row_ + rows : 0),
      evaluated_(std::max({laplacian_row_, smoothness_row_, Index{0}}) + rows),
      kernel_(shape, evaluated_),
      samples_(rows, shape.dims, part == Part::interior && objective.sigma > 0),
      inputs_(evaluated_ > rows ? evaluated_ : 0, shape.dims + 1),
      terms_(evaluated_, shape.dims),
      gradient_(static_cast<std::size_t>(shape.parameters())) {}

void Shard::place_neighbours() {
  const Index n = rows();
  const Index d = inputs_.cols() - 1;
  inputs_.topRows(n) = samples_.inputs;
  if (laplacian_row_ > 0) {
    auto beside = inputs_.middleRows(laplacian_row_, n);
    beside = samples_.inputs;
    beside.rightCols(d).array() -= samples_.noise.array().colwise() * samples_.deviation.array();
  }
  if (smoothness_row_ > 0) {
    auto later = inputs_.middleRows(smoothness_row_, n);
    later = samples_.inputs;
    const auto middle = static_cast<float>(objective_.middle_time * objective_.time_factor);
    const auto step = static_cast<float>(kSmoothnessStep * objective_.time_factor);
    for (Index i = 0; i < n; ++i) later(i, 0) += later(i, 0) < middle ? step : -step;
  }
}

void Shard::look(const nn::Weights& weights, core::Rng rng, double offset) {
  draw_(rng, offset, samples_);
  if (part_ == Part::boundary) {
    kernel_.forward_value(weights, {samples_.inputs.data(), evaluated_, samples_.inputs.cols()},
                          {terms_.value.data(), evaluated_});
    parts_ = boundary_objective(samples_, share_, terms_);
    return;
  }
  const bool alone = inputs_.rows() == 0;
  if (!alone) place_neighbours();
  const Index columns = samples_.inputs.cols();
  kernel_.forward(weights, {{alone ? samples_.inputs.data() : inputs_.data(), evaluated_, columns},
                            {terms_.value.data(), evaluated_},
                            {terms_.gradient.data(), evaluated_, columns}});
  parts_ = objective_.action ? action_objective(samples_, objective_.lambda, objective_.time_factor, share_, terms_)
                             : conditional_objective(samples_, objective_.lambda, share_, terms_);
  if (laplacian_row_ > 0) add_laplacian(samples_, objective_.sigma, share_, laplacian_row_, terms_, parts_);
  if (smoothness_row_ > 0)
    add_smoothness(samples_, objective_.lambda, objective_.smoothness, kSmoothnessStep, share_, smoothness_row_, terms_,
                   parts_);
}

void Shard::run(const nn::Weights& weights, core::Rng rng, double offset) {
  look(weights, rng, offset);
  if (part_ == Part::boundary) {
    kernel_.backward_value(weights, terms_.source, gradient_.data());
  } else {
    kernel_.backward(weights, terms_.direction, terms_.source, gradient_.data());
  }
}

std::vector<Shard> make_shards(const nn::MlpShape& shape, const Objective& objective, const SampleSources& sources,
                               Index strata) {
  const double share = 1 / static_cast<double>(strata);
  const double factor = objective.time_factor;
  std::vector<Shard> shards;
  const auto add = [&](Shard::Part part, const auto& draw_from) {
    for (Index first = 0; first < strata; first += kShardRows)
      shards.emplace_back(shape, objective, part, share, std::min(kShardRows, strata - first), draw_from(first));
  };
  for (const auto& sampler : sources.intervals()) {
    add(Shard::Part::interior, [&](Index first) -> Shard::Draw {
      if (objective.action)
        return [&sampler, first, factor](core::Rng& rng, double offset, PathSamples& samples) {
          sampler.draw_sequence(rng, offset, first, factor, samples);
        };
      return [&sampler, first, strata, factor](core::Rng& rng, double, PathSamples& samples) {
        sampler.draw(rng, first, strata, factor, 0, samples.weight.size(), samples);
      };
    });
  }
  if (sources.snapshots()) {
    add(Shard::Part::interior, [&](Index first) -> Shard::Draw {
      return [&sampler = *sources.snapshots(), first, factor](core::Rng& rng, double offset, PathSamples& samples) {
        sampler.draw(rng, offset, first, factor, samples);
      };
    });
  }
  if (!objective.action) return shards;
  for (const bool end : {false, true}) {
    add(Shard::Part::boundary, [&](Index first) -> Shard::Draw {
      return [&slice = end ? sources.last() : sources.first(), sign = end ? -1.0 : 1.0, first, strata, factor](
                 core::Rng& rng, double, PathSamples& samples) {
        draw_boundary(rng, slice, sign, first, strata, factor, samples);
      };
    });
  }
  return shards;
}

LossParts total(const std::vector<Shard>& shards) {
  LossParts sum;
  for (const auto& shard : shards) sum += shard.parts();
  return sum;
}

}  // namespace instar::am
