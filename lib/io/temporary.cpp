#include "io/temporary.hpp"

#include <array>
#include <atomic>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <unistd.h>
#include <vector>

namespace instar::io {
namespace {

// The handler may run at any moment, so it only reads fixed memory: a slot counts once its flag is set, and its path is
// never written while it is.
struct Slot {
  std::atomic<bool> taken{false};
  std::atomic<bool> ready{false};
  std::array<char, PATH_MAX> path{};
};
static_assert(std::atomic<bool>::is_always_lock_free);

std::array<Slot, 16> g_slots;

extern "C" void remove_and_die(int number) {
  for (auto& slot : g_slots)
    if (slot.ready) unlink(slot.path.data());
  // SA_RESETHAND has put the default action back, so this ends the process as the signal would have.
  raise(number);
}

// Each time, since whoever started us or the program itself may have changed them meanwhile.
void install_handlers() {
  for (int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) {
    struct sigaction now {};
    if (sigaction(number, nullptr, &now) != 0 || now.sa_handler != SIG_DFL) continue;
    struct sigaction ours {};
    ours.sa_handler = remove_and_die;
    ours.sa_flags = static_cast<int>(SA_RESETHAND);
    sigemptyset(&ours.sa_mask);
    sigaction(number, &ours, nullptr);
  }
  // A file beyond ulimit -f then fails with EFBIG, which we report, instead of killing the process.
  signal(SIGXFSZ, SIG_IGN);
}

}  // namespace

void guard_temporary(const std::string& path) {
  install_handlers();
  if (path.size() >= PATH_MAX) return;
  for (auto& slot : g_slots) {
    if (slot.taken.exchange(true)) continue;
    std::memcpy(slot.path.data(), path.c_str(), path.size() + 1);
    slot.ready = true;
    return;
  }
}

void release_temporary(const std::string& path) {
  for (auto& slot : g_slots) {
    if (!slot.ready || path != slot.path.data()) continue;
    slot.ready = false;
    slot.taken = false;
  }
}

std::string temporary_folder() {
  const char* folder = std::getenv("TMPDIR");
  return folder == nullptr || *folder == '\0' ? "/tmp" : folder;
}

int make_temporary(const std::string& folder, const std::string& name, std::string& path) {
  constexpr std::size_t kLongestName = 200;  // names end at 255 bytes, and ours is longer than the target's
  const std::string pattern = folder + "/." + name.substr(0, kLongestName) + ".XXXXXX.tmp";
  std::vector<char> text(pattern.c_str(), pattern.c_str() + pattern.size() + 1);
  const int descriptor = mkostemps(text.data(), 4, O_CLOEXEC);
  if (descriptor < 0) return -1;
  path = text.data();
  guard_temporary(path);
  return descriptor;
}

}  // namespace instar::io
