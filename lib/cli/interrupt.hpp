#pragma once

#include <csignal>
#include <functional>
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
  /// Does work that changes what is to be said, and takes the line that it returns. A signal meanwhile takes effect
  /// behind it, so that the line is true whenever it is printed. By one thread at a time.
  void renew(const std::function<std::string()>& work);
  InterruptNote(const InterruptNote&) = delete;
  InterruptNote& operator=(const InterruptNote&) = delete;

 private:
  static void say(const std::string& line);
};

}  // namespace instar::cli
