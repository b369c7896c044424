#include "cli/reporter.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

#include "cli/resources.hpp"
#include "cli/text.hpp"

namespace instar::cli {
namespace {

constexpr double kTerminalPause = 0.1;  ///< seconds between redraws
constexpr double kLogPause = 30;        ///< seconds between lines in a log

/// An estimate deserves no decimals.
std::string rough_time(double seconds) {
  const double whole = std::round(seconds);
  return whole < 100 ? std::to_string(static_cast<int>(whole)) + " s" : format_seconds(whole);
}

/// Three digits of it: 41900, 318, 2.57.
std::string rate(double per_second) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3g", per_second);
  if (per_second < 999.5) return text.data();
  // Without an exponent.
  std::snprintf(text.data(), text.size(), "%.0f", std::strtod(text.data(), nullptr));
  return text.data();
}

StderrReporter::Sink standard_error() {
  StderrReporter::Sink sink;
  // One write per message, so that messages of several processes on one terminal or log do not mix.
  sink.write = [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); };
  sink.seconds = [watch = Stopwatch()] { return watch.seconds(); };
  const char* term = std::getenv("TERM");
  sink.terminal = isatty(STDERR_FILENO) == 1 && term != nullptr && std::string_view(term) != "dumb";
  winsize size{};
  if (sink.terminal && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) sink.columns = size.ws_col;
  return sink;
}

}  // namespace

StderrReporter::StderrReporter(std::string name) : StderrReporter(std::move(name), standard_error()) {}

StderrReporter::StderrReporter(std::string name, Sink sink) : name_(std::move(name)), sink_(std::move(sink)) {}

StderrReporter::~StderrReporter() { erase_live_line(); }

void StderrReporter::set_level(bool quiet, int verbose) {
  const std::lock_guard lock(mutex_);
  quiet_ = quiet;
  verbose_ = verbose;
}

void StderrReporter::erase_live_line() {
  if (live_) sink_.write("\r\x1b[K");
  live_ = false;
}

void StderrReporter::print(const std::string& prefix, const std::string& text) {
  erase_live_line();
  sink_.write(prefix + printable(text) + "\n");
}

void StderrReporter::error(const std::string& text) {
  const std::lock_guard lock(mutex_);
  print(name_ + ": error: ", text);
}

void StderrReporter::warning(const std::string& text) {
  const std::lock_guard lock(mutex_);
  print(name_ + ": warning: ", text);
}

void StderrReporter::info(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (!quiet_) print(name_ + ": ", text);
}

void StderrReporter::detail(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (verbose_ > 0) print(name_ + ": ", text);
}

void StderrReporter::line(const std::string& text) {
  const std::lock_guard lock(mutex_);
  print("", text);
}

void StderrReporter::progress(const std::string& phase, double done, double total, const std::string& note) {
  const std::lock_guard lock(mutex_);
  if (quiet_) return;
  const double now = sink_.seconds();
  const double share = total > 0 ? std::clamp(done / total, 0.0, 1.0) : 0;
  if (phase != phase_) {
    phase_ = phase;
    phase_start_ = now;
    phase_share_ = share;
    // A terminal shows a new phase at once, a log only if it takes long.
    last_shown_ = sink_.terminal ? now - kTerminalPause : now;
  }
  if (share >= 1) {
    erase_live_line();
    phase_.clear();
    return;
  }
  if (now - last_shown_ < (sink_.terminal ? kTerminalPause : kLogPause)) return;
  last_shown_ = now;

  std::string text = name_ + ": " + phase + " " + std::to_string(static_cast<int>(std::floor(share * 100))) + " %";
  const double elapsed = now - phase_start_;
  // Work that goes on from a checkpoint was not all done in this time.
  const double gone = share - phase_share_;
  const bool wants_rate = note.ends_with("/s");
  if (wants_rate && gone > 0 && elapsed > 0) text += ", " + rate(gone * total / elapsed) + " " + note;
  if (!wants_rate && !note.empty()) text += ", " + note;
  if (gone > 0 && elapsed > 2) text += ", " + rough_time(elapsed * (1 - share) / gone) + " left";
  text = printable(text);
  if (!sink_.terminal) {
    sink_.write(text + "\n");
    return;
  }
  // A line that wraps could not be erased.
  text.resize(std::min(text.size(), static_cast<std::size_t>(std::max(1, sink_.columns - 1))));
  sink_.write("\r\x1b[K" + text);
  live_ = true;
}

}  // namespace instar::cli
