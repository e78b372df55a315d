#ifndef RECOVER_CLINUX_H
#define RECOVER_CLINUX_H

#include "spawning.h"
#include "width.h"

#include <stdint.h>
#include <stddef.h>
#include <sys/types.h>

// What glibc declares only for GNU sources, or as macros that Swift does not import.
// Each function returns what its system call returns and leaves errno as it was set.

struct recover_status {
    uint32_t mode;
    uint32_t uid;
    uint32_t gid;
    uint32_t link_count;
    uint64_t size;
    uint64_t blocks;
    uint64_t inode;
    uint64_t device;
    uint64_t device_self;
    uint64_t mount_id;
    int64_t modified_ns;
    int64_t changed_ns;
    int is_mount_root;
};

// statx(2), never following a final link unless `follow`; an empty path means `folder` itself.
int recover_statx(int folder, const char *path, int follow, struct recover_status *out);
// renameat2(2) with RENAME_NOREPLACE.
int recover_rename_new(int from, const char *old_path, int to, const char *new_path);
// renameat2(2) with RENAME_EXCHANGE: the two names swap what they stand for.
int recover_rename_exchange(int from, const char *old_path, int to, const char *new_path);
// openat2(2) with RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS.
int recover_open_beneath(int folder, const char *path, int flags, mode_t mode);
// openat2(2) with O_PATH and RESOLVE_BENEATH: links are followed as long as they stay beneath.
int recover_find_beneath(int folder, const char *path);
int recover_sync_file_system(int descriptor);
// O_DIRECT switched on or off for an open descriptor.
int recover_set_direct(int descriptor, int on);
// FICLONE: the target shares all blocks of the source; both on one file system that can do this.
int recover_share_blocks(int target, int source);
// fallocate(2) without changing the size that readers see.
int recover_reserve(int descriptor, int64_t length_bytes);
// The magic number of the file system that holds the descriptor; -1 on failure.
int64_t recover_file_system_magic(int descriptor);
int recover_free_bytes(int descriptor, uint64_t *available, uint64_t *total);

ssize_t recover_list_xattrs(int descriptor, char *list, size_t size);
ssize_t recover_get_xattr(int descriptor, const char *name, void *value, size_t size);
int recover_set_xattr(int descriptor, const char *name, const void *value, size_t size);
// The same for a path, of which the final link is not followed.
ssize_t recover_list_link_xattrs(const char *path, char *list, size_t size);
ssize_t recover_get_link_xattr(const char *path, const char *name, void *value, size_t size);

// Keeps large buffers in the heap instead of mapping and unmapping them at every use.
void recover_keep_large_allocations(void);

// lseek(2) with SEEK_DATA and SEEK_HOLE.
int64_t recover_seek_data(int descriptor, int64_t offset);
int64_t recover_seek_hole(int descriptor, int64_t offset);

// The "leave this time alone" mark of utimensat(2).
long recover_time_omit(void);

// Whether a signal is ignored, as whoever started this process may have wished; 0 on failure.
int recover_signal_is_ignored(int number);

#endif
