#include "cli/interrupt.hpp"

#include <array>

namespace instar::cli {
namespace {

struct Watched {
  int number;
  struct sigaction before {};
  bool taken = false;
};

volatile std::sig_atomic_t g_signal = 0;
std::array<Watched, 2> g_watched{Watched{SIGINT}, Watched{SIGTERM}};

extern "C" void remember(int number) {
  g_signal = number;
  for (auto& watched : g_watched)
    if (watched.taken) sigaction(watched.number, &watched.before, nullptr);
}

}  // namespace

InterruptScope::InterruptScope() {
  g_signal = 0;
  for (auto& watched : g_watched) {
    watched.taken = sigaction(watched.number, nullptr, &watched.before) == 0 && watched.before.sa_handler != SIG_IGN;
    if (!watched.taken) continue;
    struct sigaction ours {};
    ours.sa_handler = remember;
    ours.sa_flags = SA_RESTART;
    sigemptyset(&ours.sa_mask);
    sigaction(watched.number, &ours, nullptr);
  }
}

InterruptScope::~InterruptScope() {
  for (auto& watched : g_watched) {
    if (watched.taken) sigaction(watched.number, &watched.before, nullptr);
    watched.taken = false;
  }
}

int InterruptScope::signal() const { return g_signal; }

}  // namespace instar::cli
