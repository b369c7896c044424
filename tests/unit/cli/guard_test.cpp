#include "cli/guard.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <iostream>
#include <new>
#include <stdexcept>
#include <unistd.h>

#include "core/error.hpp"
#include "unit/cli/sample.hpp"

using namespace instar;
using namespace instar::test;

namespace {

const std::vector<std::string> kArguments{"in.h5ad", "-o", "out.h5ad", "-t", "day"};

template <typename Error>
Outcome thrown(const Error& error) {
  return run_sample(kArguments, [&](cli::Context&) -> int { throw error; });
}

int print_much(cli::Context&) {
  for (int i = 0; i < 100000; ++i) std::cout << "line " << i << "\n";
  return 0;
}

/// Makes `path` the standard output of this process.
void redirect_stdout(const char* path) { dup2(open(path, O_WRONLY), STDOUT_FILENO); }

}  // namespace

TEST_CASE("every exception has its exit code and its message") {
  const auto check = [](const Outcome& outcome, int code, const std::string& message) {
    CHECK(outcome.code == code);
    CHECK(outcome.err == "instar-sample: error: " + message + "\n");
  };
  check(thrown(UsageError("no cells left")), 2, "no cells left\nsee instar-sample --help");
  check(thrown(DataError({"in.h5ad", "obs/day"}, "is missing", "use -t")), 3, "in.h5ad: obs/day: is missing; use -t");
  check(thrown(NumericError("loss", "is NaN at step 3")), 4, "loss: is NaN at step 3");
  check(thrown(std::bad_alloc()), 3, "not enough memory");
  check(thrown(std::out_of_range("vector::at")), 70, "vector::at; this is a bug in instar, please report it");
  check(thrown(5), 70, "unknown exception; this is a bug in instar, please report it");
}

TEST_CASE("the body's own answer is kept") {
  CHECK(run_sample(kArguments, [](cli::Context&) { return 1; }).code == 1);
}

TEST_CASE("names found in files cannot move the cursor") {
  CHECK(thrown(DataError("\x1b[2Jobs\n")).err == "instar-sample: error: \\x1b[2Jobs\\n\n");
}

TEST_CASE("output that does not arrive is an error") {
  const Outcome full = run_sample(kArguments, print_much, [] { redirect_stdout("/dev/full"); });
  CHECK(full.code == 3);
  CHECK(full.err.rfind("instar-sample: error: standard output: ", 0) == 0);
  // Little output fails only when it is flushed at the end.
  const Outcome late = run_sample({"--version"}, Sample::print, [] { redirect_stdout("/dev/full"); });
  CHECK(late.code == 3);
  CHECK(late.err == "instar-sample: error: standard output: No space left on device\n");
  const Outcome closed = run_sample({"--version"}, Sample::print, [] { close(STDOUT_FILENO); });
  CHECK(closed.code == 3);
}

TEST_CASE("a closed standard output is not given to the next file that is opened") {
  const Outcome outcome = run_sample(
      kArguments,
      [](cli::Context&) {
        const int file = open("/dev/null", O_RDONLY);
        return file > STDERR_FILENO ? 0 : 1;
      },
      [] { close(STDOUT_FILENO); });
  CHECK(outcome.code == 0);
}

TEST_CASE("a closed pipe ends quietly") {
  const auto close_reader = [] {
    int ends[2];
    if (pipe(ends) != 0) _exit(99);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
  };
  const Outcome usual = run_sample(kArguments, print_much, close_reader);
  CHECK(usual.signal == SIGPIPE);
  CHECK(usual.err.empty());
  const Outcome ignored = run_sample(kArguments, print_much, [&] {
    std::signal(SIGPIPE, SIG_IGN);
    close_reader();
  });
  CHECK(ignored.signal == SIGPIPE);
  CHECK(ignored.err.empty());
}
