#ifndef RECOVER_CFILECALLS_H
#define RECOVER_CFILECALLS_H

#include <stddef.h>
#include <stdint.h>

// The calls that change files, as the code under test makes them. This target defines the C
// functions themselves (pwrite, fsync, renameat2, ...); an executable that links it calls these
// in place of those of libc, so that nothing in the code under test knows of being watched.

enum recover_call_kind {
    RECOVER_CALL_WRITE,
    RECOVER_CALL_RESIZE,
    RECOVER_CALL_SYNC,
    RECOVER_CALL_SYNC_ALL,
    RECOVER_CALL_MAKE_FOLDER,
    RECOVER_CALL_RENAME,
    RECOVER_CALL_LINK,
    RECOVER_CALL_REMOVE,
};

struct recover_call {
    enum recover_call_kind kind;
    // Absolute: the file, or the old name of a rename or link; valid during the call only.
    const char *path;
    // The new name of a rename or link, else NULL.
    const char *new_path;
    // Of a write: what was written, as far as it was.
    const void *bytes;
    size_t count;
    // Of a write: where; of a resize: the new length.
    int64_t offset;
};

typedef void (*recover_call_observer)(const struct recover_call *call, void *context);

// Tells the observer of every call below `root` that succeeded, in one order, from now on; calls
// below it run one at a time. One root at a time; NULL ends it. Returns 0, or -1 where one is on.
int recover_observe_calls(const char *root, recover_call_observer observer, void *context);

#endif
