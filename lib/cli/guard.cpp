#include "cli/guard.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <iostream>
#include <new>
#include <unistd.h>

#include "core/error.hpp"

namespace instar::cli {
namespace {

/// Opens /dev/null for standard streams that the caller closed, the wrong way round: what is printed still fails, as it
/// should, and no file opened later takes the number.
void fill_standard_streams() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(descriptor, F_GETFD) == -1 && errno == EBADF) {
      const int opened = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
      static_cast<void>(opened);  // the lowest free number is `descriptor`
    }
  }
}

}  // namespace

void close_stdout() {
  errno = 0;
  std::cout.flush();
  const int flush_reason = errno;
  const bool failed_before = std::ferror(stdout) != 0 || std::cout.bad();
  errno = 0;
  const bool failed_now = std::fclose(stdout) != 0;
  const int reason = failed_now ? errno : flush_reason;
  if ((!failed_before && !failed_now) || reason == EPIPE) return;
  throw DataError({"standard output"}, reason != 0 ? std::strerror(reason) : "writing failed");
}

int guarded(const std::string& name, StderrReporter& reporter, const std::function<int()>& body) {
  try {
    fill_standard_streams();
    // `instar ... | head` ends us as it ends every filter, though some callers (services, runners) have us ignore it.
    std::signal(SIGPIPE, SIG_DFL);
    const int code = body();
    close_stdout();
    return code;
  } catch (const UsageError& e) {
    reporter.error(e.what());
    reporter.line("see " + name + " --help");
    return kUsage;
  } catch (const DataError& e) {
    reporter.error(e.what());
    return kData;
  } catch (const NumericError& e) {
    reporter.error(e.what());
    return kNumeric;
  } catch (const std::bad_alloc&) {
    reporter.error("not enough memory");
    return kData;
  } catch (const std::exception& e) {
    reporter.error(std::string(e.what()) + "; this is a bug in instar, please report it");
    return kBug;
  } catch (...) {
    reporter.error("unknown exception; this is a bug in instar, please report it");
    return kBug;
  }
}

}  // namespace instar::cli
