// SPDX-License-Identifier: Apache-2.0
// Preloaded into the controller by the tests of tests/fault: counts the calls by which a program changes files, and at
// the n-th of them kills it, or lets the call fail. Told by its environment, which steps do not inherit:
//   ASSAY_FAULT_FILES   text that the path of the file must contain
//   ASSAY_FAULT_CALLS   the calls that count: any of "write", "sync", "name" (create, rename, make a folder)
//   ASSAY_FAULT_AT      which of them, from 1
//   ASSAY_FAULT_DO      kill-before, kill-half (of the bytes of a write), kill-after; with "-all": what it started,
//   too;
//                       fail-once, fail-ever, torn-ever (half of the bytes, then failures), short (half of the bytes)
//   ASSAY_FAULT_ERROR   errno of the failures
//   ASSAY_FAULT_FIRED   a file that is made when it happens
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { kPathSize = 4352 };

static atomic_long calls_seen;

static const char* setting(const char* name) {
  const char* value = getenv(name);
  return value != NULL ? value : "";
}

// Programs of users have their own interposers behind us: go on to whoever comes next.
static void* next(const char* name) {
  void* found = dlsym(RTLD_NEXT, name);
  if (found == NULL) _exit(126);
  return found;
}

#define NEXT(name) ((__typeof__(&name))next(#name))

static int counts(const char* kind, const char* path) {
  const char* files = setting("ASSAY_FAULT_FILES");
  // What can be made again is no part of the record.
  return *files != '\0' && strstr(path, files) != NULL && strstr(path, "/reports/") == NULL &&
         strstr(setting("ASSAY_FAULT_CALLS"), kind) != NULL;
}

static int descriptor_counts(const char* kind, int fd) {
  char link[64];
  char path[kPathSize];
  if (*setting("ASSAY_FAULT_FILES") == '\0') return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link, path, sizeof path - 1);
  if (size <= 0) return 0;
  path[size] = '\0';
  return counts(kind, path);
}

// Kills the children of every thread of ours, and the groups that they lead.
static void kill_children(void) {
  DIR* tasks = opendir("/proc/self/task");
  if (tasks == NULL) return;
  for (struct dirent* entry = readdir(tasks); entry != NULL; entry = readdir(tasks)) {
    char path[320];
    snprintf(path, sizeof path, "/proc/self/task/%s/children", entry->d_name);
    FILE* file = fopen(path, "re");
    if (file == NULL) continue;
    for (int pid = 0; fscanf(file, "%d", &pid) == 1;) {
      kill(-pid, SIGKILL);
      kill(pid, SIGKILL);
    }
    fclose(file);
  }
  closedir(tasks);
}

static int does(const char* what) {
  const char* told = setting("ASSAY_FAULT_DO");
  return strncmp(told, what, strlen(what)) == 0;
}

