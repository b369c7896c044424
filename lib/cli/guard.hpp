#pragma once

#include <functional>
#include <string>

#include "cli/reporter.hpp"

namespace instar::cli {

/// Exit codes of every tool; a body returns kDone or kNo, the rest comes from exceptions.
enum ExitCode : int { kDone = 0, kNo = 1, kUsage = 2, kData = 3, kNumeric = 4, kBug = 70 };

/// Runs the body of a main() and turns every outcome into an exit code and a message: UsageError 2, DataError 3,
/// NumericError 4, memory that ran out 3, anything else 70. Before it, closed standard streams are made safe: a file
/// opened later must not become standard output. After it, standard output is closed and checked. A pipe whose reader
/// has gone ends the process quietly, by SIGPIPE.
int guarded(const std::string& name, StderrReporter& reporter, const std::function<int()>& body);

/// Checks that what was printed on standard output arrived; the last thing a tool does. @throws DataError (/dev/full)
void close_stdout();

}  // namespace instar::cli
