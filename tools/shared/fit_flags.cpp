#include "shared/fit_flags.hpp"

#include <charconv>
#include <cmath>

#include "core/error.hpp"
#include "core/time_label.hpp"
#include "io/mass_table.hpp"
#include "shared/fit_cells.hpp"

namespace instar::tools {
namespace {

std::vector<double> masses_from_uns(const Embedding& embedding, const std::string& key) {
  const auto masses = embedding.file.uns_numbers(key);
  const std::size_t expected = embedding.snapshots.times.size();
  if (!masses || masses->size() != expected)
    throw DataError({embedding.file.path(), "uns/" + key},
                    "expected " + std::to_string(expected) + " numbers, one mass for each time in order, found " +
                        (masses ? std::to_string(masses->size()) : "none"),
                    masses ? "" : "store them there, or give a file of times and masses (--mass file:PATH)");
  return *masses;
}

double parse_growth_scale(const std::string& word) {
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size())
    throw UsageError("--growth-scale: expected a positive number or auto, found '" + word + "'");
  return value;
}

}  // namespace

void FitFlags::add_cells(cli::Command& command) {
  command.section("Cells");
  command.option("-t,--time-key", embedding.time_key, "KEY", "column of obs that holds the time");
  command.required("--time-key");
  command.option("--basis", embedding.basis, "KEY", "embedding in obsm, or X for the matrix itself");
  command.option("--dims", embedding.dims, "D", "use the first D dimensions (0: all)");
  command.at_least("--dims", 0);
  command.choice("--scale", scale,
                 {{"global", "all divided by the largest standard deviation"},
                  {"whiten", "every dimension to unit variance"},
                  {"none", "as they are"}},
                 "scaling before anything is fitted");
  command.flag("--scale-with-all", options.scale_with_all,
               "held-out cells enter centre and scale (published protocols)");
  command.times("--exclude-times", excluded, "leave these times out of the fit");
  command.flag("--drop-missing-times", embedding.drop_missing_times, "leave cells without a time out");
}

void FitFlags::add_coupling(cli::Command& command) {
  command.option(
      "--growth-scale", growth_scale, "DELTA",
      "distance scale, in scaled units, at which growth replaces motion: cells further apart than 3.14 DELTA are never "
      "joined; or auto");
  command.option("--mass", options.mass, "RULE",
                 "population size at each time: uniform (growth is relative), cells (cell numbers), uns:KEY, or "
                 "file:PATH (lines of time "
                 "and mass)");
  command.option("--coupling-blur", options.coupling_blur, "EPS",
                 "entropic blur of the couplings as a fraction of the mean cost; 0: exact");
}

void FitFlags::add_to(cli::Command& command) {
  add_cells(command);
  command.section("Method");
  command.choice("--method", options.method,
                 {{"uam", "velocity and growth"},
                  {"am", "velocity only"},
                  {"eam", "velocity among noise of known --sigma"},
                  {"ueam", "velocity and growth among noise"}},
                 "what is learned");
  command.option("--sigma", options.sigma, "S", "noise of eam and ueam, scaled units per root of time");
  command.option("--path", path, "PATH",
                 "between neighbouring times: wfr (optimal, mass may grow and die; for uam and ueam unless given), ot "
                 "(optimal, balanced, entropic with --sigma; for am and eam), linear (independent pairs) or snapshots "
                 "(nothing; ten times or more)");
  command.option("--estimator", estimator, "WORD",
                 "conditional, action (noisier; what snapshots need), or auto: what the path allows");
  add_coupling(command);
  command.section("Network and training");
  command.option("--steps", options.steps, "N", "training steps");
  command.option("--batch", options.batch, "N", "samples per interval and step");
  command.option("--width", options.width, "W", "units in a hidden layer");
  command.option("--depth", options.depth, "L", "hidden layers");
  command.option("--learning-rate", options.learning_rate, "R", "peak of the cosine schedule");
  command.option("--warmup", options.warmup, "N", "first steps, over which the learning rate rises");
  command.option("--ema", options.ema, "E", "decay of the averaged parameters that are kept; 0: the last ones");
  command.option("--clip", options.clip, "G", "largest gradient norm; 0: no clipping");
  command.option("--time-scale", options.time_scale, "S",
                 "time enters the network on [0, S]; smaller is smoother in time");
  command.option("--time-smoothness", options.time_smoothness, "MU",
                 "penalty on velocity and growth changing in time, in units of time squared");
  command.option("--ensemble", options.ensemble, "N", "networks of seeds S, S+1, ...; their mean predicts");
  command.flag("--early-stop", options.early_stop, "stop by the loss of a tenth of the cells, kept back");
}

am::FitOptions FitFlags::resolve(const Embedding& data, const cli::Context& context) const {
  am::FitOptions resolved = options;
  const std::string place = place_of_times(data.file.path(), embedding.time_key);
  resolved.exclude_times = core::times_in_unit("--exclude-times", excluded, data.times.unit, place);
  require_times("--exclude-times", resolved.exclude_times, data.snapshots.times, data.file.path());
  resolved.scale = am::parse_scale_kind(scale);
  if (!path.empty()) resolved.path = am::parse_path_kind(path);
  if (estimator != "auto") resolved.estimator = estimator;
  if (growth_scale != "auto") resolved.growth_scale = parse_growth_scale(growth_scale);
  if (options.mass.starts_with("uns:")) {
    resolved.given_masses = masses_from_uns(data, options.mass.substr(4));
  } else if (options.mass.starts_with("file:")) {
    resolved.given_masses = io::read_mass_table(options.mass.substr(5), data.snapshots.times, data.times.unit, place);
  } else if (options.mass != "uniform" && options.mass != "cells") {
    throw UsageError("--mass: expected uniform, cells, uns:KEY or file:PATH, found '" + options.mass + "'");
  }
  resolved.seed = static_cast<std::uint64_t>(context.common.seed);
  resolved.validate();
  return resolved;
}

void record_choices(core::Facts& resolved, const am::FitOptions& options, double growth_scale) {
  if (!options.exclude_times.empty()) resolved["exclude-times"] = options.exclude_times;
  resolved["path"] = am::to_string(options.resolved_path());
  resolved["estimator"] = std::string(options.uses_action() ? "action" : "conditional");
  resolved["growth-scale"] = std::isfinite(growth_scale) ? core::Value(growth_scale) : core::Value(std::string("none"));
}

}  // namespace instar::tools
