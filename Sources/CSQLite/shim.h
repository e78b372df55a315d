#include <sqlite3.h>
#include <stdint.h>
#include <sys/statfs.h>

// Extended result codes are composed macros, which Swift does not import.
static const int recover_sqlite_recovered_log = SQLITE_NOTICE_RECOVER_WAL;
static const int recover_sqlite_recovered_journal = SQLITE_NOTICE_RECOVER_ROLLBACK;
static const int recover_sqlite_hot_journal = SQLITE_READONLY_ROLLBACK;
static const int recover_sqlite_is_folder = SQLITE_CANTOPEN_ISDIR;

// sqlite3_config() takes variable arguments, which Swift does not import.
static inline int recover_sqlite_set_log(void (*log)(void *, int, const char *)) {
    return sqlite3_config(SQLITE_CONFIG_LOG, log, (void *)0);
}

// sqlite3_db_config() takes variable arguments; this is its form for the on/off options.
static inline int recover_sqlite_switch(sqlite3 *database, int option, int on) {
    int now = 0;
    return sqlite3_db_config(database, option, on, &now);
}

// Reads bytes of the main file through SQLite's own descriptor: opening and closing another one
// would drop this process's locks on the file.
static inline int recover_sqlite_read(sqlite3 *database, void *out, int count, int64_t offset) {
    sqlite3_file *file = 0;
    int code = sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (code != SQLITE_OK || file == 0 || file->pMethods == 0) return SQLITE_CANTOPEN;
    return file->pMethods->xRead(file, out, count, offset);
}

// How many frames of the write-ahead log count, from its index in shared memory, or -1 where that
// cannot be told. For a connection that reads in WAL mode: there the index is mapped already.
// https://sqlite.org/walformat.html, 2.1: the header's field mxFrame.
static inline int64_t recover_sqlite_log_frames(sqlite3 *database) {
    sqlite3_file *file = 0;
    volatile void *index = 0;
    int code = sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (code != SQLITE_OK || file == 0 || file->pMethods == 0) return -1;
    if (file->pMethods->iVersion < 2) return -1;
    code = file->pMethods->xShmMap(file, 0, 32768, 0, &index);
    if (code != SQLITE_OK || index == 0) return -1;
    return ((volatile uint32_t *)index)[4];
}

// Whether the path no longer names the file that is open.
static inline int recover_sqlite_has_moved(sqlite3 *database) {
    int moved = 0;
    int code = sqlite3_file_control(database, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return code == SQLITE_OK && moved != 0;
}

// The kernel's number for the kind of file system that holds the path, or -1: statfs(2), which
// Swift's Glibc leaves out. SQLite's log depends on it.
static inline int64_t recover_sqlite_file_system(const char *path) {
    struct statfs status;
    return statfs(path, &status) == 0 ? (int64_t)status.f_type : -1;
}
