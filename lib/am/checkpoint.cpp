#include "am/checkpoint.hpp"

#include <cmath>

#include "core/error.hpp"
#include "core/fingerprint.hpp"
#include "core/record_reader.hpp"
#include "core/time_label.hpp"

namespace instar::am {
namespace {

constexpr std::int64_t kCheckpointVersion = 1;
const std::string kIdentity = "checkpoint.fit.";

std::string data_digest(const FitProblem& problem) {
  core::Fingerprint fingerprint;
  for (double time : problem.model.times) fingerprint.add(time);
  for (double mass : problem.model.masses) fingerprint.add(mass);
  fingerprint.add(problem.model.snapshot_means);  // in double precision, which the cells are not
  for (const auto* intervals : {&problem.intervals, &problem.validation}) {
    for (const auto& interval : *intervals) {
      fingerprint.add(*interval.source);
      fingerprint.add(*interval.target);
    }
  }
  for (const auto* slices : {&problem.slices, &problem.validation_slices})
    for (const auto& slice : *slices) fingerprint.add(*slice.cells);
  return fingerprint.text();
}

std::string shown(const core::Value& value) {
  return std::visit(
      [](const auto& v) -> std::string {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, bool>) return v ? "true" : "false";
        if constexpr (std::is_same_v<T, std::int64_t>) return std::to_string(v);
        if constexpr (std::is_same_v<T, double>) return core::format_number(v);
        if constexpr (std::is_same_v<T, std::string>) return v;
        if constexpr (std::is_same_v<T, std::vector<double>>) {
          std::string list;
          for (double number : v) list += (list.empty() ? "" : ",") + core::format_number(number);
          return list.empty() ? "none" : list;
        }
        return "a list";
      },
      value);
}

void check_identity(const core::Record& record, const core::Facts& identity) {
  for (const auto& [name, value] : identity) {
    const auto found = record.facts.find(kIdentity + name);
    if (found != record.facts.end() && found->second == value) continue;
    if (name == "data")
      throw DataError({"", "checkpoint"}, "expected a checkpoint of this data, found one of other data",
                      "resume with the file and the times that it was made with, or start anew");
    throw DataError({"", "checkpoint"},
                    "expected a checkpoint with --" + name + " " + shown(value) + ", found one with " +
                        (found == record.facts.end() ? "none" : shown(found->second)),
                    "resume with the options that it was made with, or start anew");
  }
}

core::RecordReader reader(const core::Record& record) { return {record, "a checkpoint", "instar-fit --checkpoint"}; }

}  // namespace

core::Facts fit_identity(const FitProblem& problem, const FitOptions& options) {
  core::Facts facts;
  facts["method"] = options.method;
  facts["path"] = to_string(options.resolved_path());
  facts["scale"] = to_string(options.scale);
  facts["scale-with-all"] = options.scale_with_all;
  facts["growth-scale"] = problem.model.growth_scale;
  facts["mass"] = options.mass;
  facts["exclude-times"] = options.exclude_times;
  facts["steps"] = options.steps;
  facts["batch"] = options.batch;
  facts["width"] = options.width;
  facts["depth"] = options.depth;
  facts["learning-rate"] = options.learning_rate;
  facts["warmup"] = options.warmup;
  facts["ema"] = options.ema;
  facts["clip"] = options.clip;
  facts["time-scale"] = options.time_scale;
  facts["coupling-blur"] = options.coupling_blur;
  facts["early-stop"] = options.early_stop;
  facts["estimator"] = std::string(options.uses_action() ? "action" : "conditional");
  facts["sigma"] = options.sigma;
  facts["time-smoothness"] = options.time_smoothness;
  facts["ensemble"] = options.ensemble;
  facts["seed"] = static_cast<std::int64_t>(options.seed);
  facts["data"] = data_digest(problem);
  return facts;
}

core::Record to_record(const TrainState& state, const core::Facts& identity) {
  core::Record record;
  record.facts["checkpoint.version"] = kCheckpointVersion;
  for (const auto& [name, value] : identity) record.facts[kIdentity + name] = value;
  record.facts["checkpoint.step"] = state.step;
  record.facts["checkpoint.total"] = state.total;
  record.facts["checkpoint.finished_loss"] = state.finished_loss;
  record.facts["checkpoint.late_loss"] = state.late_loss;
  record.facts["checkpoint.best_loss"] = state.best_loss;
  record.facts["checkpoint.looks_since_best"] = state.looks_since_best;
  record.tensors["adam.parameters"] = core::tensor_of(state.adam.parameters);
  record.tensors["adam.average"] = core::tensor_of(state.adam.average);
  record.tensors["adam.first_moment"] = core::tensor_of(state.adam.first_moment);
  record.tensors["adam.second_moment"] = core::tensor_of(state.adam.second_moment);
  record.tensors["finished.parameters"] = core::tensor_of(state.finished);
  record.tensors["best.parameters"] = core::tensor_of(state.best);
  return record;
}

std::int64_t checkpoint_steps(const core::Record& record) {
  const auto from = reader(record);
  if (from.fact<std::int64_t>("checkpoint.version") > kCheckpointVersion)
    throw DataError({"", "checkpoint.version"}, "expected a checkpoint of version 1, found a newer one",
                    "use the instar that wrote it");
  return from.fact<std::int64_t>("checkpoint.total");
}

TrainState train_state_from(const core::Record& record, const core::Facts& identity, Index parameters) {
  const std::int64_t total = checkpoint_steps(record);
  check_identity(record, identity);
  const auto from = reader(record);
  const auto whole = static_cast<std::int64_t>(parameters);
  TrainState state(from.numbers<float>("adam.parameters", whole));
  state.total = total;
  state.step = state.adam.steps = from.fact<std::int64_t>("checkpoint.step");
  state.finished = from.numbers<float>("finished.parameters");
  if (static_cast<std::int64_t>(state.finished.size()) % whole != 0)
    throw DataError({"", "finished.parameters"}, "expected whole networks of " + std::to_string(whole) +
                                                     " numbers, found " + std::to_string(state.finished.size()));
  state.finished_loss = from.fact<double>("checkpoint.finished_loss");
  state.adam.average = from.numbers<float>("adam.average", whole);
  state.adam.first_moment = from.numbers<float>("adam.first_moment", whole);
  state.adam.second_moment = from.numbers<float>("adam.second_moment", whole);
  state.late_loss = from.fact<double>("checkpoint.late_loss");
  state.best_loss = from.fact<double>("checkpoint.best_loss");
  state.looks_since_best = from.fact<std::int64_t>("checkpoint.looks_since_best");
  state.best = from.numbers<float>("best.parameters", std::isfinite(state.best_loss) ? whole : 0);
  return state;
}

}  // namespace instar::am
