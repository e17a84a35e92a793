// Starts another program within limits; what Swift cannot do between fork and exec.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What to start and within which limits; a negative limit is none.
typedef struct busker_child_plan {
    /// The program's path and its arguments, ended by NULL.
    char *const *arguments;
    /// `NAME=value` texts, ended by NULL; nothing else is inherited.
    char *const *environment;
    /// The working folder.
    const char *folder;
    /// Seconds of processor time; the program gets SIGXCPU then, and SIGKILL a second later.
    int64_t processor_seconds;
    /// Bytes of address space.
    int64_t memory_bytes;
    /// Bytes of one file.
    int64_t file_bytes;
    /// Open files.
    int64_t open_files;
} busker_child_plan;

/// A program that runs: its id and our ends of its three pipes.
typedef struct busker_child {
    int64_t process;
    int input;
    int output;
    int errors;
} busker_child;

/// Starts a program in a session of its own, with nothing inherited but three pipes.
///
/// On Linux it gains no privileges, is the first to go when memory runs out, and is killed when the calling thread ends, so
/// call this on a thread that waits for it. Our ends of the pipes do not block and are not inherited by other programs.
/// Returns 0, or the `errno` of what failed, after which nothing is left.
int busker_child_start(const busker_child_plan *plan, busker_child *child);

#ifdef __cplusplus
}
#endif
