#ifndef RECOVER_SPAWNING_H
#define RECOVER_SPAWNING_H

#include <sys/types.h>

/* What the Processes module needs and the Glibc module of Swift hides or cannot express.
   All return -1 and set errno on failure, as the calls they wrap. */

/* pipe2 with O_CLOEXEC: a spawn on another thread must not inherit our ends. */
int recover_pipe(int ends[2]);

/* An unnamed file in memory, closed on exec. */
int recover_memory_file(const char *name);

/* Starts `path` as leader of a process group of its own, in the folder `folder`, with `input`,
   `output` and `errors` as 0, 1 and 2 and no other descriptor, no signal blocked or ignored.
   Returns 0 or the error number of the step that failed, exec and chdir of the child included.
   The three descriptors are above 2; `output` and `errors` may also be 1 and 2 themselves. */
int recover_spawn(pid_t *pid, const char *path, char *const argv[], char *const environment[],
                  int folder, int input, int output, int errors);

/* A descriptor that polls readable once the process has ended (syscall: glibc wraps it from 2.36). */
int recover_pidfd_open(pid_t pid);

/* 1 when the child has ended, 0 while it runs; never reaps it. */
int recover_has_ended(pid_t pid);

/* The environment of this process; `environ` is a mutable global, which Swift 6 refuses. */
char *const *recover_environment(void);

#endif
