#include "am/predict.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "am/field.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/rng.hpp"
#include "core/time_label.hpp"
#include "core/weights.hpp"
#include "math/sde.hpp"

namespace instar::am {
namespace {

using core::format_number;

constexpr std::uint32_t kStartStream = 0x9e1;
constexpr std::uint32_t kResampleStream = 0x9e2;
constexpr std::uint32_t kNoiseStream = 0x9e3;
/// Particles that share their step sizes; fixed, so that results do not depend on threads.
constexpr Index kChunkRows = 512;

/// Particles of one origin at one or more targets.
struct Cloud {
  double origin_time = 0;
  double origin_mass = 1;
  std::vector<Index> origin;        ///< [n]
  std::vector<Matrix> coordinates;  ///< per target [n, d]
  std::vector<Vector> weight;       ///< per target [n]

  double mass(std::size_t target) const { return origin_mass * weight[target].mean(); }
};

class Predictor {
 public:
  Predictor(const Model& model, const core::Snapshots& snapshots, const PredictOptions& options)
      : model_(model), weights_(network_weights(model)), snapshots_(snapshots), options_(options) {}

  /// Position among the training times of the latest one before `target` (or the first).
  std::size_t previous(double target) const {
    std::size_t at = 0;
    while (at + 1 < model_.times.size() && model_.times[at + 1] < target) ++at;
    return at;
  }

  double origin_of(double target) const {
    switch (options_.start.kind) {
      case Start::Kind::first:
        return model_.times.front();
      case Start::Kind::at:
        return options_.start.time;
      default:
        return model_.times[previous(target)];
    }
  }

  Cloud run(double origin_time, const std::vector<double>& targets) const {
    Cloud cloud;
    cloud.origin_time = origin_time;
    cloud.origin_mass = core::mass_at(model_.times, model_.masses, origin_time);
    cloud.origin = start_cells(origin_time);
    const Index n = static_cast<Index>(cloud.origin.size());
    const Index d = model_.dims();
    const Matrix start = model_.to_network(core::take_rows(snapshots_.coordinates, cloud.origin));
    if (!start.allFinite())
      throw DataError({"", "time " + format_number(origin_time)},
                      "expected finite coordinates of the start cells, found NaN or Inf");
    cloud.coordinates.assign(targets.size(), Matrix(n, d));
    cloud.weight.assign(targets.size(), Vector(n));
    for (double target : targets)
      if (model_.sigma > 0 && target < origin_time)
        throw UsageError("a model with noise (--method " + model_.method + ") predicts forwards only, and time " +
                         format_number(target) + " lies before its start " + format_number(origin_time) +
                         "; choose --from previous or first");
    std::vector<double> taus;
    for (double target : targets) taus.push_back(network_time(target));
    core::parallel_chunks(n, kChunkRows, [&](Index begin, Index end) {
      Matrix state = Matrix::Zero(end - begin, d + 1);  // position, log weight
      state.leftCols(d) = start.middleRows(begin, end - begin);
      integrate_chunk(std::move(state), network_time(origin_time), taus, begin, cloud);
    });
    return cloud;
  }

 private:
  double network_time(double time) const { return (time - model_.times.front()) / model_.time_unit; }

  std::vector<Index> start_cells(double time) const {
    const Index at = core::find_time(snapshots_.times, time);
    if (at < 0) throw UsageError("there are no cells at time " + format_number(time) + " to start from");
    std::vector<Index> cells = snapshots_.cells[static_cast<std::size_t>(at)];
    const auto wanted = static_cast<std::size_t>(options_.cells);
    if (wanted > 0 && wanted < cells.size()) {
      core::Rng rng(options_.seed, kStartStream, static_cast<std::uint64_t>(at));
      for (std::size_t i = 0; i < wanted; ++i)
        std::swap(cells[i],
                  cells[i + static_cast<std::size_t>(rng.below(static_cast<std::int64_t>(cells.size() - i)))]);
      cells.resize(wanted);
      std::sort(cells.begin(), cells.end());
    }
    return cells;
  }

