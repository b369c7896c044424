#include "cli/interrupt.hpp"

#include <array>
#include <atomic>
#include <unistd.h>

namespace instar::cli {
namespace {

struct Watched {
  int number;
  struct sigaction before {};
  bool taken = false;
};

volatile std::sig_atomic_t g_signal = 0;
/// The one at g_note is printed; the other can be written meanwhile.
std::array<std::string, 2> g_notes;
std::atomic<std::size_t> g_note{0};
/// Whether the note holds now (kReady), or is about to change: then a signal leaves its number here.
constexpr int kReady = 0;
constexpr int kChanging = -1;
std::atomic<int> g_state{kReady};
/// Where the handler runs. Not on the stack of what it interrupts: the products of oneDNN use their stack pointer for
/// other ends, and a signal's frame, written there, has been seen to damage the heap.
alignas(64) std::array<unsigned char, 1 << 16> g_signal_stack;
std::array<Watched, 2> g_watched{Watched{SIGINT}, Watched{SIGTERM}};

void give_back() {
  for (auto& watched : g_watched)
    if (watched.taken) sigaction(watched.number, &watched.before, nullptr);
}

extern "C" void remember(int number) {
  g_signal = number;
  give_back();
}

extern "C" void tell(int number) {
  int state = kChanging;
  if (g_state.compare_exchange_strong(state, number) || state != kReady) return;
  const std::string& note = g_notes[g_note];
  const ssize_t written = write(STDERR_FILENO, note.data(), note.size());
  static_cast<void>(written);  // nobody is left to be told
  give_back();
  raise(number);
}

/// Signal stack and handlers, until unwatch().
void watch(void (*handler)(int)) {
  stack_t stack{};
  stack.ss_sp = g_signal_stack.data();
  stack.ss_size = g_signal_stack.size();
  sigaltstack(&stack, nullptr);
  for (auto& watched : g_watched) {
    watched.taken = sigaction(watched.number, nullptr, &watched.before) == 0 && watched.before.sa_handler != SIG_IGN;
    if (!watched.taken) continue;
    struct sigaction ours {};
    ours.sa_handler = handler;
    ours.sa_flags = SA_RESTART | SA_ONSTACK;
    sigemptyset(&ours.sa_mask);
    sigaction(watched.number, &ours, nullptr);
  }
}

void unwatch() {
  for (auto& watched : g_watched) {
    if (watched.taken) sigaction(watched.number, &watched.before, nullptr);
    watched.taken = false;
  }
}

}  // namespace

InterruptScope::InterruptScope() {
  g_signal = 0;
  watch(remember);
}

InterruptScope::~InterruptScope() { unwatch(); }

int InterruptScope::signal() const { return g_signal; }

InterruptNote::InterruptNote(const std::string& line) {
  say(line);
  watch(tell);
}

void InterruptNote::say(const std::string& line) {
  const std::size_t next = 1 - g_note;
  g_notes[next] = (isatty(STDERR_FILENO) == 1 ? "\n" : "") + line + "\n";
  g_note = next;
}

void InterruptNote::renew(const std::function<std::string()>& work) {
  struct Changing {
    Changing() { g_state = kChanging; }
    ~Changing() {
      // To the process: threads that work have signals blocked, and raise() would leave it to this one.
      if (const int waiting = g_state.exchange(kReady); waiting != kChanging) kill(getpid(), waiting);
    }
  } const changing;
  say(work());
}

InterruptNote::~InterruptNote() { unwatch(); }

}  // namespace instar::cli
