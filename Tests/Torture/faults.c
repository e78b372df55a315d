// Stands between a program and glibc and fails, or kills at, exactly one of the calls by which the
// program changes something: loaded by LD_PRELOAD, so that the program under test is the one that
// people run and carries nothing for it. All threads share one count.
//
//   FAULT_LOG=FILE    what is written: in a counting run each call, else the one that was hit
//   FAULT_AT=N        the call to hit, from 1; without it all calls are only counted
//   FAULT_KIND=KIND   KILL, SHORT (half of the bytes are written), the number of an error, or
//                     minus the number of a signal that comes just before the call
//   FAULT_REFUSE=CALL this system call is not supported here (EINVAL), as renameat2 on NFS
//   FAULT_LOCKS=1     taking a lock is such a call, too, though it changes no file
//   FAULT_LAST=M      also the calls after it, up to this one (a disk that stays full)
//
// A line of the log: the number of the call, the system call's name, the name or descriptor.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;
static long first, last;
static int kind, is_short, is_kill, has_locks, log_file = -1;
static const char *refused;

__attribute__((constructor)) static void prepare(void) {
    const char *path = getenv("FAULT_LOG"), *at = getenv("FAULT_AT"), *what = getenv("FAULT_KIND");
    if (path) {
        int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CLOEXEC);
        // High enough that no test of the program's own descriptors meets it.
        if (file >= 0) {
            log_file = fcntl(file, F_DUPFD_CLOEXEC, 900);
            syscall(SYS_close, file);
        }
    }
    first = at ? atol(at) : 0;
    last = getenv("FAULT_LAST") ? atol(getenv("FAULT_LAST")) : first;
    refused = getenv("FAULT_REFUSE");
    has_locks = getenv("FAULT_LOCKS") != NULL;
    is_kill = what && !strcmp(what, "KILL");
    is_short = what && !strcmp(what, "SHORT");
    kind = what ? atoi(what) : 0;
    // What the program starts runs without us.
    unsetenv("LD_PRELOAD");
}

static void note(long number, const char *call, int descriptor, const char *path) {
    char line[600];
    int length = path ? snprintf(line, sizeof line, "%ld %s %.500s\n", number, call, path)
                      : snprintf(line, sizeof line, "%ld %s fd=%d\n", number, call, descriptor);
    if (log_file >= 0) syscall(SYS_write, log_file, line, (size_t)length);
}

