#pragma once

#include <string>

namespace instar::core {

/// Where the library says what it is doing. The library never prints: a tool passes a Reporter that does.
/// Long functions take `Reporter& reporter`; `silent()` is the one that says nothing.
class Reporter {
 public:
  virtual ~Reporter() = default;
  /// Something the user should know though the work goes on.
  virtual void warning(const std::string& text) { static_cast<void>(text); }
  /// A fact worth a line in a normal run.
  virtual void info(const std::string& text) { static_cast<void>(text); }
  /// A detail, shown with -v.
  virtual void detail(const std::string& text) { static_cast<void>(text); }
  /// Work done so far of a phase; may be called often, the sink decides what to show.
  /// @param done, total in any unit; @param note a few words shown beside it (`loss 0.123`)
  virtual void progress(const std::string& phase, double done, double total, const std::string& note = "") {
    static_cast<void>(phase), static_cast<void>(done), static_cast<void>(total), static_cast<void>(note);
  }
};

/// A Reporter that says nothing.
inline Reporter& silent() {
  static Reporter reporter;
  return reporter;
}

}  // namespace instar::core
