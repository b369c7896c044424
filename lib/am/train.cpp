#include <algorithm>
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
constexpr std::uint32_t kTimeStream = 0x5a6;
/// How --early-stop looks: samples per interval, looks in a whole training, and how many in a row may bring nothing.
constexpr Index kValidationSamples = 1024;
constexpr std::int64_t kLooks = 50;
constexpr std::int64_t kPatience = 10;

[[noreturn]] void throw_not_finite(const std::string& quantity, std::int64_t step) {
  throw NumericError("training", quantity + " is no longer finite at step " + std::to_string(step),
                     "lower --learning-rate or set --clip 1");
}

Objective make_objective(const Model& model, const FitOptions& options) {
  const double span = model.times.back() - model.times.front();
  Objective objective;
  objective.action = options.uses_action();
  objective.lambda = model.lambda();
  objective.sigma = model.network_sigma();
  objective.smoothness = options.time_smoothness / (model.time_unit * model.time_unit);
  objective.time_factor = model.time_scale * model.time_unit / span;
  objective.middle_time = span / model.time_unit / 2;
  return objective;
}

class Trainer {
 public:
  Trainer(FitProblem& problem, const FitOptions& options, const TrainHooks& hooks)
      : options_(options),
        hooks_(hooks),
        identity_(fit_identity(problem, options)),
        shape_(problem.model.shape),
        sources_(std::move(problem.intervals), std::move(problem.slices)),
        validation_sources_(std::move(problem.validation), std::move(problem.validation_slices)),
        state_(nn::initial_parameters(shape_, options.seed)),
        weights_(shape_) {
    if (hooks.resume != nullptr) state_ = train_state_from(*hooks.resume, identity_, shape_.parameters());
    weights_.set(state_.adam.parameters.data());
    const Objective objective = make_objective(problem.model, options);
    shards_ = make_shards(shape_, objective, sources_, options.batch);
    if (options.early_stop) {
      Objective plain = objective;  // how well cells are met, not how smooth the network is
      plain.smoothness = 0;
      validation_ = make_shards(shape_, plain, validation_sources_, kValidationSamples);
    }
    for (const auto& shard : shards_) gradients_.push_back(shard.gradient().data());
    adam_options_.ema = options.ema;
    adam_options_.clip = options.clip;
  }

  /// One step, and where it was the last of a network the change to the next. @throws NumericError
  StepReport step() {
    run_shards();
    const LossParts parts = total(shards_);
    StepReport report;
    report.step = state_.step;
    report.member = member();
    report.loss = parts.loss;
    report.kinetic = parts.kinetic;
    report.growth = parts.growth;
    report.smoothness = parts.smoothness;
    report.learning_rate = nn::cosine_schedule(state_.step, options_.steps, options_.learning_rate, options_.warmup);
    report.gradient_norm =
        nn::adam_step(state_.adam, gradients_, report.learning_rate, adam_options_, weights_.pieces(),
                      [&](Index piece) { weights_.take(piece, state_.adam.parameters.data()); });
    for (const auto& shard : shards_) report.samples += shard.rows();
    if (!std::isfinite(report.loss) || !std::isfinite(report.gradient_norm))
      throw_not_finite(std::isfinite(report.loss) ? "gradient" : "loss", state_.step);
    const std::int64_t late_steps = std::max<std::int64_t>(1, options_.steps / 10);
    if (state_.step >= options_.steps - late_steps) state_.late_loss += report.loss / static_cast<double>(late_steps);
    ++state_.step;
    ++state_.total;
    if (options_.early_stop) look_at_validation(report);
    if (state_.step >= options_.steps || state_.looks_since_best >= kPatience) finish_network();
    return report;
  }

  bool finished() const { return member() == options_.ensemble; }
  bool due_for_save() const { return hooks_.save && hooks_.save_every > 0 && state_.total % hooks_.save_every == 0; }
  /// @throws NumericError instead of putting a spoiled checkpoint in the place of a good one
  void save() const {
    if (!hooks_.save) return;
    const auto& numbers = state_.adam.parameters;
    if (!std::all_of(numbers.begin(), numbers.end(), [](float p) { return std::isfinite(p); }))
      throw_not_finite("a parameter", state_.step - 1);
    hooks_.save(to_record(state_, identity_));
  }
  std::int64_t steps() const { return state_.total; }
  /// Steps that the networks so far could have taken: where the work stands though one stopped early.
  double progress() const { return static_cast<double>(member() * options_.steps + (finished() ? 0 : state_.step)); }
  double loss() const { return state_.finished_loss / static_cast<double>(options_.ensemble); }
  const std::vector<float>& parameters() const { return state_.finished; }