  void integrate_chunk(Matrix state, double tau0, const std::vector<double>& taus, Index first, Cloud& cloud) const {
    const Index n = state.rows();
    const Index d = model_.dims();
    const double lambda = model_.lambda();
    Field field(model_, weights_, n);
    const auto system = [&](double tau, const Matrix& y, Matrix& dy) {
      field.at(tau, y.leftCols(d));
      dy.leftCols(d) = field.velocity();
      dy.col(d) = lambda * field.potential();
    };
    const auto keep = [&](Index k, const Matrix& y) {
      const auto target = static_cast<std::size_t>(k);
      cloud.coordinates[target].middleRows(first, n) = model_.from_network(y.leftCols(d));
      cloud.weight[target].segment(first, n) = y.col(d).array().exp();
    };
    if (model_.sigma == 0) {
      math::integrate(system, tau0, std::move(state), taus, options_.ode, keep);
      return;
    }
    core::Rng rng(options_.seed, kNoiseStream, static_cast<std::uint64_t>(first));
    math::integrate_noisy(system, {model_.network_sigma(), d, 1.0 / kNoiseSteps}, tau0, std::move(state), taus, rng,
                          keep);
  }

  const Model& model_;
  std::vector<nn::Weights> weights_;
  const core::Snapshots& snapshots_;
  const PredictOptions& options_;
};

/// Collects clouds into one table.
class Table {
 public:
  Table(const Model& model, const PredictOptions& options) : model_(model), options_(options) {}

  /// Appends a cloud's rows at one target, weights times `factor`.
  void append(const Cloud& cloud, std::size_t target, double time, double factor) {
    const Index n = cloud.weight[target].size();
    std::vector<Index> rows(static_cast<std::size_t>(n));
    std::iota(rows.begin(), rows.end(), Index{0});
    Vector weight = cloud.weight[target] * factor;
    if (options_.resample) {
      rows = systematic(weight);
      weight.setConstant(weight.mean());
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
      result_.time.push_back(time);
      result_.origin.push_back(cloud.origin[static_cast<std::size_t>(rows[i])]);
      result_.origin_time.push_back(cloud.origin_time);
      weights_.push_back(weight(static_cast<Index>(i)));
    }
    positions_.push_back(core::take_rows(cloud.coordinates[target], rows));
  }

  void close_target(double time, double mass) {
    const auto rows = static_cast<Index>(weights_.size());
    const Index first = result_.totals.empty() ? 0 : result_.totals.back().first_row + result_.totals.back().rows;
    result_.totals.push_back({time, mass, first, rows - first});
  }

  Prediction finish() {
    const auto n = static_cast<Index>(weights_.size());
    result_.weight = Eigen::Map<const Vector>(weights_.data(), n);
    result_.coordinates.resize(n, model_.dims());
    Index at = 0;
    for (const auto& part : positions_) {
      result_.coordinates.middleRows(at, part.rows()) = part;
      at += part.rows();
    }
    result_.growth.resize(n);
    result_.potential.resize(n);
    result_.velocity.resize(n, model_.dims());
    if (model_.ensemble > 1) {
      result_.growth_spread.resize(n);
      result_.velocity_spread.resize(n);
    }
    for (const auto& total : result_.totals) {
      const auto values = evaluate(model_, total.time, result_.coordinates.middleRows(total.first_row, total.rows));
      result_.growth.segment(total.first_row, total.rows) = values.growth;
      result_.potential.segment(total.first_row, total.rows) = values.potential;
      result_.velocity.middleRows(total.first_row, total.rows) = values.velocity;
      if (model_.ensemble == 1) continue;
      result_.growth_spread.segment(total.first_row, total.rows) = values.growth_spread;
      result_.velocity_spread.segment(total.first_row, total.rows) = values.velocity_spread;
    }
    return std::move(result_);
  }

 private:
  /// As many rows as there are weights, row i about n w_i / sum(w) times, in order.
  std::vector<Index> systematic(const Vector& weight) const {
    core::Rng rng(options_.seed, kResampleStream, result_.time.size());
    const double step = weight.sum() / static_cast<double>(weight.size());
    double at = rng.uniform() * step;
    double sum = 0;
    std::vector<Index> rows;
    for (Index i = 0; i < weight.size(); ++i) {
      sum += weight(i);
      for (; at < sum && static_cast<Index>(rows.size()) < weight.size(); at += step) rows.push_back(i);
    }
    while (static_cast<Index>(rows.size()) < weight.size()) rows.push_back(weight.size() - 1);
    return rows;
  }

