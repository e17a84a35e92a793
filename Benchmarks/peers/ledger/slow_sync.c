// Makes a fast disk as slow as an ordinary one: every sync takes at least SYNC_US microseconds (LD_PRELOAD).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

static uint64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

static int slow(const char *name, int file)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    const char *text = getenv("SYNC_US");
    uint64_t least = text ? strtoull(text, NULL, 10) : 0, begin = now_us();
    int result = real(file);
    uint64_t taken = now_us() - begin;
    if (taken < least) {
        struct timespec rest = {0, (long)(least - taken) * 1000};
        nanosleep(&rest, NULL);
    }
    return result;
}

int fsync(int file)
{
    return slow("fsync", file);
}

int fdatasync(int file)
{
    return slow("fdatasync", file);
}
