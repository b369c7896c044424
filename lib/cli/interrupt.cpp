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
/// Where the handler runs. Not on the stack of what it interrupts: the products of oneDNN use their stack pointer for
/// other ends, and a signal's frame, written there, has been seen to damage the heap.
alignas(64) std::array<unsigned char, 1 << 16> g_signal_stack;
std::array<Watched, 2> g_watched{Watched{SIGINT}, Watched{SIGTERM}};

extern "C" void remember(int number) {
  g_signal = number;
  for (auto& watched : g_watched)
    if (watched.taken) sigaction(watched.number, &watched.before, nullptr);
}

}  // namespace

InterruptScope::InterruptScope() {
  g_signal = 0;
  stack_t stack{};
  stack.ss_sp = g_signal_stack.data();
  stack.ss_size = g_signal_stack.size();
  sigaltstack(&stack, nullptr);
  for (auto& watched : g_watched) {
    watched.taken = sigaction(watched.number, nullptr, &watched.before) == 0 && watched.before.sa_handler != SIG_IGN;
    if (!watched.taken) continue;
    struct sigaction ours {};
    ours.sa_handler = remember;
    ours.sa_flags = SA_RESTART | SA_ONSTACK;
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
