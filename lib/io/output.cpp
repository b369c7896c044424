#include "io/output.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "core/error.hpp"
#include "io/temporary.hpp"

namespace instar::io {
namespace {

[[noreturn]] void fail(const std::string& file, const std::string& problem, int error) {
  std::string advice;
  if (error == ENOSPC || error == EDQUOT) advice = "free some space";
  if (error == EFBIG) advice = "see ulimit -f";
  if (error == EACCES || error == EROFS) advice = "choose a folder you may write to";
  if (error == ENOENT) advice = "make the folder first";
  throw DataError({file}, problem + ": " + std::strerror(error), advice);
}

/// Writes everything, or throws. @returns false where the reader of a pipe has gone
bool write_all(int descriptor, const char* data, std::size_t size, const std::string& file) {
  while (size > 0) {
    const ssize_t written = ::write(descriptor, data, size);
    if (written < 0) {
      if (errno == EINTR) continue;
      if (errno == EPIPE) return false;
      fail(file, "cannot be written", errno);
    }
    data += written;
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

void copy_all(int from, int to, const std::string& from_name, const std::string& to_name) {
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  const auto buffer = std::make_unique<char[]>(kPiece);
  for (;;) {
    const ssize_t got = ::read(from, buffer.get(), kPiece);
    if (got == 0) return;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(from_name, "cannot be read", errno);
    if (!write_all(to, buffer.get(), static_cast<std::size_t>(got), to_name)) return;
  }
}

// What a rename onto `target` should replace: the file a symbolic link points to, not the link.
std::string resolved(const std::string& target) {
  std::array<char, PATH_MAX> buffer{};
  return ::realpath(target.c_str(), buffer.data()) == nullptr ? target : std::string(buffer.data());
}

std::pair<std::string, std::string> split(const std::string& path) {
  const auto slash = path.find_last_of('/');
  if (slash == std::string::npos) return {".", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

// /dev/stdout, /dev/null, a named pipe: written to, never renamed over.
bool is_stream(const std::string& target) {
  struct stat about {};
  return target == "-" || (::stat(target.c_str(), &about) == 0 && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode));
}

// The permissions that an ordinary new file would get, or those of the file that is replaced.
void set_permissions(int descriptor, const std::string& target) {
  struct stat about {};
  if (::stat(target.c_str(), &about) == 0) {
    ::fchmod(descriptor, about.st_mode & 07777);
    return;
  }
  const mode_t mask = ::umask(0);
  ::umask(mask);
  ::fchmod(descriptor, static_cast<mode_t>(0666 & ~mask));
}

}  // namespace

std::string shown_target(const std::string& target) { return target == "-" ? "standard output" : target; }

AtomicOutput::AtomicOutput(std::string target) : target_(std::move(target)) {
  if (target_.empty()) throw DataError("expected the name of an output file, found nothing");
  if (is_stream(target_)) {
    make_file(temporary_folder(), "instar-output");
    if (descriptor_ < 0) fail(temporary_folder(), "cannot make a temporary file", errno);
    return;
  }
  struct stat about {};
  const bool exists = ::stat(target_.c_str(), &about) == 0;
  if (exists && S_ISDIR(about.st_mode)) throw DataError({target_}, "expected a file name, found a folder");
  if (exists && ::access(target_.c_str(), W_OK) != 0) fail(target_, "cannot be replaced", errno);
  const auto [folder, name] = split(resolved(target_));
  if (name.empty()) throw DataError({target_}, "expected a file name, found a folder that does not exist");
  make_file(folder, name);
  if (descriptor_ < 0) fail(target_, "cannot be written", errno);
  set_permissions(descriptor_, target_);
}

void AtomicOutput::make_file(const std::string& folder, const std::string& name) {
  descriptor_ = make_nameless(folder, temporary_);
  nameless_ = descriptor_ >= 0;
  if (!nameless_) descriptor_ = make_temporary(folder, name, temporary_);
}

AtomicOutput::~AtomicOutput() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (committed_ || nameless_ || temporary_.empty()) return;
  ::unlink(temporary_.c_str());
  release_temporary(temporary_);
}

void AtomicOutput::write(std::string_view bytes) {
  write_all(descriptor_, bytes.data(), bytes.size(), shown_target(target_));
}

void AtomicOutput::commit() {
  if (committed_) return;
  if (is_stream(target_)) {
    // HDF5 wrote through a descriptor of its own, so ours may stand anywhere.
    ::lseek(descriptor_, 0, SEEK_SET);
    const int to = target_ == "-" ? STDOUT_FILENO : ::open(target_.c_str(), O_WRONLY | O_CLOEXEC);
    if (to < 0) fail(target_, "cannot be opened for writing", errno);
    copy_all(descriptor_, to, temporary_, shown_target(target_));
    if (to != STDOUT_FILENO && ::close(to) != 0) fail(target_, "cannot be written", errno);
    return;  // the destructor removes the temporary file
  }
  if (::fsync(descriptor_) != 0) fail(target_, "cannot be written", errno);
  const std::string final_name = resolved(target_);
  if (nameless_) {
    if (!give_name(descriptor_, final_name)) fail(target_, "cannot be replaced", errno);
    committed_ = true;
  } else {
    const int closed = ::close(descriptor_);
    descriptor_ = -1;
    if (closed != 0) fail(target_, "cannot be written", errno);
    if (::rename(temporary_.c_str(), final_name.c_str()) != 0) fail(target_, "cannot be replaced", errno);
    committed_ = true;
    release_temporary(temporary_);
  }
  // The new name is on disk only when its folder is. Some file systems cannot sync folders: then this is all there is.
  const int folder = ::open(split(final_name).first.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    ::fsync(folder);
    ::close(folder);
  }
}

void check_writable(const std::string& target) { const AtomicOutput probe(target); }

void check_writable_folder(const std::string& path) {
  const int file = ::open(path.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0 && (errno == EACCES || errno == EROFS || errno == ENOSPC || errno == EDQUOT))
    fail(path, "no file can be made in it", errno);
  if (file < 0) return check_writable(path + "/map");  // a file system without files that have no name
  ::close(file);
}

void make_folder(const std::string& path) {
  struct stat about {};
  if (::mkdir(path.c_str(), 0777) == 0) return;
  const int error = errno;  // before stat says why there is nothing
  if (::stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode)) return;
  if (error == ENOENT) throw DataError({path}, "cannot be made: the folder above it is missing", "make that first");
  fail(path, "the folder cannot be made", error);
}

namespace {

/// The file that holds standard input; one per process, removed at its end.
struct Spool {
  std::string path;
  bool nameless = false;
  ~Spool() {
    if (path.empty() || nameless) return;
    ::unlink(path.c_str());
    release_temporary(path);
  }
};

}  // namespace

std::string spool_stdin() {
  static Spool spool;
  if (!spool.path.empty()) return spool.path;  // a second `-` means the same bytes
  int descriptor = make_nameless(temporary_folder(), spool.path);
  spool.nameless = descriptor >= 0;
  if (!spool.nameless) descriptor = make_temporary(temporary_folder(), "instar-input", spool.path);
  if (descriptor < 0) fail(temporary_folder(), "cannot make a temporary file for standard input", errno);
  try {
    copy_all(STDIN_FILENO, descriptor, "standard input", temporary_folder());
  } catch (...) {
    ::close(descriptor);
    throw;
  }
  if (spool.nameless) return spool.path;  // the descriptor stays open, or the file would be gone
  if (::close(descriptor) != 0) fail(temporary_folder(), "cannot be written", errno);
  return spool.path;
}

}  // namespace instar::io