 private:
  std::int64_t member() const { return static_cast<std::int64_t>(state_.finished.size()) / shape_.parameters(); }
  std::uint64_t seed() const { return options_.seed + static_cast<std::uint64_t>(member()); }
  const std::vector<float>& current() const { return options_.ema > 0 ? state_.adam.average : state_.adam.parameters; }

  void run_shards() {
    const auto count = static_cast<Index>(shards_.size());
    const double offset = core::Rng(seed(), kTimeStream, static_cast<std::uint64_t>(state_.step)).uniform();
    core::parallel_for(count, [&](Index s) {
      const auto substream =
          static_cast<std::uint64_t>(state_.step) * static_cast<std::uint64_t>(count) + static_cast<std::uint64_t>(s);
      shards_[static_cast<std::size_t>(s)].run(weights_, core::Rng(seed(), kSampleStream, substream), offset);
    });
  }

  /// Every look sees the same samples, so that looks can be compared.
  void look_at_validation(StepReport& report) {
    const std::int64_t every = std::max<std::int64_t>(1, options_.steps / kLooks);
    if (state_.step % every != 0 && state_.step != options_.steps) return;
    const nn::Weights weights(shape_, current());
    core::parallel_for(static_cast<Index>(validation_.size()), [&](Index s) {
      validation_[static_cast<std::size_t>(s)].look(
          weights, core::Rng(options_.seed, kValidationStream, static_cast<std::uint64_t>(s)), 0.5);
    });
    const double loss = total(validation_).loss;
    if (!std::isfinite(loss)) throw_not_finite("the loss of the cells kept back", state_.step - 1);
    report.validation = loss;
    ++state_.looks_since_best;
    if (!(loss < state_.best_loss)) return;
    state_.best_loss = loss;
    state_.best = current();
    state_.looks_since_best = 0;
  }

  void finish_network() {
    const auto& result = options_.early_stop ? state_.best : current();
    std::vector<float> finished = std::move(state_.finished);
    finished.insert(finished.end(), result.begin(), result.end());
    const double loss = state_.finished_loss + (options_.early_stop ? state_.best_loss : state_.late_loss);
    const std::int64_t total_steps = state_.total;
    const auto next = static_cast<std::uint64_t>(static_cast<Index>(finished.size()) / shape_.parameters());
    state_ = TrainState(nn::initial_parameters(shape_, options_.seed + next));
    state_.finished = std::move(finished);
    state_.finished_loss = loss;
    state_.total = total_steps;
    weights_.set(state_.adam.parameters.data());
  }

  const FitOptions& options_;
  const TrainHooks& hooks_;
  core::Facts identity_;
  nn::MlpShape shape_;
  SampleSources sources_;
  SampleSources validation_sources_;
  std::vector<Shard> shards_;
  std::vector<Shard> validation_;
  std::vector<const float*> gradients_;
  nn::AdamOptions adam_options_;
  TrainState state_;
  nn::Weights weights_;  ///< of state_.adam.parameters
};

}  // namespace

FitResult train(FitProblem problem, const FitOptions& options, core::Reporter& reporter, const TrainHooks& hooks) {
  Trainer trainer(problem, options, hooks);
  FitResult result;
  const auto work = static_cast<double>(options.steps * options.ensemble);
  while (!trainer.finished()) {
    const StepReport report = trainer.step();
    if (hooks.after_step) hooks.after_step(report);
    reporter.progress("training", trainer.progress(), work, "loss " + core::format_short(report.loss));
    const bool stopped = !trainer.finished() && hooks.stop && hooks.stop();
    if (stopped || trainer.due_for_save()) trainer.save();
    if (stopped) {
      result.finished = false;
      break;
    }
  }
  result.model = std::move(problem.model);
  result.model.ensemble = static_cast<Index>(options.ensemble);
  result.model.parameters = trainer.parameters();
  result.loss = trainer.loss();
  result.steps = trainer.steps();
  return result;
}

}  // namespace instar::am
