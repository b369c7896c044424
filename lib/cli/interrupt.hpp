#pragma once

#include <csignal>
#include <string>

namespace instar::cli {

/// While it lives, the first SIGINT or SIGTERM ends nothing but is remembered, so that work can be saved. The second
/// one does what it did before. Signals that the process ignores (nohup) stay ignored. One at a time.
class InterruptScope {
 public:
  InterruptScope();
  ~InterruptScope();
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;

  int signal() const;                               ///< that came, or 0
  int exit_code() const { return 128 + signal(); }  ///< 130 or 143, as shells have it
};

/// While it lives, SIGINT or SIGTERM prints a line on standard error and then does what it did before: for work that
/// cannot be saved. Signals that the process ignores stay ignored. One at a time, and none beside an InterruptScope.
class InterruptNote {
 public:
  explicit InterruptNote(const std::string& line);
  ~InterruptNote();
  void say(const std::string& line);  ///< from now on. From one thread at a time
  InterruptNote(const InterruptNote&) = delete;
  InterruptNote& operator=(const InterruptNote&) = delete;
};

}  // namespace instar::cli
