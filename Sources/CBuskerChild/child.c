// Starts another program within limits.
#if defined(__linux__)
#define _GNU_SOURCE
#endif

#include "CBuskerChild.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/prctl.h>
#endif

// The pipes by number: what the program reads, writes, and complains on; [0] is the reading end.
enum { INPUT, OUTPUT, ERRORS, PIPES };

static void close_pipes(int pipes[PIPES][2]) {
    for (int at = 0; at < PIPES; ++at) {
        for (int end = 0; end < 2; ++end) {
            if (pipes[at][end] >= 0) close(pipes[at][end]);
        }
    }
}

// Makes an end close itself at exec, above the three standard numbers so that dup2 never meets its own source.
static int lift(int *end) {
    const int lifted = fcntl(*end, F_DUPFD_CLOEXEC, 3);
    if (lifted < 0) return errno;
    close(*end);
    *end = lifted;
    return 0;
}

static int open_pipes(int pipes[PIPES][2]) {
    memset(pipes, 0xFF, sizeof(int) * PIPES * 2);
    for (int at = 0; at < PIPES; ++at) {
        if (pipe(pipes[at]) != 0) return errno;
        for (int end = 0; end < 2; ++end) {
            const int status = lift(&pipes[at][end]);
            if (status != 0) return status;
        }
        const int ours = at == INPUT ? 1 : 0;
        if (fcntl(pipes[at][ours], F_SETFL, O_NONBLOCK) != 0) return errno;
    }
    return 0;
}

static int limit(int kind, int64_t most, int64_t beyond) {
    if (most < 0) return 0;
    const struct rlimit bounds = {.rlim_cur = (rlim_t)most, .rlim_max = (rlim_t)(most + beyond)};
    return setrlimit(kind, &bounds) == 0 ? 0 : errno;
}

static int set_limits(const busker_child_plan *plan) {
    int status = limit(RLIMIT_CORE, 0, 0);
    if (status == 0) status = limit(RLIMIT_CPU, plan->processor_seconds, 1);
    if (status == 0) status = limit(RLIMIT_AS, plan->memory_bytes, 0);
    if (status == 0) status = limit(RLIMIT_FSIZE, plan->file_bytes, 0);
    if (status == 0) status = limit(RLIMIT_NOFILE, plan->open_files, 0);
    return status;
}

#if defined(__linux__)
static int bind_to(pid_t parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return errno;
    if (getppid() != parent) return ESRCH;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
    const int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (score >= 0) {
        const ssize_t written = write(score, "500", 3);
        (void)written;
        close(score);
    }
    return 0;
}
#endif

// Only calls that are safe between vfork and exec.
static int become(const busker_child_plan *plan, int pipes[PIPES][2], pid_t parent) {
    if (setsid() < 0) return errno;
#if defined(__linux__)
    int status = bind_to(parent);
    if (status != 0) return status;
#else
    (void)parent;
    int status = 0;
#endif
    if (dup2(pipes[INPUT][0], STDIN_FILENO) < 0) return errno;
    if (dup2(pipes[OUTPUT][1], STDOUT_FILENO) < 0) return errno;
    if (dup2(pipes[ERRORS][1], STDERR_FILENO) < 0) return errno;
#if defined(__linux__)
    if (close_range(3, ~0U, 0) != 0) return errno;
#endif
    if (chdir(plan->folder) != 0) return errno;
    for (int number = 1; number < 32; ++number) {
        if (number != SIGKILL && number != SIGSTOP) signal(number, SIG_DFL);
    }
    status = set_limits(plan);
    if (status != 0) return status;
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(plan->arguments[0], plan->arguments, plan->environment);
    return errno;
}

int busker_child_start(const busker_child_plan *plan, busker_child *child) {
    int pipes[PIPES][2];
    int status = open_pipes(pipes);
    if (status != 0) {
        close_pipes(pipes);
        return status;
    }
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const pid_t parent = getpid();
    volatile int failure = 0;
    const pid_t process = vfork();
    if (process == 0) {
        failure = become(plan, pipes, parent);
        _exit(127);
    }
    status = process < 0 ? errno : failure;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (status != 0) {
        if (process > 0) {
            while (waitpid(process, NULL, 0) < 0 && errno == EINTR) {}
        }
        close_pipes(pipes);
        return status;
    }
    close(pipes[INPUT][0]);
    close(pipes[OUTPUT][1]);
    close(pipes[ERRORS][1]);
    *child = (busker_child){
        .process = process, .input = pipes[INPUT][1], .output = pipes[OUTPUT][0], .errors = pipes[ERRORS][0]};
    return 0;
}