  const Model& model_;
  const PredictOptions& options_;
  Prediction result_;
  std::vector<double> weights_;
  std::vector<Matrix> positions_;
};

void check_targets(const Model& model, const PredictOptions& options) {
  const double first = model.times.front();
  const double last = model.times.back();
  const double slack = 1e-9 * (last - first);
  for (double target : options.times)
    if (!options.extrapolate && (target < first - slack || target > last + slack))
      throw UsageError("time " + format_number(target) + " is outside the fitted times, " + format_number(first) +
                       " to " + format_number(last) + "; add --extrapolate if you mean it");
  const auto& start = options.start;
  if (start.kind == Start::Kind::at && !options.extrapolate &&
      (start.time < first - slack || start.time > last + slack))
    throw UsageError("the start " + format_number(start.time) + " is outside the fitted times, " +
                     format_number(first) + " to " + format_number(last) + "; add --extrapolate if you mean it");
}

/// Targets on either side of one origin, in the order of integration.
void predict_same_cells(const Predictor& predictor, const std::vector<double>& targets, Table& table) {
  const double origin = predictor.origin_of(targets.front());
  const auto split = std::lower_bound(targets.begin(), targets.end(), origin) - targets.begin();
  const std::vector<double> before(targets.rend() - split, targets.rend());  // latest first
  const std::vector<double> after(targets.begin() + split, targets.end());
  const Cloud backward = predictor.run(origin, before);
  const Cloud forward = predictor.run(origin, after);
  for (std::size_t k = 0; k < targets.size(); ++k) {
    const bool back = k < before.size();
    const Cloud& cloud = back ? backward : forward;
    const std::size_t at = back ? before.size() - 1 - k : k - before.size();
    table.append(cloud, at, targets[k], 1);
    table.close_target(targets[k], cloud.mass(at));
  }
}

void predict_between(const Model& model, const Predictor& predictor, double target, Table& table) {
  const std::size_t k = predictor.previous(target);
  const double before = model.times[k];
  const double after = model.times[std::min(k + 1, model.times.size() - 1)];
  const double share = std::clamp((after - target) / (after - before), 0.0, 1.0);
  const Cloud forward = predictor.run(before, {target});
  const Cloud backward = predictor.run(after, {target});
  const double mass = share * forward.mass(0) + (1 - share) * backward.mass(0);
  // In cells of the earliest start that has rows, so that weights mean what they mean one-sided, 1 at a fitted time.
  const Cloud& counted = share > 0 ? forward : backward;
  const double total = mass / counted.origin_mass * static_cast<double>(counted.origin.size());
  if (share > 0) table.append(forward, 0, target, share * total / forward.weight[0].sum());
  if (share < 1) table.append(backward, 0, target, (1 - share) * total / backward.weight[0].sum());
  table.close_target(target, mass);
}

void tell_of_few_cells(const core::Snapshots& snapshots, std::int64_t wanted, const Prediction& prediction,
                       core::Reporter& reporter) {
  const std::set<double> origins(prediction.origin_time.begin(), prediction.origin_time.end());
  for (const double time : origins) {
    const auto& cells = snapshots.cells[static_cast<std::size_t>(core::find_time(snapshots.times, time))];
    if (static_cast<std::int64_t>(cells.size()) < wanted)
      reporter.info("--cells: time " + format_number(time) + " has " + std::to_string(cells.size()) +
                    " cells to start from, fewer than the " + std::to_string(wanted) + " asked for; all are taken");
  }
}

/// Says where trajectories have outrun the data: errors of the field compound over long ways, and weights with them.
void warn_of_runaways(const Model& model, const Prediction& prediction, core::Reporter& reporter) {
  const auto [least, most] = std::minmax_element(model.masses.begin(), model.masses.end());
  std::vector<double> doubtful;
  std::string last;  // what is wrong at the last of them: the way is longest there
  for (const auto& total : prediction.totals) {
    core::EffectiveCount effective;
    for (const double weight : prediction.weight.segment(total.first_row, total.rows)) effective.add(weight);
    if (effective.few())
      last = "few cells carry all the weight (" + core::format_short(effective.value()) + " effective of " +
             std::to_string(total.rows) + ")";
    else if (core::beyond_fitted(total.mass, model.masses))
      last = "the relative mass " + core::format_short(total.mass) + " is far from those fitted, " +
             core::format_short(*least) + " to " + core::format_short(*most);
    else
      continue;
    doubtful.push_back(total.time);
  }
  if (doubtful.empty()) return;
  const std::string advice = "; the way is long for this model: start nearer (--from previous or between), and doubt ";
  if (doubtful.size() == 1)
    reporter.warning("time " + format_number(doubtful.front()) + ": " + last + advice + "this time");
  else
    reporter.warning(std::to_string(doubtful.size()) + " of " + std::to_string(prediction.totals.size()) +
                     " times, from " + format_number(doubtful.front()) + " to " + format_number(doubtful.back()) +
                     ", are doubtful: at " + format_number(doubtful.back()) + " " + last + advice + "these times");
}

}  // namespace

void warn_of_strangers(const Model& model, const core::Snapshots& snapshots, core::Reporter& reporter) {
  for (std::size_t k = 0; k < model.times.size(); ++k) {
    const Index at = core::find_time(snapshots.times, model.times[k]);
    if (at < 0 || model.snapshot_means.rows() == 0) continue;
    const auto& cells = snapshots.cells[static_cast<std::size_t>(at)];
    const Matrix y = model.to_network(core::take_rows(snapshots.coordinates, cells).leftCols(model.dims()));
    const double miss = (y.colwise().mean() - model.snapshot_means.row(static_cast<Index>(k))).norm();
    const double dims = std::sqrt(static_cast<double>(model.dims()));
    // Cells have spread one a dimension in these units; a sample of n of them moves its mean by 1 / sqrt(n).
    if (miss <= dims * (0.1 + 4 / std::sqrt(static_cast<double>(cells.size())))) continue;
    reporter.warning("the cells at time " + format_number(model.times[k]) +
                     " are not where they were when the model was fitted; is " + model.basis +
                     " the same embedding? (computed again, it is another one)");
    return;
  }
}

Start parse_start(const std::string& word, const std::string& unit, const std::string& place) {
  if (word == "previous") return {Start::Kind::previous, 0};
  if (word == "first") return {Start::Kind::first, 0};
  if (word == "between") return {Start::Kind::between, 0};
  core::TimeLabel label;
  try {
    label = core::parse_time_label(word);
  } catch (const UsageError&) {
    throw UsageError("--from: expected previous, first, between or a time to start from, found '" + word + "'");
  }
  return {Start::Kind::at, core::times_in_unit("--from", {label}, unit, place).front()};
}

std::string to_string(const Start& start) {
  switch (start.kind) {
    case Start::Kind::previous:
      return "previous";
    case Start::Kind::first:
      return "first";
    case Start::Kind::between:
      return "between";
    case Start::Kind::at:
      break;
  }
  return format_number(start.time);
}

void PredictOptions::validate() const {
  if (times.empty()) throw UsageError("no time to predict: give --times or --grid");
  if (cells < 0) throw UsageError("--cells must not be negative");
  if (same_cells && start.kind == Start::Kind::between)
    throw UsageError(
        "--paths follows the same cells through all times, which --from between does not; choose another start");
  if (same_cells && resample)
    throw UsageError("--paths follows cells, which --resample replaces by others; leave one of them out");
  ode.validate();
}

Prediction predict(const Model& model, const core::Snapshots& snapshots, const PredictOptions& options,
                   core::Reporter& reporter) {
  options.validate();
  check_targets(model, options);
  if (model.sigma > 0 && options.ode.solver == math::OdeOptions::Solver::rk4)
    throw UsageError("--solver rk4 is for models without noise; leave it out for --method " + model.method);
  const Predictor predictor(model, snapshots, options);
  Table table(model, options);
  std::vector<double> targets = options.times;
  std::sort(targets.begin(), targets.end());
  targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
  // One start for all targets: integrated once, in order. Otherwise every target has its own.
  if (options.same_cells || options.start.kind == Start::Kind::first || options.start.kind == Start::Kind::at) {
    predict_same_cells(predictor, targets, table);
  } else {
    for (std::size_t k = 0; k < targets.size(); ++k) {
      reporter.progress("predicting", static_cast<double>(k), static_cast<double>(targets.size()));
      if (options.start.kind == Start::Kind::between) {
        predict_between(model, predictor, targets[k], table);
      } else {
        const Cloud cloud = predictor.run(predictor.origin_of(targets[k]), {targets[k]});
        table.append(cloud, 0, targets[k], 1);
        table.close_target(targets[k], cloud.mass(0));
      }
    }
  }
  Prediction prediction = table.finish();
  warn_of_runaways(model, prediction, reporter);
  tell_of_few_cells(snapshots, options.cells, prediction, reporter);
  return prediction;
}

}  // namespace instar::am
