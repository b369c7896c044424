#include "am/checkpoint.hpp"

#include <array>
#include <cmath>
#include <cstring>

#include "core/error.hpp"
#include "core/time_label.hpp"

namespace instar::am {
namespace {

constexpr std::int64_t kCheckpointVersion = 1;
const std::string kIdentity = "checkpoint.fit.";

/// FNV-1a, 64 bits, of numbers as they are in memory.
class Fingerprint {
 public:
  void add(double value) {
    std::array<unsigned char, sizeof value> bytes{};
    std::memcpy(bytes.data(), &value, sizeof value);
    for (const unsigned char byte : bytes) state_ = (state_ ^ byte) * 0x100000001b3ULL;
  }
  void add(const Matrix& values) {
    add(static_cast<double>(values.rows()));
    for (Index i = 0; i < values.size(); ++i) add(values.data()[i]);
  }
  std::string text() const {
    constexpr std::array<char, 17> kDigits{"0123456789abcdef"};
    std::string digits;
    for (int shift = 60; shift >= 0; shift -= 4) digits += kDigits[static_cast<std::size_t>(state_ >> shift & 15)];
    return digits;
  }

 private:
  std::uint64_t state_ = 0xcbf29ce484222325ULL;
};

std::string data_digest(const FitProblem& problem) {
  Fingerprint fingerprint;
  for (double time : problem.model.times) fingerprint.add(time);
  for (double mass : problem.model.masses) fingerprint.add(mass);
  for (const auto* intervals : {&problem.intervals, &problem.validation}) {
    for (const auto& interval : *intervals) {
      fingerprint.add(interval.source);
      fingerprint.add(interval.target);
    }
  }
  for (const auto* slices : {&problem.slices, &problem.validation_slices})
    for (const auto& slice : *slices) fingerprint.add(slice.cells);
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

[[noreturn]] void refuse(const std::string& name) {
  throw DataError({"", name}, "expected this entry in a checkpoint, found none of its type",
                  "the file was not written by instar-fit --checkpoint, or is damaged");
}

template <class T>
const T& fact(const core::Record& record, const std::string& name) {
  const auto found = record.facts.find(name);
  if (found == record.facts.end() || !std::holds_alternative<T>(found->second)) refuse(name);
  return std::get<T>(found->second);
}

std::vector<float> floats(const core::Record& record, const std::string& name, Index expected) {
  const auto found = record.tensors.find(name);
  if (found == record.tensors.end() || !std::holds_alternative<std::vector<float>>(found->second.data)) refuse(name);
  const auto& values = std::get<std::vector<float>>(found->second.data);
  if (static_cast<Index>(values.size()) != expected)
    throw DataError({"", name},
                    "expected " + std::to_string(expected) + " numbers, found " + std::to_string(values.size()));
  return values;
}

core::Tensor tensor_of(const std::vector<float>& values) {
  return {{static_cast<std::int64_t>(values.size())}, values};
}

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
  record.tensors["adam.parameters"] = tensor_of(state.adam.parameters);
  record.tensors["adam.average"] = tensor_of(state.adam.average);
  record.tensors["adam.first_moment"] = tensor_of(state.adam.first_moment);
  record.tensors["adam.second_moment"] = tensor_of(state.adam.second_moment);
  record.tensors["finished.parameters"] = tensor_of(state.finished);
  record.tensors["best.parameters"] = tensor_of(state.best);
  return record;
}

std::int64_t checkpoint_steps(const core::Record& record) {
  if (fact<std::int64_t>(record, "checkpoint.version") > kCheckpointVersion)
    throw DataError({"", "checkpoint.version"}, "expected a checkpoint of version 1, found a newer one",
                    "use the instar that wrote it");
  return fact<std::int64_t>(record, "checkpoint.total");
}

TrainState train_state_from(const core::Record& record, const core::Facts& identity, Index parameters) {
  const std::int64_t total = checkpoint_steps(record);
  check_identity(record, identity);
  TrainState state(floats(record, "adam.parameters", parameters));
  state.total = total;
  state.step = state.adam.steps = fact<std::int64_t>(record, "checkpoint.step");
  const auto finished = record.tensors.find("finished.parameters");
  if (finished == record.tensors.end() || finished->second.shape.size() != 1 ||
      finished->second.shape[0] % parameters != 0)
    refuse("finished.parameters");
  state.finished = floats(record, "finished.parameters", finished->second.shape[0]);
  state.finished_loss = fact<double>(record, "checkpoint.finished_loss");
  state.adam.average = floats(record, "adam.average", parameters);
  state.adam.first_moment = floats(record, "adam.first_moment", parameters);
  state.adam.second_moment = floats(record, "adam.second_moment", parameters);
  state.late_loss = fact<double>(record, "checkpoint.late_loss");
  state.best_loss = fact<double>(record, "checkpoint.best_loss");
  state.looks_since_best = fact<std::int64_t>(record, "checkpoint.looks_since_best");
  state.best = floats(record, "best.parameters", std::isfinite(state.best_loss) ? parameters : 0);
  return state;
}

}  // namespace instar::am
