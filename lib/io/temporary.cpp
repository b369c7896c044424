#include "io/temporary.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <unistd.h>
#include <vector>

#include "core/signals_blocked.hpp"

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

// A file beyond ulimit -f then fails with EFBIG, which we report, instead of killing the process.
void report_large_files() { signal(SIGXFSZ, SIG_IGN); }

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
  report_large_files();
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

namespace {

// Of a temporary file beside its target. Names end at 255 bytes, and ours is longer than the target's.
std::string hidden_name(const std::string& folder, const std::string& name, const std::string& mark) {
  constexpr std::size_t kLongestName = 200;
  return folder + "/." + name.substr(0, kLongestName) + "." + mark + ".tmp";
}

std::string reopening(int descriptor) { return "/proc/self/fd/" + std::to_string(descriptor); }

}  // namespace

int make_temporary(const std::string& folder, const std::string& name, std::string& path) {
  const std::string pattern = hidden_name(folder, name, "XXXXXX");
  std::vector<char> text(pattern.c_str(), pattern.c_str() + pattern.size() + 1);
  const core::SignalsBlocked now;  // none comes between the making of a name and its being guarded
  const int descriptor = mkostemps(text.data(), 4, O_CLOEXEC);
  if (descriptor < 0) return -1;
  path = text.data();
  guard_temporary(path);
  return descriptor;
}

int make_nameless(const std::string& folder, std::string& path) {
  const int descriptor = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor < 0) return -1;
  path = reopening(descriptor);
  report_large_files();
  if (access(path.c_str(), W_OK) == 0) return descriptor;
  close(descriptor);
  path.clear();
  return -1;
}

bool give_name(int descriptor, const std::string& target) {
  const std::string from = reopening(descriptor);
  if (linkat(AT_FDCWD, from.c_str(), AT_FDCWD, target.c_str(), AT_SYMLINK_FOLLOW) == 0) return true;
  if (errno != EEXIST) return false;
  // A link never replaces: it takes a name beside the target first, and is then renamed.
  const auto slash = target.find_last_of('/');
  const std::string folder = slash == std::string::npos ? "." : target.substr(0, slash);
  const std::string name = slash == std::string::npos ? target : target.substr(slash + 1);
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const std::string beside = hidden_name(folder, name, std::to_string(getpid()) + "-" + std::to_string(attempt));
    {
      const core::SignalsBlocked now;
      if (linkat(AT_FDCWD, from.c_str(), AT_FDCWD, beside.c_str(), AT_SYMLINK_FOLLOW) != 0) {
        if (errno == EEXIST) continue;
        return false;
      }
      guard_temporary(beside);
    }
    const bool renamed = rename(beside.c_str(), target.c_str()) == 0;
    const int reason = errno;
    if (!renamed) unlink(beside.c_str());
    release_temporary(beside);
    errno = reason;
    return renamed;
  }
  return false;
}

}  // namespace instar::io
