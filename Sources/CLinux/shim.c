#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x00002000
#endif

// Beyond the years 1677 and 2262 the nearest time that 64 bits hold.
static int64_t nanoseconds(int64_t seconds, uint32_t rest) {
    int64_t result;
    if (__builtin_mul_overflow(seconds, 1000000000LL, &result) ||
        __builtin_add_overflow(result, (int64_t)rest, &result)) {
        return seconds < 0 ? INT64_MIN : INT64_MAX;
    }
    return result;
}

int recover_statx(int folder, const char *path, int follow, struct recover_status *out) {
    struct statx found;
    int flags = AT_NO_AUTOMOUNT | (follow ? 0 : AT_SYMLINK_NOFOLLOW);
    if (path[0] == 0) flags |= AT_EMPTY_PATH;
    if (statx(folder, path, flags, STATX_BASIC_STATS | STATX_MNT_ID, &found) != 0) return -1;
    memset(out, 0, sizeof *out);
    out->mode = found.stx_mode;
    out->uid = found.stx_uid;
    out->gid = found.stx_gid;
    out->link_count = found.stx_nlink;
    out->size = found.stx_size;
    out->blocks = found.stx_blocks;
    out->inode = found.stx_ino;
    out->device = makedev(found.stx_dev_major, found.stx_dev_minor);
    out->device_self = makedev(found.stx_rdev_major, found.stx_rdev_minor);
    out->mount_id = found.stx_mnt_id;
    out->modified_ns = nanoseconds(found.stx_mtime.tv_sec, found.stx_mtime.tv_nsec);
    out->changed_ns = nanoseconds(found.stx_ctime.tv_sec, found.stx_ctime.tv_nsec);
    out->is_mount_root = (found.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
    return 0;
}

int recover_rename_new(int from, const char *old_path, int to, const char *new_path) {
    return renameat2(from, old_path, to, new_path, RENAME_NOREPLACE);
}

int recover_rename_exchange(int from, const char *old_path, int to, const char *new_path) {
    return renameat2(from, old_path, to, new_path, RENAME_EXCHANGE);
}

int recover_open_beneath(int folder, const char *path, int flags, mode_t mode) {
    struct open_how how = {
        .flags = (uint64_t)flags,
        .mode = (flags & (O_CREAT | __O_TMPFILE)) ? mode : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
    };
    return (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
}

int recover_find_beneath(int folder, const char *path) {
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_BENEATH};
    long found;
    // EAGAIN: something was renamed meanwhile, so that the kernel cannot tell about "..".
    for (int tries = 0; tries < 1000; tries++) {
        found = syscall(SYS_openat2, folder, path, &how, sizeof how);
        if (found >= 0 || (errno != EAGAIN && errno != EINTR)) break;
    }
    return (int)found;
}

int recover_sync_file_system(int descriptor) { return syncfs(descriptor); }

int recover_set_direct(int descriptor, int on) {
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0) return -1;
    return fcntl(descriptor, F_SETFL, on ? flags | O_DIRECT : flags & ~O_DIRECT);
}

int recover_share_blocks(int target, int source) {
    return ioctl(target, FICLONE, source);
}

int recover_reserve(int descriptor, int64_t length_bytes) {
    return fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, length_bytes);
}

int64_t recover_file_system_magic(int descriptor) {
    struct statfs found;
    if (fstatfs(descriptor, &found) != 0) return -1;
    return (int64_t)(uint64_t)found.f_type;
}

int recover_free_bytes(int descriptor, uint64_t *available, uint64_t *total) {
    struct statvfs found;
    if (fstatvfs(descriptor, &found) != 0) return -1;
    *available = (uint64_t)found.f_bavail * found.f_frsize;
    *total = (uint64_t)found.f_blocks * found.f_frsize;
    return 0;
}

ssize_t recover_list_xattrs(int descriptor, char *list, size_t size) {
    return flistxattr(descriptor, list, size);
}

ssize_t recover_get_xattr(int descriptor, const char *name, void *value, size_t size) {
    return fgetxattr(descriptor, name, value, size);
}

int recover_set_xattr(int descriptor, const char *name, const void *value, size_t size) {
    return fsetxattr(descriptor, name, value, size, 0);
}

ssize_t recover_list_link_xattrs(const char *path, char *list, size_t size) {
    return llistxattr(path, list, size);
}

ssize_t recover_get_link_xattr(const char *path, const char *name, void *value, size_t size) {
    return lgetxattr(path, name, value, size);
}

void recover_keep_large_allocations(void) {
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
}

int64_t recover_seek_data(int descriptor, int64_t offset) {
    return lseek(descriptor, offset, SEEK_DATA);
}

int64_t recover_seek_hole(int descriptor, int64_t offset) {
    return lseek(descriptor, offset, SEEK_HOLE);
}

long recover_time_omit(void) { return UTIME_OMIT; }

int recover_signal_is_ignored(int number) {
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}
