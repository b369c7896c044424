#include <cmath>

#include "am/checkpoint.hpp"
#include "am/fit.hpp"
#include "am/shard.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/time_label.hpp"
#include "nn/adam.hpp"

namespace instar::am {
namespace {

constexpr std::uint32_t kSampleStream = 0x5a3;
constexpr std::uint32_t kValidationStream = 0x5a4;
/// How --early-stop looks: samples per interval, looks in a whole training, and how many in a row may bring nothing.
constexpr Index kValidationSamples = 1024;
constexpr std::int64_t kLooks = 50;
constexpr std::int64_t kPatience = 10;

std::vector<IntervalSampler> make_samplers(std::vector<Interval>& intervals) {
  std::vector<IntervalSampler> samplers;
  samplers.reserve(intervals.size());
  for (auto& interval : intervals) samplers.emplace_back(std::move(interval));
  return samplers;
}

class Trainer {
 public:
  Trainer(FitProblem& problem, const FitOptions& options, const TrainHooks& hooks)
      : options_(options),
        hooks_(hooks),
        identity_(fit_identity(problem, options)),
        samplers_(make_samplers(problem.intervals)),
        validation_samplers_(make_samplers(problem.validation)),
        state_(nn::initial_parameters(problem.model.shape, options.seed)) {
    const Model& model = problem.model;
    if (hooks.resume != nullptr)
      state_ = train_state_from(*hooks.resume, identity_, static_cast<Index>(state_.adam.parameters.size()));
    Objective objective;
    objective.lambda = model.lambda();
    const double time_factor = model.time_scale * model.time_unit / (model.times.back() - model.times.front());
    shards_ = make_shards(model.shape, objective, samplers_, options.batch, time_factor);
    validation_ = make_shards(model.shape, objective, validation_samplers_, kValidationSamples, time_factor);
    for (const auto& shard : shards_) gradients_.push_back(shard.gradient().data());
    adam_options_.ema = options.ema;
    adam_options_.clip = options.clip;
  }

  /// One step. @throws NumericError
  StepReport step() {
    run_shards();
    const LossParts parts = total(shards_);
    StepReport report;
    report.step = state_.step;
    report.loss = parts.loss;
    report.kinetic = parts.kinetic;
    report.growth = parts.growth;
    report.learning_rate = nn::cosine_schedule(state_.step, options_.steps, options_.learning_rate, options_.warmup);
    report.gradient_norm = nn::adam_step(state_.adam, gradients_, report.learning_rate, adam_options_);
    for (const auto& shard : shards_) report.samples += shard.rows();
    if (!std::isfinite(report.loss) || !std::isfinite(report.gradient_norm))
      throw NumericError("training",
                         std::string(std::isfinite(report.loss) ? "gradient" : "loss") +
                             " is no longer finite at step " + std::to_string(state_.step),
                         "lower --learning-rate or set --clip 1");
    const std::int64_t late_steps = std::max<std::int64_t>(1, options_.steps / 10);
    if (state_.step >= options_.steps - late_steps) state_.late_loss += report.loss / static_cast<double>(late_steps);
    ++state_.step;
    if (options_.early_stop) look_at_validation(report);
    return report;
  }

  bool finished() const { return state_.step >= options_.steps || state_.looks_since_best >= kPatience; }
  bool due_for_save() const { return hooks_.save && hooks_.save_every > 0 && state_.step % hooks_.save_every == 0; }
  void save() const {
    if (hooks_.save) hooks_.save(to_record(state_, identity_));
  }
  std::int64_t steps() const { return state_.step; }
  double loss() const { return options_.early_stop ? state_.best_loss : state_.late_loss; }
  std::vector<float> parameters() const { return options_.early_stop ? state_.best : current(); }

 private:
  const std::vector<float>& current() const { return options_.ema > 0 ? state_.adam.average : state_.adam.parameters; }

  void run_shards() {
    const auto count = static_cast<Index>(shards_.size());
    core::parallel_for(count, [&](Index s) {
      const auto substream =
          static_cast<std::uint64_t>(state_.step) * static_cast<std::uint64_t>(count) + static_cast<std::uint64_t>(s);
      shards_[static_cast<std::size_t>(s)].run(state_.adam.parameters.data(),
                                               core::Rng(options_.seed, kSampleStream, substream));
    });
  }

  /// Every look sees the same samples, so that looks can be compared.
  void look_at_validation(StepReport& report) {
    const std::int64_t every = std::max<std::int64_t>(1, options_.steps / kLooks);
    if (state_.step % every != 0 && state_.step != options_.steps) return;
    core::parallel_for(static_cast<Index>(validation_.size()), [&](Index s) {
      validation_[static_cast<std::size_t>(s)].look(
          current().data(), core::Rng(options_.seed, kValidationStream, static_cast<std::uint64_t>(s)));
    });
    const double loss = total(validation_).loss;
    report.validation = loss;
    ++state_.looks_since_best;
    if (!(loss < state_.best_loss)) return;
    state_.best_loss = loss;
    state_.best = current();
    state_.looks_since_best = 0;
  }

  const FitOptions& options_;
  const TrainHooks& hooks_;
  core::Facts identity_;
  std::vector<IntervalSampler> samplers_;
  std::vector<IntervalSampler> validation_samplers_;
  std::vector<Shard> shards_;
  std::vector<Shard> validation_;
  std::vector<const float*> gradients_;
  nn::AdamOptions adam_options_;
  TrainState state_;
};

}  // namespace

FitResult train(FitProblem problem, const FitOptions& options, core::Reporter& reporter, const TrainHooks& hooks) {
  Trainer trainer(problem, options, hooks);
  FitResult result;
  while (!trainer.finished()) {
    const StepReport report = trainer.step();
    if (hooks.after_step) hooks.after_step(report);
    reporter.progress("training", static_cast<double>(trainer.steps()), static_cast<double>(options.steps),
                      "loss " + core::format_short(report.loss));
    const bool stopped = !trainer.finished() && hooks.stop && hooks.stop();
    if (stopped || trainer.due_for_save()) trainer.save();
    if (stopped) {
      result.finished = false;
      break;
    }
  }
  result.model = std::move(problem.model);
  result.model.parameters = trainer.parameters();
  result.loss = trainer.loss();
  result.steps = trainer.steps();
  return result;
}

}  // namespace instar::am
