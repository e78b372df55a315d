#define _GNU_SOURCE
#include "spawning.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

int recover_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int recover_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

static int plan_files(posix_spawn_file_actions_t *files, int folder, int input, int output,
                      int errors) {
    int error = posix_spawn_file_actions_addfchdir_np(files, folder);
    if (error == 0) error = posix_spawn_file_actions_adddup2(files, input, 0);
    if (error == 0) error = posix_spawn_file_actions_adddup2(files, output, 1);
    if (error == 0) error = posix_spawn_file_actions_adddup2(files, errors, 2);
    if (error == 0) error = posix_spawn_file_actions_addclosefrom_np(files, 3);
    return error;
}

static int plan_attributes(posix_spawnattr_t *attributes) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int error = posix_spawnattr_setpgroup(attributes, 0);
    if (error == 0) error = posix_spawnattr_setsigmask(attributes, &none);
    if (error == 0) error = posix_spawnattr_setsigdefault(attributes, &all);
    if (error == 0)
        error = posix_spawnattr_setflags(
            attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    return error;
}

int recover_spawn(pid_t *pid, const char *path, char *const argv[], char *const environment[],
                  int folder, int input, int output, int errors) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&files);
    if (error != 0) return error;
    error = posix_spawnattr_init(&attributes);
    if (error == 0) {
        error = plan_files(&files, folder, input, output, errors);
        if (error == 0) error = plan_attributes(&attributes);
        if (error == 0) error = posix_spawn(pid, path, &files, &attributes, argv, environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&files);
    return error;
}

int recover_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int recover_has_ended(pid_t pid) {
    siginfo_t info;
    do {
        info.si_pid = 0;
        if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
            return info.si_pid == pid;
    } while (errno == EINTR);
    return -1;
}

char *const *recover_environment(void) { return environ; }
