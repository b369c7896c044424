#include "support/child.hpp"

#include <array>
#include <cstdio>
#include <poll.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace instar::test {
namespace {

/// Reads both pipes until both are closed, so that neither fills up and stops the child.
void drain(std::array<pollfd, 2> pipes, std::array<std::string*, 2> texts) {
  int open_pipes = 2;
  while (open_pipes > 0 && poll(pipes.data(), pipes.size(), -1) > 0) {
    for (std::size_t i = 0; i < pipes.size(); ++i) {
      if (pipes[i].revents == 0) continue;
      std::array<char, 4096> buffer{};
      const ssize_t count = read(pipes[i].fd, buffer.data(), buffer.size());
      if (count > 0) {
        texts[i]->append(buffer.data(), static_cast<std::size_t>(count));
      } else {
        close(pipes[i].fd);
        pipes[i].fd = -1;
        --open_pipes;
      }
    }
  }
}

}  // namespace

Outcome in_child(const std::function<int()>& body, const std::function<void()>& prepare) {
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  if (pipe(out.data()) != 0 || pipe(err.data()) != 0) throw std::runtime_error("no pipe");
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("no child");
  if (child == 0) {
    dup2(out[1], STDOUT_FILENO);
    dup2(err[1], STDERR_FILENO);
    for (const int end : {out[0], out[1], err[0], err[1]}) close(end);
    if (prepare) prepare();
    _exit(body());
  }
  close(out[1]);
  close(err[1]);
  Outcome outcome;
  drain({pollfd{out[0], POLLIN, 0}, pollfd{err[0], POLLIN, 0}}, {&outcome.out, &outcome.err});
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status)) outcome.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) outcome.signal = WTERMSIG(status);
  return outcome;
}

}  // namespace instar::test
