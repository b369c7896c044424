#include "cli/interrupt.hpp"

#include <chrono>
#include <csignal>
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "core/signals_blocked.hpp"

using namespace instar;

namespace {

/// Runs the body in a process of its own. @return the signal that ended it, or 0
int ended_by(void (*body)()) {
  const pid_t child = fork();
  if (child == 0) {
    close(STDERR_FILENO);  // the note is for users
    body();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

TEST_CASE("a signal while the note is renewed takes effect behind it, whatever thread renews it") {
  const auto renew = [] {
    const auto work = [] {
      kill(getpid(), SIGTERM);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));  // taken, and kept
      return std::string("renewed");
    };
    cli::InterruptNote note("begun");
    note.renew(work);
    std::this_thread::sleep_for(std::chrono::seconds(5));
  };
  CHECK(ended_by(renew) == SIGTERM);
  const auto renew_in_a_worker = [] {
    cli::InterruptNote note("begun");
    std::thread worker;
    {
      const core::SignalsBlocked blocked;
      worker = std::thread([&] {
        note.renew([] {
          kill(getpid(), SIGTERM);
          std::this_thread::sleep_for(std::chrono::milliseconds(20));
          return std::string("renewed");
        });
      });
    }
    worker.join();
    std::this_thread::sleep_for(std::chrono::seconds(5));
  };
  CHECK(ended_by(renew_in_a_worker) == SIGTERM);
}
