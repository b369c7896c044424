#include "cli/reporter.hpp"

#include <doctest/doctest.h>

using namespace instar::cli;

namespace {

/// A reporter on a string, with a clock that the test turns.
struct Recorder {
  std::string text;
  double now = 0;

  StderrReporter::Sink sink(bool terminal, int columns = 80) {
    return {[this](std::string_view part) { text += part; }, [this] { return now; }, terminal, columns};
  }
};

}  // namespace

TEST_CASE("levels: quiet keeps warnings and errors, -v adds details") {
  const auto said = [](bool quiet, int verbose) {
    Recorder recorder;
    StderrReporter reporter("instar-fit", recorder.sink(false));
    reporter.set_level(quiet, verbose);
    reporter.error("e");
    reporter.warning("w");
    reporter.info("i");
    reporter.detail("d");
    return recorder.text;
  };
  CHECK(said(false, 0) == "instar-fit: error: e\ninstar-fit: warning: w\ninstar-fit: i\n");
  CHECK(said(true, 0) == "instar-fit: error: e\ninstar-fit: warning: w\n");
  CHECK(said(false, 1) == "instar-fit: error: e\ninstar-fit: warning: w\ninstar-fit: i\ninstar-fit: d\n");
}

TEST_CASE("a log gets a line of progress every half minute and none for short work") {
  Recorder recorder;
  StderrReporter reporter("instar-fit", recorder.sink(false));
  for (int step = 0; step <= 1000; ++step) {
    recorder.now = step * 0.07;  // 70 seconds
    reporter.progress("training", step, 1000, "loss 0.5");
  }
  CHECK(recorder.text ==
        "instar-fit: training 42 %, loss 0.5, 40 s left\n"
        "instar-fit: training 85 %, loss 0.5, 10 s left\n");
  recorder.text.clear();
  reporter.progress("scoring", 1, 2);
  reporter.progress("scoring", 2, 2);
  CHECK(recorder.text.empty());
}

TEST_CASE("the time left is that of the work done here: what goes on from a checkpoint began in the middle") {
  Recorder recorder;
  StderrReporter reporter("t", recorder.sink(false));
  reporter.progress("training", 500, 1000);
  recorder.now = 40;
  reporter.progress("training", 750, 1000);
  CHECK(recorder.text == "t: training 75 %, 40 s left\n");
}

TEST_CASE("progress of a unit says how many are done in a second, to three digits") {
  for (const auto& [per_second, says] : {std::pair{41937.0, "41900"}, {318.4, "318"}, {2.5678, "2.57"}}) {
    Recorder recorder;
    StderrReporter reporter("t", recorder.sink(true, 100));
    reporter.progress("reading", 0, 1e6, "cells/s");
    recorder.text.clear();
    recorder.now = 4;
    reporter.progress("reading", 4 * per_second, 16 * per_second, "cells/s");
    CHECK(recorder.text == std::string("\r\x1b[Kt: reading 25 %, ") + says + " cells/s, 12 s left");
  }
}

TEST_CASE("a terminal has one live line, which messages and the end erase") {
  Recorder recorder;
  StderrReporter reporter("t", recorder.sink(true));
  reporter.progress("training", 1, 4);
  CHECK(recorder.text == "\r\x1b[Kt: training 25 %");
  reporter.progress("training", 2, 4);  // too soon
  recorder.now = 1;
  reporter.warning("w");
  CHECK(recorder.text == "\r\x1b[Kt: training 25 %\r\x1b[Kt: warning: w\n");
  recorder.text.clear();
  reporter.progress("training", 3, 4);
  reporter.progress("training", 4, 4);
  CHECK(recorder.text == "\r\x1b[Kt: training 75 %\r\x1b[K");
}

TEST_CASE("a live line never wraps, and -q has none") {
  Recorder recorder;
  {
    StderrReporter reporter("t", recorder.sink(true, 12));
    reporter.progress("training", 1, 4, "a long note");
    CHECK(recorder.text == "\r\x1b[Kt: training");
    reporter.set_level(true, 0);
    recorder.now = 5;
    reporter.progress("training", 2, 4);
    CHECK(recorder.text == "\r\x1b[Kt: training");
  }
  CHECK(recorder.text == "\r\x1b[Kt: training\r\x1b[K");
}
