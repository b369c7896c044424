#pragma once

#include <functional>
#include <string>

namespace instar::test {

/// What a process left behind.
struct Outcome {
  int code = -1;    ///< exit code
  int signal = 0;   ///< the signal that ended it, if one did
  std::string out;  ///< standard output
  std::string err;  ///< standard error
};

/// Runs `body` as the main() of a child process, as a tool would run: what closes streams or reads the environment
/// cannot disturb the test program. @param prepare runs in the child before, with its streams in place
Outcome in_child(const std::function<int()>& body, const std::function<void()>& prepare = {});

}  // namespace instar::test
