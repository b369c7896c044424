// A library to be preloaded (LD_PRELOAD): makes the n-th call that changes a file fail, or ends the process there.
//   FAULT_AT=N       which call, counted from 1; 0: none
//   FAULT_DO=NUMBER  an errno to fail with (28: ENOSPC, 5: EIO), or minus a signal to be raised before the call
//   FAULT_LOG=FILE   one line per call is appended, so that a run without faults counts them
//   FAULT_NO_TMPFILE=1   files without a name cannot be made, as on NFS
// Calls on the standard streams are not counted.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long calls;

static ssize_t (*real_write)(int, const void*, size_t);

// Whether this call is to fail; errno is then set.
static int fails(const char* what) {
  const long number = atomic_fetch_add(&calls, 1) + 1;
  const char* log = getenv("FAULT_LOG");
  if (log != NULL) {
    const int descriptor = open(log, O_WRONLY | O_APPEND | O_CLOEXEC);
    char line[64];
    const int length = snprintf(line, sizeof line, "%ld %s\n", number, what);
    if (real_write == NULL) real_write = (ssize_t(*)(int, const void*, size_t))dlsym(RTLD_NEXT, "write");
    if (descriptor >= 0) {
      (void)!real_write(descriptor, line, (size_t)length);
      close(descriptor);
    }
  }
  const char* at = getenv("FAULT_AT");
  if (at == NULL || atol(at) != number) return 0;
  const char* what_to_do = getenv("FAULT_DO");
  const int code = what_to_do == NULL ? EIO : atoi(what_to_do);
  if (code < 0) {
    raise(-code);
    return 0;
  }
  errno = code;
  return 1;
}

#define REAL(name) \
  static __typeof__(&name) real; \
  if (real == NULL) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

ssize_t write(int descriptor, const void* data, size_t size) {
  if (real_write == NULL) real_write = (ssize_t(*)(int, const void*, size_t))dlsym(RTLD_NEXT, "write");
  if (descriptor > 2 && fails("write")) return -1;
  return real_write(descriptor, data, size);
}

ssize_t pwrite(int descriptor, const void* data, size_t size, off_t at) {
  REAL(pwrite);
  return fails("pwrite") ? -1 : real(descriptor, data, size, at);
}

ssize_t pwrite64(int descriptor, const void* data, size_t size, off64_t at) {
  REAL(pwrite64);
  return fails("pwrite64") ? -1 : real(descriptor, data, size, at);
}

int ftruncate(int descriptor, off_t size) {
  REAL(ftruncate);
  return fails("ftruncate") ? -1 : real(descriptor, size);
}

int ftruncate64(int descriptor, off64_t size) {
  REAL(ftruncate64);
  return fails("ftruncate64") ? -1 : real(descriptor, size);
}

int fsync(int descriptor) {
  REAL(fsync);
  return fails("fsync") ? -1 : real(descriptor);
}

int rename(const char* from, const char* to) {
  REAL(rename);
  return fails("rename") ? -1 : real(from, to);
}

int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) {
  REAL(linkat);
  return fails("linkat") ? -1 : real(from_folder, from, to_folder, to, flags);
}

int open(const char* path, int flags, ...) {
  REAL(open);
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  if ((flags & O_TMPFILE) == O_TMPFILE && getenv("FAULT_NO_TMPFILE") != NULL) {
    errno = EOPNOTSUPP;
    return -1;
  }
  return real(path, flags, mode);
}

int mkostemps(char* pattern, int suffix, int flags) {
  REAL(mkostemps);
  return fails("mkostemps") ? -1 : real(pattern, suffix, flags);
}

int mkostemps64(char* pattern, int suffix, int flags) {
  REAL(mkostemps64);
  return fails("mkostemps64") ? -1 : real(pattern, suffix, flags);
}
