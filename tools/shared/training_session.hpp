#pragma once

#include <fstream>
#include <optional>
#include <string>

#include "am/fit.hpp"
#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/resources.hpp"

namespace instar::tools {

/// The flags that watch over a training, as typed.
struct TrainingFlags {
  std::optional<std::string> log;
  std::optional<std::string> checkpoint;
  std::int64_t checkpoint_every = 500;
  std::optional<std::string> resume;

  void add_to(cli::Command& command);
  /// Where checkpoints go: --checkpoint, else the file resumed from.
  std::optional<std::string> target() const { return checkpoint ? checkpoint : resume; }
};

/// One training under these flags: writes the log and the checkpoints, reads the one to go on from, and turns SIGINT
/// and SIGTERM into a checkpoint, or where none was asked for into word of how to have one.
class TrainingSession {
 public:
  /// @throws DataError where a file cannot be read or written; before the work, not after it
  TrainingSession(const TrainingFlags& flags, const cli::Context& context);

  am::FitResult run(am::FitProblem problem, const am::FitOptions& options);
  /// What to say and return where training was interrupted.
  int leave(const am::FitResult& result, const am::FitOptions& options) const;

 private:
  void open_log(std::int64_t lines_kept);
  void write_log(const am::StepReport& report);
  void flush_log();

  const TrainingFlags& flags_;
  const cli::Context& context_;
  std::optional<core::Record> resumed_;
  am::FitOptions options_;
  std::ofstream log_;
  std::optional<cli::Stopwatch> watch_;
  double last_flush_ = 0;
  double last_step_ = 0;
  int exit_code_ = 0;
};

}  // namespace instar::tools
