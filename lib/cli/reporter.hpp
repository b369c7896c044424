#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "core/reporter.hpp"

namespace instar::cli {

/// Messages of a tool on standard error: `instar-fit: warning: ...`. Information unless quiet, details with -v.
/// On a terminal progress is one live line; elsewhere (a log) a line now and then, so that short work leaves none.
/// A note of progress that ends in `/s` (`cells/s`) gets the rate before it: how much is done in a second of the phase.
/// Nothing is coloured, and control characters in messages are escaped. May be called from any thread.
class StderrReporter : public core::Reporter {
 public:
  /// Where text goes and what is known about that place; tests pass their own.
  struct Sink {
    std::function<void(std::string_view)> write;
    std::function<double()> seconds;  ///< a steady clock
    bool terminal = false;
    int columns = 80;
  };

  explicit StderrReporter(std::string name);  ///< writes on standard error
  StderrReporter(std::string name, Sink sink);
  ~StderrReporter() override;
  StderrReporter(const StderrReporter&) = delete;
  StderrReporter& operator=(const StderrReporter&) = delete;

  void set_level(bool quiet, int verbose);

  void error(const std::string& text);  ///< printed even with -q
  void warning(const std::string& text) override;
  void info(const std::string& text) override;
  void detail(const std::string& text) override;
  void progress(const std::string& phase, double done, double total, const std::string& note = "") override;
  void line(const std::string& text);  ///< `text` as it stands, without the tool's name

 private:
  void print(const std::string& prefix, const std::string& text);
  void erase_live_line();

  std::mutex mutex_;
  std::string name_;
  Sink sink_;
  bool quiet_ = false;
  int verbose_ = 0;
  bool live_ = false;  ///< a progress line stands on the terminal
  std::string phase_;
  double phase_start_ = 0;
  double phase_share_ = 0;  ///< done when the phase was first heard of
  double last_shown_ = 0;
};

}  // namespace instar::cli
