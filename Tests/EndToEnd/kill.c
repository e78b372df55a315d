/* A library before libc's: counts the lines of an operation's journal as they become durable, and at
 * line KILL_AT kills the program, or runs the command RUN_AT. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int fsync(int file) {
    static int (*real)(int);
    static int count;
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    int result = real(file);
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    const char *when = getenv("KILL_AT");
    if (length > 0 && when) {
        path[length] = 0;
        if (strstr(path, "/operations/") && strstr(path, "journal.jsonl") && ++count == atoi(when)) {
            const char *instead = getenv("RUN_AT");
            if (!instead) kill(getpid(), SIGKILL);
            unsetenv("LD_PRELOAD");
            if (system(instead)) return result;
        }
    }
    return result;
}