// Counts a call; what the file system refuses changes nothing and is none. 0: go on; 1: write only half; -1: fail with errno as it is set.
static int fault(const char *call, int descriptor, const char *path) {
    if (refused && !strcmp(call, refused)) {
        errno = EINVAL;
        return -1;
    }
    long number = atomic_fetch_add(&calls, 1) + 1;
    if (!first) {
        note(number, call, descriptor, path);
        return 0;
    }
    if (number < first || number > last) return 0;
    if (number == first) note(number, call, descriptor, path);
    if (is_kill) {
        syscall(SYS_kill, getpid(), SIGKILL);
        for (;;) pause();
    }
    if (is_short) return 1;
    if (kind < 0) {
        syscall(SYS_kill, getpid(), -kind);
        return 0;
    }
    errno = kind;
    return -1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define PATH_CALL(name, call, arguments, values, descriptor, path)                                 \
    int name arguments {                                                                           \
        return fault(call, descriptor, path) < 0 ? -1 : REAL(name) values;                         \
    }

PATH_CALL(rename, "rename", (const char *a, const char *b), (a, b), -1, b)
PATH_CALL(renameat, "renameat", (int d, const char *a, int e, const char *b), (d, a, e, b), d, b)
PATH_CALL(renameat2, "renameat2", (int d, const char *a, int e, const char *b, unsigned f),
          (d, a, e, b, f), d, b)
PATH_CALL(link, "link", (const char *a, const char *b), (a, b), -1, b)
PATH_CALL(linkat, "linkat", (int d, const char *a, int e, const char *b, int f), (d, a, e, b, f), d, b)
PATH_CALL(symlink, "symlink", (const char *a, const char *b), (a, b), -1, b)
PATH_CALL(symlinkat, "symlinkat", (const char *a, int d, const char *b), (a, d, b), d, b)
PATH_CALL(unlink, "unlink", (const char *a), (a), -1, a)
PATH_CALL(unlinkat, "unlinkat", (int d, const char *a, int f), (d, a, f), d, a)
PATH_CALL(rmdir, "rmdir", (const char *a), (a), -1, a)
PATH_CALL(mkdir, "mkdir", (const char *a, mode_t m), (a, m), -1, a)
PATH_CALL(mkdirat, "mkdirat", (int d, const char *a, mode_t m), (d, a, m), d, a)
PATH_CALL(fsync, "fsync", (int d), (d), d, NULL)
PATH_CALL(fdatasync, "fdatasync", (int d), (d), d, NULL)
PATH_CALL(syncfs, "syncfs", (int d), (d), d, NULL)
PATH_CALL(sync_file_range, "sync_file_range", (int d, off64_t o, off64_t n, unsigned f), (d, o, n, f), d, NULL)
PATH_CALL(ftruncate, "ftruncate", (int d, off_t n), (d, n), d, NULL)
PATH_CALL(ftruncate64, "ftruncate", (int d, off64_t n), (d, n), d, NULL)
PATH_CALL(truncate, "truncate", (const char *a, off_t n), (a, n), -1, a)
PATH_CALL(truncate64, "truncate", (const char *a, off64_t n), (a, n), -1, a)
PATH_CALL(fallocate, "fallocate", (int d, int m, off_t o, off_t n), (d, m, o, n), d, NULL)
PATH_CALL(fallocate64, "fallocate", (int d, int m, off64_t o, off64_t n), (d, m, o, n), d, NULL)

// These two answer with the error itself.
#define RESERVE_CALL(name, offset)                                                                 \
    int name(int d, offset o, offset n) {                                                          \
        return fault("fallocate", d, NULL) < 0 ? errno : REAL(name)(d, o, n);                      \
    }
RESERVE_CALL(posix_fallocate, off_t)
RESERVE_CALL(posix_fallocate64, off64_t)

#define WRITE_CALL(name, call, arguments, values)                                                  \
    ssize_t name arguments {                                                                       \
        int outcome = fault(call, d, NULL);                                                        \
        if (outcome < 0) return -1;                                                                \
        if (outcome > 0 && n > 1) n /= 2;                                                          \
        return REAL(name) values;                                                                  \
    }

WRITE_CALL(write, "write", (int d, const void *p, size_t n), (d, p, n))
WRITE_CALL(pwrite, "pwrite64", (int d, const void *p, size_t n, off_t o), (d, p, n, o))
WRITE_CALL(pwrite64, "pwrite64", (int d, const void *p, size_t n, off64_t o), (d, p, n, o))
WRITE_CALL(writev, "writev", (int d, const struct iovec *p, int n), (d, p, n))
WRITE_CALL(pwritev, "pwritev", (int d, const struct iovec *p, int n, off_t o), (d, p, n, o))
WRITE_CALL(copy_file_range, "copy_file_range",
           (int s, off64_t *a, int d, off64_t *b, size_t n, unsigned f), (s, a, d, b, n, f))

// Opening counts only where it may make or empty a file.
#define OPEN_CALL(name, parameters, folder, values)                                                \
    int name parameters {                                                                          \
        mode_t m = 0;                                                                              \
        if (flags & (O_CREAT | O_TMPFILE)) {                                                       \
            va_list more;                                                                          \
            va_start(more, flags);                                                                 \
            m = va_arg(more, mode_t);                                                              \
            va_end(more);                                                                          \
        }                                                                                          \
        if (flags & (O_CREAT | O_TRUNC) && fault("openat", folder, path) < 0) return -1;           \
        return REAL(name) values;                                                                  \
    }

OPEN_CALL(open, (const char *path, int flags, ...), -1, (path, flags, m))
OPEN_CALL(open64, (const char *path, int flags, ...), -1, (path, flags, m))
OPEN_CALL(openat, (int d, const char *path, int flags, ...), d, (d, path, flags, m))
OPEN_CALL(openat64, (int d, const char *path, int flags, ...), d, (d, path, flags, m))

int flock(int d, int operation) {
    if (has_locks && fault("flock", d, NULL) < 0) return -1;
    return REAL(flock)(d, operation);
}

int ioctl(int d, unsigned long request, ...) {
    va_list more;
    va_start(more, request);
    void *argument = va_arg(more, void *);
    va_end(more);
    if ((request == FICLONE || request == FICLONERANGE) && fault("ioctl", d, NULL) < 0) return -1;
    return REAL(ioctl)(d, request, argument);
}
