// instar-score: how far predicted cells are from observed ones.
#include <cmath>
#include <iostream>

#include "am/scaling.hpp"
#include "cli/command.hpp"
#include "core/error.hpp"
#include "core/time_label.hpp"
#include "io/json.hpp"
#include "shared/embedding.hpp"
#include "shared/fit_cells.hpp"
#include "shared/fitted_model.hpp"
#include "shared/score_input.hpp"
#include "shared/score_metrics.hpp"

using namespace instar;

namespace {

struct Flags {
  std::string predicted;
  std::string truth;
  std::optional<std::string> time;
  std::string time_key;
  std::string basis;
  std::int64_t dims = 0;
  std::string scale_from;
  tools::MetricRequest metrics;
};

void add_flags(cli::Command& command, Flags& flags) {
  command.input(flags.predicted, "PREDICTED", "h5ad file of predicted cells; obs[weight] counts where there is one");
  command.input(flags.truth, "TRUTH", "h5ad file of observed cells");
  command.option("--time", flags.time, "T", "the time to compare (not given: all times that both files have)");
  command.option(
      "-t,--time-key", flags.time_key, "KEY",
      "column of TRUTH's obs that holds the time; empty: the one noted by instar-prep or instar-pca, else time");
  command.section("Coordinates");
  command.option("--basis", flags.basis, "KEY",
                 "embedding in obsm, or X for the matrix; empty: the one both files have");
  command.option("--dims", flags.dims, "D", "compare the first D dimensions; 0: as many as PREDICTED has");
  command.at_least("--dims", 0);
  command.option("--scale-from", flags.scale_from, "MODEL",
                 "centre and scale both clouds as this model does; empty: coordinates as they are");
  command.section("Metrics");
  command.option("--metrics", flags.metrics.metrics, "LIST",
                 "some of w1, w2, mmd, energy, mass; for clouds too large for the exact w1 and w2: sliced_w1, "
                 "sliced_w2 (means over directions), w1_bounds, w2_bounds (columns w1_lower, w1_upper: between them "
                 "lies the exact value)");
  command.option("--projections", flags.metrics.projections, "N", "directions of the sliced distances");
  command.at_least("--projections", 1);
  command.option("--mmd-gamma", flags.metrics.mmd_gamma, "G", "mmd unbiased, with the one kernel exp(-G d^2)");
  command.with_json();
  command.with_threads();
}

/// One line of the result.
struct Score {
  double time = 0;
  Index n_pred = 0;
  Index n_true = 0;
  tools::NamedValues values;
};

std::optional<double> relative_mass_error(const io::H5adFile& predicted, double time, Index cells) {
  const auto mass = tools::predicted_mass(predicted, time);
  const auto truth = tools::true_mass(predicted, cells);
  if (!mass || !truth) return std::nullopt;
  return std::abs(*mass - *truth) / *truth;
}

void print(const std::vector<Score>& scores, const std::string& scale, Index dims, bool json) {
  if (json) {
    io::Json all = io::Json::array();
    io::Json one = io::Json::object();
    for (const Score& score : scores) {
      one = io::Json::object();
      one.set("time", score.time).set("n_pred", std::int64_t{score.n_pred}).set("n_true", std::int64_t{score.n_true});
      for (const auto& [name, value] : score.values) one.set(name, value ? io::Json(*value) : io::Json());
      one.set("scale", scale).set("dims", std::int64_t{dims});
      all.push(one);
    }
    std::cout << (scores.size() == 1 ? one : all).text() << '\n';
    return;
  }
  std::cout << "time\tn_pred\tn_true";
  for (const auto& entry : scores.front().values) std::cout << '\t' << entry.first;
  std::cout << "\tscale\tdims\n";
  for (const Score& score : scores) {
    std::cout << core::format_number(score.time) << '\t' << score.n_pred << '\t' << score.n_true;
    for (const auto& entry : score.values)
      std::cout << '\t' << (entry.second ? core::format_number(*entry.second) : "NA");
    std::cout << '\t' << scale << '\t' << dims << '\n';
  }
}

std::vector<double> times_to_compare(const Flags& flags, const tools::ScoreInput& predicted,
                                     const tools::ScoreInput& truth, core::Reporter& reporter) {
  const auto listed = [](const std::vector<double>& times) {
    std::string text;
    for (const double t : times) text += (text.empty() ? "" : ", ") + core::format_number(t);
    return text;
  };
  const auto& there = predicted.snapshots.times;
  const auto& here = truth.snapshots.times;
  std::vector<double> times, unseen;
  if (flags.time) {
    const std::string& unit = truth.unit.empty() ? predicted.unit : truth.unit;
    times = core::times_in_unit("--time", core::parse_time_list(*flags.time), unit, flags.truth);
    if (times.size() != 1) throw UsageError("--time: expected one time, found '" + *flags.time + "'");
    tools::require_times("--time", times, there, flags.predicted);
    tools::require_times("--time", times, here, flags.truth);
    return times;
  }
  for (const double t : there) (core::find_time(here, t) >= 0 ? times : unseen).push_back(t);
  if (times.empty())
    throw DataError({flags.predicted},
                    "no time in common with " + flags.truth + ": " + listed(there) + " and " + listed(here));
  if (!unseen.empty()) reporter.info("not compared, for " + flags.truth + " has no cells then: time " + listed(unseen));
  return times;
}

int run(const Flags& flags, cli::Context& context) {
  flags.metrics.validate();
  const io::H5adFile predicted_file(flags.predicted);
  const io::H5adFile truth_file(flags.truth);
  if (tools::is_prediction(truth_file) && !tools::is_prediction(predicted_file))
    throw UsageError(flags.truth + ": expected observed cells second, found the output of instar-predict; " +
                     "give the predicted file first");
  std::optional<tools::FittedModel> model;
  std::optional<am::Scaling> scaling;
  std::string basis = flags.basis;
  if (!flags.scale_from.empty()) {
    model = tools::read_model(flags.scale_from);
    if (!basis.empty() && basis != model->model.basis)
      throw UsageError("--basis " + basis + ": the model of --scale-from was fitted on " + model->model.basis +
                       ", its scale has no meaning here");
    basis = model->model.basis;
    scaling = model->model.scaling;
  }
  if (basis.empty()) basis = tools::common_basis(predicted_file, truth_file);
  const auto predicted =
      tools::read_score_input(predicted_file, basis, tools::predicted_time_key(predicted_file, flags.time_key), true);
  const auto truth =
      tools::read_score_input(truth_file, basis, tools::true_time_key(truth_file, flags.time_key), false);

  if (!predicted.unit.empty() && !truth.unit.empty() && predicted.unit != truth.unit)
    throw DataError(
        {flags.predicted},
        "expected times in the unit of " + flags.truth + " (" + truth.unit + "s), found " + predicted.unit + "s",
        "convert one of the two columns");
  const Index dims = flags.dims > 0 ? flags.dims : scaling ? scaling->center.size() : predicted.snapshots.dims();
  const Index needed = scaling ? std::max(dims, scaling->center.size()) : dims;
  for (const auto& [file, input] : {std::pair{&predicted_file, &predicted}, std::pair{&truth_file, &truth}})
    if (input->snapshots.dims() < needed)
      throw DataError(
          {file->path(), tools::basis_path(basis)},
          "expected " + std::to_string(needed) + " dimensions, found " + std::to_string(input->snapshots.dims()),
          "compare fewer (--dims), or what both files have");
  if (scaling && dims > scaling->center.size())
    throw UsageError("--dims: the model of --scale-from has " + std::to_string(scaling->center.size()) + " dimensions");
  if (model) tools::warn_of_other_coordinates(*model, truth_file, truth.snapshots, context.reporter);

  std::vector<Score> scores;
  for (const double time : times_to_compare(flags, predicted, truth, context.reporter)) {
    const auto at = [&](const tools::ScoreInput& input) {
      return tools::cloud_at(input, static_cast<std::size_t>(core::find_time(input.snapshots.times, time)), dims,
                             scaling);
    };
    const math::Cloud there = at(predicted), here = at(truth);
    const auto mass_error = [&] { return relative_mass_error(predicted_file, time, here.points.rows()); };
    scores.push_back({time, there.points.rows(), here.points.rows(),
                      tools::measured(flags.metrics, there, here, mass_error, context.reporter)});
  }
  print(scores, scaling ? am::to_string(scaling->kind) : "none", dims, context.common.json);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  cli::Command command("instar-score");
  command.describe(
      "Compares predicted with observed cells: exact W1 and W2 (Euclidean, weighted, network simplex on all pairs), "
      "squared MMD (mean over RBF kernels of gamma 2, 1, .5, .1, .01, .005), energy distance, and the relative error "
      "of the total mass, which instar-predict notes in its output.");
  command.describe(
      "Distances are in the units of the file unless --scale-from names a model. A table goes to standard output; with "
      "--json an object, or an array where several times are compared.");
  add_flags(command, flags);
  command.example("instar score pred.h5ad pca.h5ad --time 2", "one held-out time");
  command.example("instar score pred.h5ad pca.h5ad --scale-from model.instar --metrics w1 --json",
                  "exact W1 in the model's units, for programs");
  return command.run(argc, argv, [&](cli::Context& context) { return run(flags, context); });
}