static void die(void) {
  if (strstr(setting("ASSAY_FAULT_DO"), "-all") != NULL) kill_children();
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static void fired(void) {
  const char* path = setting("ASSAY_FAULT_FIRED");
  if (*path != '\0') close((int)syscall(SYS_openat, AT_FDCWD, path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
}

enum act { kGoOn, kFail, kHalf, kHalfThenDie, kDieAfter };

// What becomes of a call that counts.
static enum act decide(void) {
  const long seen = atomic_fetch_add(&calls_seen, 1) + 1;
  const long at = atol(setting("ASSAY_FAULT_AT"));
  if (seen < at) return kGoOn;
  if (seen > at) {
    if (!does("fail-ever") && !does("torn-ever")) return kGoOn;
    errno = atoi(setting("ASSAY_FAULT_ERROR"));
    return kFail;
  }
  fired();
  if (does("kill-before")) die();
  if (does("kill-half")) return kHalfThenDie;
  if (does("kill-after")) return kDieAfter;
  if (does("short") || does("torn-ever")) return kHalf;
  if (!does("fail-")) return kGoOn;
  errno = atoi(setting("ASSAY_FAULT_ERROR"));
  return kFail;
}

ssize_t write(int fd, const void* bytes, size_t size) {
  if (!descriptor_counts("write", fd)) return NEXT(write)(fd, bytes, size);
  const enum act act = decide();
  if (act == kFail) return -1;
  const ssize_t done = NEXT(write)(fd, bytes, act == kHalf || act == kHalfThenDie ? (size + 1) / 2 : size);
  if (act == kHalfThenDie || act == kDieAfter) die();
  return done;
}

ssize_t writev(int fd, const struct iovec* parts, int count) {
  if (!descriptor_counts("write", fd)) return NEXT(writev)(fd, parts, count);
  const enum act act = decide();
  if (act == kFail) return -1;
  ssize_t done = 0;
  if (act == kHalf || act == kHalfThenDie) {
    done = NEXT(write)(fd, parts[0].iov_base, (parts[0].iov_len + 1) / 2);
  } else {
    done = NEXT(writev)(fd, parts, count);
  }
  if (act == kHalfThenDie || act == kDieAfter) die();
  return done;
}

static ssize_t write_at(int fd, const void* bytes, size_t size, off64_t offset) {
  if (!descriptor_counts("write", fd)) return NEXT(pwrite64)(fd, bytes, size, offset);
  const enum act act = decide();
  if (act == kFail) return -1;
  const ssize_t done = NEXT(pwrite64)(fd, bytes, act == kHalf || act == kHalfThenDie ? (size + 1) / 2 : size, offset);
  if (act == kHalfThenDie || act == kDieAfter) die();
  return done;
}
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) { return write_at(fd, bytes, size, offset); }
ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t offset) { return write_at(fd, bytes, size, offset); }

// A call that is done or not: nothing of it can be half.
#define WHOLE(counted, call)                            \
  do {                                                  \
    if (!(counted)) return call;                        \
    const enum act act = decide();                      \
    if (act == kFail) return -1;                        \
    const __typeof__(call) done = call;                 \
    if (act == kHalfThenDie || act == kDieAfter) die(); \
    return done;                                        \
  } while (0)

int fdatasync(int fd) { WHOLE(descriptor_counts("sync", fd), NEXT(fdatasync)(fd)); }
int fsync(int fd) { WHOLE(descriptor_counts("sync", fd), NEXT(fsync)(fd)); }
int ftruncate(int fd, off_t size) { WHOLE(descriptor_counts("write", fd), NEXT(ftruncate)(fd, size)); }
int mkdir(const char* path, mode_t mode) { WHOLE(counts("name", path), NEXT(mkdir)(path, mode)); }
int mkostemp(char* path, int flags) { WHOLE(counts("name", path), NEXT(mkostemp)(path, flags)); }
int mkostemp64(char* path, int flags) { WHOLE(counts("name", path), NEXT(mkostemp)(path, flags)); }
int rename(const char* from, const char* to) { WHOLE(counts("name", to), NEXT(rename)(from, to)); }

// Opening counts where it makes a file.
static int open_at(int folder, const char* path, int flags, mode_t mode) {
  WHOLE((flags & O_CREAT) != 0 && counts("name", path), (int)syscall(SYS_openat, folder, path, flags, mode));
}
static mode_t mode_of(int flags, va_list rest) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, mode_t) : 0;
}
#define OPENS(name)                              \
  int name(const char* path, int flags, ...) {   \
    va_list rest;                                \
    va_start(rest, flags);                       \
    const mode_t mode = mode_of(flags, rest);    \
    va_end(rest);                                \
    return open_at(AT_FDCWD, path, flags, mode); \
  }
OPENS(open)
OPENS(open64)
#define OPENS_AT(name)                                     \
  int name(int folder, const char* path, int flags, ...) { \
    va_list rest;                                          \
    va_start(rest, flags);                                 \
    const mode_t mode = mode_of(flags, rest);              \
    va_end(rest);                                          \
    return open_at(folder, path, flags, mode);             \
  }
OPENS_AT(openat)
OPENS_AT(openat64)
