#pragma once

#include <csignal>

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

}  // namespace instar::cli
