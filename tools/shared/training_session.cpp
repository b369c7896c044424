#include "shared/training_session.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "am/checkpoint.hpp"
#include "cli/text.hpp"
#include "core/error.hpp"
#include "io/json.hpp"
#include "io/output.hpp"
#include "io/record_file.hpp"
#include "shared/naming.hpp"

namespace instar::tools {
namespace {

[[noreturn]] void refuse_log(const std::string& path) {
  throw DataError({path}, std::string("cannot be written: ") + std::strerror(errno));
}

}  // namespace

void TrainingFlags::add_to(cli::Command& command) {
  command.section("While it trains");
  command.option("--log", log, "FILE", "write a JSON line for every step");
  command.option("--checkpoint", checkpoint, "FILE", "save training here, and on SIGINT and SIGTERM");
  command.option("--checkpoint-every", checkpoint_every, "N", "steps between two checkpoints");
  command.at_least("--checkpoint-every", 1);
  command.option("--resume", resume, "FILE", "go on from a checkpoint, to the same bytes");
}

TrainingSession::TrainingSession(const TrainingFlags& flags, const cli::Context& context)
    : flags_(flags), context_(context) {
  std::int64_t steps = 0;
  if (flags_.resume) {
    resumed_ = io::read_record(*flags_.resume);
    steps = naming({*flags_.resume}, [&] { return am::checkpoint_steps(*resumed_); });
  }
  if (flags_.target()) io::check_writable(*flags_.target());
  if (flags_.log) open_log(steps);
}

/// A log that is resumed goes on where the checkpoint was: what came after it is done again. It is cut, not written
/// anew, so that a process killed here leaves what the checkpoint stands on.
void TrainingSession::open_log(std::int64_t lines_kept) {
  const std::string& path = *flags_.log;
  std::uintmax_t kept = 0;
  if (lines_kept > 0) {
    std::ifstream old(path);
    std::string line;
    for (std::int64_t i = 0; i < lines_kept && std::getline(old, line) && !old.eof(); ++i) kept += line.size() + 1;
  }
  std::error_code failure;
  if (kept > 0) std::filesystem::resize_file(path, kept, failure);
  errno = 0;
  log_.open(path, kept > 0 && !failure ? std::ios::app : std::ios::trunc);
  if (!log_) refuse_log(path);
}

void TrainingSession::flush_log() {
  errno = 0;
  if (log_.is_open() && !log_.flush()) refuse_log(*flags_.log);
}

void TrainingSession::write_log(const am::StepReport& report) {
  const double now = watch_->seconds();
  io::Json line = io::Json::object();
  line.set("step", report.step);
  if (options_.ensemble > 1) line.set("member", report.member);
  line.set("loss", report.loss).set("kinetic", report.kinetic).set("growth", report.growth);
  if (options_.time_smoothness > 0) line.set("smoothness", report.smoothness);
  line.set("gradient_norm", report.gradient_norm).set("learning_rate", report.learning_rate);
  line.set("cells_per_second", static_cast<double>(report.samples) / (now - last_step_));
  if (report.validation) line.set("validation_loss", *report.validation);
  last_step_ = now;
  errno = 0;
  log_ << line.text(0) << '\n';
  if (now - last_flush_ > 1) {  // so that it can be followed
    log_.flush();
    last_flush_ = now;
  }
  if (!log_) refuse_log(*flags_.log);
}

am::FitResult TrainingSession::run(am::FitProblem problem, const am::FitOptions& options) {
  watch_.emplace();
  options_ = options;
  am::TrainHooks hooks;
  if (resumed_) hooks.resume = &*resumed_;
  if (flags_.log) hooks.after_step = [this](const am::StepReport& report) { write_log(report); };
  const cli::InterruptScope interrupts;
  hooks.stop = [&] { return interrupts.signal() != 0; };
  if (const auto target = flags_.target()) {
    hooks.save = [this, target](const core::Record& record) {
      flush_log();  // a checkpoint never knows of steps that its log does not
      io::write_record(*target, record);
    };
    hooks.save_every = flags_.checkpoint_every;
  }
  am::FitResult result = naming({flags_.resume.value_or("")},
                                [&] { return am::train(std::move(problem), options, context_.reporter, hooks); });
  if (!result.finished) exit_code_ = interrupts.exit_code();
  if (log_.is_open()) {
    log_.close();
    if (!log_) refuse_log(*flags_.log);
  }
  return result;
}

int TrainingSession::leave(const am::FitResult& result, const am::FitOptions& options) const {
  // As it was called: the tools need not be on the PATH.
  std::string command = context_.program + context_.command_line.substr(context_.command_line.find(' '));
  const auto drop = [&](const std::string& text) {
    if (const auto at = command.find(text); at != std::string::npos) command.erase(at, text.size());
  };
  if (flags_.resume) {
    drop(" --resume " + cli::shell_quote(*flags_.resume));
    drop(" " + cli::shell_quote("--resume=" + *flags_.resume));
  }
  const std::string where = "interrupted after " + std::to_string(result.steps) + " of " +
                            std::to_string(options.steps * options.ensemble) + " steps; ";
  context_.reporter.warning(where + (flags_.target()
                                         ? "go on with: " + command + " --resume " + cli::shell_quote(*flags_.target())
                                         : "nothing was kept; with --checkpoint FILE it would be, to go on from"));
  return exit_code_;
}

}  // namespace instar::tools
