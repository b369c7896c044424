#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "am/block_coupling.hpp"
#include "am/cell_groups.hpp"
#include "am/fit.hpp"
#include "core/error.hpp"
#include "core/rng.hpp"
#include "core/time_label.hpp"

namespace instar::am {
namespace {

using core::format_number;

constexpr std::uint32_t kSplitStream = 0x5a5;
/// Mixtures of fewer times than this are no course.
constexpr std::size_t kFewestSlices = 10;
constexpr std::int64_t kPairsPerCell = 100;  // about what a thinned coupling keeps

// Of as many cells as make blocks, a fit draws about once from each: so much fewer partners are kept of them, not below
// two. A side with fewer cells in a block than these says too little of its population.
constexpr Index kFewerPartners = 32;
constexpr Index kFewestInBlock = 500;

/// The part of the snapshots that is fitted.
struct Training {
  std::vector<double> times;
  std::vector<std::vector<Index>> cells;
  std::vector<double> masses;
};

std::vector<bool> excluded_times(const core::Snapshots& snapshots, const std::vector<double>& exclude) {
  std::vector<bool> excluded(snapshots.times.size(), false);
  for (double time : exclude) {
    const Index at = core::find_time(snapshots.times, time);
    if (at < 0) {
      std::string list;
      for (double t : snapshots.times) list += (list.empty() ? "" : ", ") + format_number(t);
      throw UsageError("--exclude-times: there are no cells at time " + format_number(time) + "; the times are " +
                       list);
    }
    excluded[static_cast<std::size_t>(at)] = true;
  }
  return excluded;
}

double mass_of(const core::Snapshots& snapshots, const FitOptions& options, std::size_t k) {
  double mass = 1;
  if (options.mass == "cells") {
    mass = static_cast<double>(snapshots.cells[k].size());
  } else if (!options.given_masses.empty()) {
    mass = options.given_masses[k];
  }
  if (!(mass > 0) || !std::isfinite(mass))
    throw DataError({"", options.mass}, "expected a positive mass for time " + format_number(snapshots.times[k]) +
                                            ", found " + format_number(mass));
  return mass;
}

Training select_training(const core::Snapshots& snapshots, const FitOptions& options) {
  const auto excluded = excluded_times(snapshots, options.exclude_times);
  Training training;
  for (std::size_t k = 0; k < snapshots.times.size(); ++k) {
    if (excluded[k]) continue;
    if (snapshots.cells[k].size() < 2)
      throw DataError({"", "time " + format_number(snapshots.times[k])}, "expected at least two cells, found one",
                      "leave this time out (--exclude-times " + format_number(snapshots.times[k]) + ")");
    training.times.push_back(snapshots.times[k]);
    training.cells.push_back(snapshots.cells[k]);
    training.masses.push_back(mass_of(snapshots, options, k));
  }
  if (training.times.size() < 2)
    throw DataError({"", "times"}, "expected at least two times to fit, found " + std::to_string(training.times.size()),
                    "name another time column (-t), or exclude fewer times");
  const double first = training.masses.front();
  for (double& mass : training.masses) mass /= first;
  return training;
}

/// Moves a tenth of each time's cells (at least two) out of `training`. @returns them, time by time
std::vector<std::vector<Index>> keep_back(Training& training, std::uint64_t seed) {
  std::vector<std::vector<Index>> kept;
  for (std::size_t k = 0; k < training.times.size(); ++k) {
    auto& cells = training.cells[k];
    const std::size_t count = std::max<std::size_t>(2, cells.size() / 10);
    if (cells.size() < count + 2)
      throw DataError({"", "time " + format_number(training.times[k])},
                      "expected at least four cells to keep some back, found " + std::to_string(cells.size()),
                      "leave --early-stop out");
    core::Rng rng(seed, kSplitStream, k);
    for (std::size_t i = 0; i < count; ++i)
      std::swap(cells[i], cells[i + static_cast<std::size_t>(rng.below(static_cast<std::int64_t>(cells.size() - i)))]);
    const auto end = cells.begin() + static_cast<std::ptrdiff_t>(count);
    kept.emplace_back(cells.begin(), end);
    cells.erase(cells.begin(), end);
    std::sort(kept.back().begin(), kept.back().end());
    std::sort(cells.begin(), cells.end());
  }
  return kept;
}

/// Groups 0 ... K - 1 are the training times', then K of the cells kept back, and last, where scaling looks at all
/// cells, those of no training time.
CellGroups make_groups(const core::Snapshots& snapshots, const Training& training,
                       const std::vector<std::vector<Index>>& kept_back, bool all) {
  CellGroups groups;
  groups.of_cell.assign(snapshots.cell_times.size(), -1);
  const auto add = [&](const std::vector<Index>& cells) {
    Index count = 0;
    for (const Index cell : cells) {
      auto& group = groups.of_cell[static_cast<std::size_t>(cell)];
      if (group >= 0) continue;
      group = static_cast<std::int32_t>(groups.sizes.size());
      ++count;
    }
    groups.sizes.push_back(count);
  };
  for (const auto& cells : training.cells) add(cells);
  for (const auto& cells : kept_back) add(cells);
  if (!all) return groups;
  std::vector<Index> others;
  for (const auto& cells : snapshots.cells) others.insert(others.end(), cells.begin(), cells.end());
  add(others);
  return groups;
}

double auto_growth_scale(double total_variance) { return kAutoGrowthFraction * std::sqrt(2 * total_variance); }

/// Walks through more pairs would take longer than most fits. Unblurred couplings of so many are refused.
bool in_blocks(Index n, Index m, const FitOptions& options) {
  const bool blurred = options.coupling_blur > 0 || (options.resolved_path() == PathKind::ot && options.sigma > 0);
  return n * m > options.pairs_walked && blurred &&
         std::min(n, m) / block_count(n, m, options.block_cells) >= std::min(kFewestInBlock, options.block_cells / 2);
}

/// Of a block; 0: all that matter.
Index block_partners(const FitOptions& options) {
  return options.coupling_partners == 0 ? 0 : std::max<Index>(2, options.coupling_partners / kFewerPartners);
}

Coupling couple(const Interval& interval, const FitOptions& options, core::Reporter& reporter) {
  CouplingOptions coupling;
  coupling.growth_scale = interval.growth_scale;
  coupling.blur = options.coupling_blur;
  const MatrixF& source = *interval.source;
  const MatrixF& target = *interval.target;
  const Index pairs = source.rows() * target.rows();
  // No more than all pairs, so that products with the number of cells do not overflow.
  coupling.partners = options.coupling_partners > 0 ? std::min<Index>(options.coupling_partners, pairs) : pairs;
  // Plans that are never held at once are sampled while they are solved; the work grows with the sample.
  if (pairs > coupling.pairs_at_once) coupling.partners = std::min(coupling.partners, CouplingOptions{}.partners);
  // The Schroedinger bridge's: cost |x-y|^2/2 with entropy sigma^2 Dt, written for the cost |x-y|^2.
  coupling.entropy = 2 * interval.sigma * interval.sigma * (interval.end - interval.begin);
  const auto masses = [](Index count, double total) {
    return Vector::Constant(count, total / static_cast<double>(count)).eval();
  };
  const auto solve = interval.path == PathKind::wfr ? unbalanced_coupling : balanced_coupling;
  if (in_blocks(source.rows(), target.rows(), options)) {
    const Index partners = block_partners(options);
    coupling.partners = partners > 0 ? partners : options.block_cells * options.block_cells;
    const auto couple_block = [&](const MatrixView& x, const VectorView& a, const MatrixView& y, const VectorView& b) {
      return solve(x, a, y, b, coupling, core::silent());
    };
    return block_coupling(source, interval.source_mass, target, interval.target_mass, options.block_cells, couple_block,
                          reporter);
  }
  return solve(source.cast<double>(), masses(source.rows(), interval.source_mass), target.cast<double>(),
               masses(target.rows(), interval.target_mass), coupling, reporter);
}

std::string describe(const Coupling& coupling, double begin, double end) {
  return "coupling " + format_number(begin) + " to " + format_number(end) + ": " +
         std::to_string(coupling.pairs.size()) + " pairs, blur " + core::format_short(coupling.blur) + " (mean cost " +
         core::format_short(coupling.mean_cost) + "), relative gap " + core::format_short(coupling.relative_gap) +
         " after " + std::to_string(coupling.iterations) + " iterations";
}

/// The cells of each time, of which `cells` holds the training times' one after the other.
std::vector<Slice> make_slices(const Model& model, const Training& training, std::span<const Cells> cells) {
  std::vector<Slice> slices;
  for (std::size_t k = 0; k < training.times.size(); ++k)
    slices.push_back({(training.times[k] - training.times.front()) / model.time_unit, training.masses[k], cells[k]});
  return slices;
}

/// The path through them.
std::vector<Interval> make_intervals(const Model& model, const Training& training, std::span<const Cells> cells,
                                     const FitOptions& options, core::Reporter& reporter) {
  std::vector<Interval> intervals;
  for (std::size_t k = 0; k + 1 < training.times.size(); ++k) {
    Interval interval;
    interval.begin = (training.times[k] - training.times.front()) / model.time_unit;
    interval.end = (training.times[k + 1] - training.times.front()) / model.time_unit;
    interval.source = cells[k];
    interval.target = cells[k + 1];
    interval.source_mass = training.masses[k];
    interval.target_mass = training.masses[k + 1];
    interval.path = options.resolved_path();
    interval.growth_scale = model.growth_scale / model.network_length;
    interval.sigma = model.network_sigma();
    reporter.progress("coupling", static_cast<double>(k), static_cast<double>(training.times.size() - 1));
    if (interval.path != PathKind::linear) {
      interval.coupling = couple(interval, options, reporter);
      reporter.detail(describe(interval.coupling, training.times[k], training.times[k + 1]));
    }
    intervals.push_back(std::move(interval));
  }
  return intervals;
}

/// Everything of the model that is known before training: scaling, growth scale, units.
Model untrained_model(const std::vector<Moments>& moments, const Training& training, const FitOptions& options) {
  Model model;
  model.method = options.method;
  model.path = to_string(options.resolved_path());
  model.times = training.times;
  model.masses = training.masses;
  model.mass = options.mass;
  model.excluded = options.exclude_times;

  const std::size_t times = training.times.size();
  const Moments trained = together(moments, 0, times);
  const Moments scaled = options.scale_with_all ? together(moments, 0, moments.size()) : trained;
  model.scaling = make_scaling(scaled.mean, scaled.squares / scaled.count, options.scale);
  const Vector& scale = model.scaling.scale;
  const double variance = (trained.squares.array() / scale.array().square()).sum() / trained.count;
  if (!(variance > 0)) throw DataError({"", "coordinates"}, "expected cells that differ, found all at one place");
  const Index dims = scale.size();
  model.network_center = ((trained.mean - model.scaling.center).array() / scale.array()).matrix();
  model.network_length = std::sqrt(variance / static_cast<double>(dims));
  if (!options.has_growth()) {
    model.growth_scale = std::numeric_limits<double>::infinity();
    model.growth_scale_rule = "no growth in " + options.method;
  } else {
    model.growth_scale = options.growth_scale ? *options.growth_scale : auto_growth_scale(variance);
    model.growth_scale_rule = options.growth_scale ? "given" : "auto";
  }
  model.time_unit = (model.times.back() - model.times.front()) / static_cast<double>(model.times.size() - 1);
  model.sigma = options.sigma;
  model.shape.dims = dims;
  set_network(model, options);
  model.snapshot_means.resize(static_cast<Index>(times), dims);
  for (std::size_t k = 0; k < times; ++k)
    model.snapshot_means.row(static_cast<Index>(k)) = model.to_network(moments[k].mean.transpose());
  return model;
}

}  // namespace

double auto_growth_scale(const Matrix& scaled, const std::vector<Index>& rows) {
  Vector mean = Vector::Zero(scaled.cols());
  for (const Index row : rows) mean += scaled.row(row).transpose();
  mean /= static_cast<double>(rows.size());
  double squares = 0;
  for (const Index row : rows) squares += (scaled.row(row).transpose() - mean).squaredNorm();
  return auto_growth_scale(squares / static_cast<double>(rows.size()));
}

void set_network(Model& model, const FitOptions& options) {
  model.time_scale = options.time_scale;
  model.shape = {model.shape.dims, options.width, options.depth};
}

namespace {

/// Estimate of what the couplings take, all of them with their places in the samplers and the largest while it is
/// solved.
std::int64_t coupling_bytes(const Training& training, Index dims, const FitOptions& options) {
  std::int64_t solving = 0;
  std::int64_t kept = 0;
  for (std::size_t k = 0; k + 1 < training.cells.size(); ++k) {
    const auto n = static_cast<Index>(training.cells[k].size());
    const auto m = static_cast<Index>(training.cells[k + 1].size());
    const bool blocks = in_blocks(n, m, options);
    const Index count = blocks ? block_count(n, m, options.block_cells) : 1;
    const Index cells = (n + m) / count;
    const Index pairs = n * m / (count * count);
    // The kernel in single precision; beyond what is solved in one piece that of a sample, sums by blocks, sampled
    // pairs. The cells in double precision.
    const Index kernel =
        pairs <= CouplingOptions{}.pairs_at_once ? pairs * Index{sizeof(float)} : 100'000'000 + 4'000 * cells;
    solving = std::max(solving, kernel + cells * dims * Index{sizeof(double)});
    const Index partners = blocks ? block_partners(options) : kPairsPerCell;
    kept += std::min(pairs * count, partners > 0 ? partners * (n + m) : pairs * count);
  }
  return solving + kept * 36;
}

}  // namespace

FitPlan plan_fit(const core::Snapshots& snapshots, core::RowBlocks& coordinates, const FitOptions& options) {
  options.validate();
  Training training = select_training(snapshots, options);
  std::vector<std::vector<Index>> kept_back;
  if (options.early_stop) kept_back = keep_back(training, options.seed);
  const CellGroups groups = make_groups(snapshots, training, kept_back, options.scale_with_all);
  const Model model = untrained_model(group_moments(coordinates, groups), training, options);
  FitPlan plan;
  plan.times = training.times;
  plan.growth_scale = model.growth_scale;
  plan.growth_scale_rule = model.growth_scale_rule;
  const std::int64_t network = nn::MlpShape{coordinates.cols(), options.width, options.depth}.parameters();
  plan.parameters = options.ensemble * network;
  const auto intervals = static_cast<std::int64_t>(training.times.size()) - 1;
  const bool at_snapshots = options.resolved_path() == PathKind::snapshots;
  plan.rows_per_step = options.batch * (at_snapshots ? 1 : intervals) + (options.uses_action() ? 2 * options.batch : 0);
  // Coordinates once, in single precision; a row of a step with its activations,
  // tangents and their adjoints; a gradient per shard and the optimiser's five vectors.
  std::int64_t data = 0;
  for (const auto& cells : training.cells)
    data += static_cast<std::int64_t>(cells.size()) * coordinates.cols() * std::int64_t{sizeof(float)};
  const std::int64_t looks =
      1 + (options.time_smoothness > 0 ? 1 : 0) + (options.uses_action() && options.sigma > 0 ? 1 : 0);
  const std::int64_t rows =
      looks * plan.rows_per_step * options.width * (options.depth + 1) * 6 * std::int64_t{sizeof(float)};
  const std::int64_t vectors =
      network * (plan.rows_per_step / 128 + intervals + 5 + options.ensemble) * std::int64_t{sizeof(float)};
  plan.memory_bytes = data + rows + vectors + 30'000'000;
  if (options.resolved_path() != PathKind::linear && !at_snapshots)
    plan.memory_bytes += coupling_bytes(training, coordinates.cols(), options);
  return plan;
}

FitPlan plan_fit(const core::Snapshots& snapshots, const FitOptions& options) {
  core::DenseRowBlocks coordinates(snapshots.coordinates);
  return plan_fit(snapshots, coordinates, options);
}

FitProblem prepare_fit(const core::Snapshots& snapshots, core::RowBlocks& coordinates, const FitOptions& options,
                       core::Reporter& reporter) {
  options.validate();
  Training training = select_training(snapshots, options);
  std::vector<std::int64_t> numbers;
  for (const auto& cells : training.cells) numbers.push_back(static_cast<std::int64_t>(cells.size()));
  std::vector<std::vector<Index>> kept_back;
  if (options.early_stop) kept_back = keep_back(training, options.seed);
  CellGroups groups = make_groups(snapshots, training, kept_back, options.scale_with_all);

  FitProblem problem;
  problem.model = untrained_model(group_moments(coordinates, groups), training, options);
  problem.model.cells = std::move(numbers);
  const bool at_snapshots = options.resolved_path() == PathKind::snapshots;
  const std::size_t times = training.times.size();
  if (at_snapshots && times < kFewestSlices)
    throw DataError({"", "times"},
                    "expected at least " + std::to_string(kFewestSlices) +
                        " times for --path snapshots, which integrates over them, found " + std::to_string(times),
                    "use another --path, which says what is between them");
  if (options.scale_with_all) {  // the others were wanted for scaling only
    for (auto& group : groups.of_cell)
      if (group + 1 == static_cast<std::int32_t>(groups.sizes.size())) group = -1;
    groups.sizes.pop_back();
  }
  const std::vector<Cells> all = network_cells(coordinates, groups, problem.model);
  const auto cells = std::span(all).first(times);
  const auto kept = std::span(all).subspan(times);
  if (at_snapshots) {
    problem.slices = make_slices(problem.model, training, cells);
    if (options.early_stop) problem.validation_slices = make_slices(problem.model, training, kept);
    return problem;
  }
  problem.intervals = make_intervals(problem.model, training, cells, options, reporter);
  if (options.early_stop) problem.validation = make_intervals(problem.model, training, kept, options, core::silent());
  return problem;
}

FitProblem prepare_fit(const core::Snapshots& snapshots, const FitOptions& options, core::Reporter& reporter) {
  core::DenseRowBlocks coordinates(snapshots.coordinates);
  return prepare_fit(snapshots, coordinates, options, reporter);
}

}  // namespace instar::am
