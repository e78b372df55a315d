#define _GNU_SOURCE
#include "CFileCalls.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// Everything here goes to the kernel directly: it must work before libc's loader is done, in
// signal handlers and after fork, and must cost nothing while nobody watches.

static atomic_int watching;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH_MAX];
static size_t root_length;
static recover_call_observer observe;
static void *observer_context;

int recover_observe_calls(const char *new_root, recover_call_observer observer, void *context) {
    pthread_mutex_lock(&gate);
    int outcome = 0;
    if (new_root == NULL) {
        atomic_store(&watching, 0);
    } else if (atomic_load(&watching) || strlen(new_root) >= sizeof root) {
        outcome = -1;
    } else {
        strcpy(root, new_root);
        root_length = strlen(root);
        observe = observer;
        observer_context = context;
        atomic_store(&watching, 1);
    }
    pthread_mutex_unlock(&gate);
    return outcome;
}

static int is_below(const char *path) {
    return strncmp(path, root, root_length) == 0 &&
           (path[root_length] == '/' || path[root_length] == 0);
}

// The path of a descriptor, or of a name in a folder; 0 where it is not below the root.
static int find_path(int descriptor, const char *name, char *path) {
    if (!atomic_load(&watching)) return 0;
    int saved = errno;
    int found = 0;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
    if (name != NULL && name[0] == '/') {
        found = strlen(name) < PATH_MAX;
        if (found) strcpy(path, name);
    } else if (length > 0) {
        path[length] = 0;
        found = 1;
        if (name != NULL) {
            found = (size_t)length + strlen(name) + 2 <= PATH_MAX;
            if (found) {
                path[length] = '/';
                strcpy(path + length + 1, name);
            }
        }
    }
    errno = saved;
    return found && is_below(path);
}

// Runs a call; when it succeeds, tells of it. Nothing else below the root happens in between.
#define WATCHED(answer_type, action, fields)                                                       \
    do {                                                                                           \
        pthread_mutex_lock(&gate);                                                                 \
        answer_type answer = (answer_type)(action);                                                \
        if (answer >= 0 && atomic_load(&watching)) {                                               \
            int saved = errno;                                                                     \
            struct recover_call call = fields;                                                     \
            observe(&call, observer_context);                                                      \
            errno = saved;                                                                         \
        }                                                                                          \
        pthread_mutex_unlock(&gate);                                                               \
        return answer;                                                                             \
    } while (0)
#define FIELDS(...) ((struct recover_call){__VA_ARGS__})

ssize_t write(int descriptor, const void *bytes, size_t count) {
    char path[PATH_MAX];
    if (!find_path(descriptor, NULL, path)) return syscall(SYS_write, descriptor, bytes, count);
    WATCHED(ssize_t, syscall(SYS_write, descriptor, bytes, count),
            FIELDS(.kind = RECOVER_CALL_WRITE, .path = path, .bytes = bytes,
                   .count = (size_t)answer,
                   .offset = syscall(SYS_lseek, descriptor, 0, SEEK_CUR) - answer));
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    char path[PATH_MAX];
    if (!find_path(descriptor, NULL, path)) {
        return syscall(SYS_pwrite64, descriptor, bytes, count, offset);
    }
    WATCHED(ssize_t, syscall(SYS_pwrite64, descriptor, bytes, count, offset),
            FIELDS(.kind = RECOVER_CALL_WRITE, .path = path, .bytes = bytes,
                   .count = (size_t)answer, .offset = offset));
}

int ftruncate(int descriptor, off_t length) {
    char path[PATH_MAX];
    if (!find_path(descriptor, NULL, path)) return (int)syscall(SYS_ftruncate, descriptor, length);
    WATCHED(int, syscall(SYS_ftruncate, descriptor, length),
            FIELDS(.kind = RECOVER_CALL_RESIZE, .path = path, .offset = length));
}

int fsync(int descriptor) {
    char path[PATH_MAX];
    if (!find_path(descriptor, NULL, path)) return (int)syscall(SYS_fsync, descriptor);
    WATCHED(int, syscall(SYS_fsync, descriptor), FIELDS(.kind = RECOVER_CALL_SYNC, .path = path));
}

int fdatasync(int descriptor) {
    char path[PATH_MAX];
    if (!find_path(descriptor, NULL, path)) return (int)syscall(SYS_fdatasync, descriptor);
    WATCHED(int, syscall(SYS_fdatasync, descriptor),
            FIELDS(.kind = RECOVER_CALL_SYNC, .path = path));
}

int syncfs(int descriptor) {
    char path[PATH_MAX];
    if (!find_path(descriptor, NULL, path)) return (int)syscall(SYS_syncfs, descriptor);
    WATCHED(int, syscall(SYS_syncfs, descriptor),
            FIELDS(.kind = RECOVER_CALL_SYNC_ALL, .path = path));
}

int mkdirat(int folder, const char *name, mode_t mode) {
    char path[PATH_MAX];
    if (!find_path(folder, name, path)) return (int)syscall(SYS_mkdirat, folder, name, mode);
    WATCHED(int, syscall(SYS_mkdirat, folder, name, mode),
            FIELDS(.kind = RECOVER_CALL_MAKE_FOLDER, .path = path));
}

int unlinkat(int folder, const char *name, int flags) {
    char path[PATH_MAX];
    if (!find_path(folder, name, path)) return (int)syscall(SYS_unlinkat, folder, name, flags);
    WATCHED(int, syscall(SYS_unlinkat, folder, name, flags),
            FIELDS(.kind = RECOVER_CALL_REMOVE, .path = path));
}

int renameat2(int from, const char *name, int to, const char *new_name, unsigned int flags) {
    char path[PATH_MAX], new_path[PATH_MAX];
    if (!find_path(from, name, path) || !find_path(to, new_name, new_path)) {
        return (int)syscall(SYS_renameat2, from, name, to, new_name, flags);
    }
    WATCHED(int, syscall(SYS_renameat2, from, name, to, new_name, flags),
            FIELDS(.kind = RECOVER_CALL_RENAME, .path = path, .new_path = new_path));
}

int renameat(int from, const char *name, int to, const char *new_name) {
    return renameat2(from, name, to, new_name, 0);
}

int linkat(int from, const char *name, int to, const char *new_name, int flags) {
    char path[PATH_MAX], new_path[PATH_MAX];
    if (!find_path(from, name, path) || !find_path(to, new_name, new_path)) {
        return (int)syscall(SYS_linkat, from, name, to, new_name, flags);
    }
    WATCHED(int, syscall(SYS_linkat, from, name, to, new_name, flags),
            FIELDS(.kind = RECOVER_CALL_LINK, .path = path, .new_path = new_path));
}
