// Memory, status texts, the planner's lock and the choice of loops.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static _Thread_local uint64_t allocations;
static pthread_mutex_t planner = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(const busker_kernels *) chosen;
/// What a test or a benchmark asked for on its own thread: others must not notice.
static _Thread_local const busker_kernels *forced;

const char *busker_status_text(busker_status status)
{
    switch (status) {
    case BUSKER_OK:
        return "success";
    case BUSKER_BAD_ARGUMENT:
        return "a setting is outside its documented range";
    case BUSKER_BAD_LENGTH:
        return "a buffer does not have the length this handle needs";
    case BUSKER_NO_MEMORY:
        return "the system has no more memory";
    case BUSKER_BAD_STATE:
        return "the call does not fit what was called before";
    case BUSKER_LIBRARY_FAILED:
        return "a library below the signal core refused";
    }
    return "an unknown status";
}

void *busker_alloc(size_t count, size_t size)
{
    size_t bytes;
    void *block = NULL;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2)
        return NULL;
    bytes = (bytes + 63) / 64 * 64;
    if (posix_memalign(&block, 64, bytes ? bytes : 64))
        return NULL;
    allocations++;
    return memset(block, 0, bytes ? bytes : 64);
}

void busker_free(void *block)
{
    free(block);
}

uint64_t busker_allocations(void)
{
    return allocations;
}

void busker_planner_lock(void)
{
    pthread_mutex_lock(&planner);
}

void busker_planner_unlock(void)
{
    pthread_mutex_unlock(&planner);
}

static bool can_run(const busker_kernels *kernels)
{
#if defined(__x86_64__)
    if (kernels == &busker_kernels_avx512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma");
    if (kernels == &busker_kernels_avx2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return kernels == &busker_kernels_baseline;
}

/// Every version of the loops, the best first.
static const busker_kernels *const versions[] = {
#if defined(__x86_64__)
    &busker_kernels_avx512,
    &busker_kernels_avx2,
#endif
    &busker_kernels_baseline,
};

const busker_kernels *busker_current_kernels(void)
{
    if (forced)
        return forced;
    const busker_kernels *kernels = atomic_load_explicit(&chosen, memory_order_acquire);
    for (size_t i = 0; !kernels; i++)
        if (can_run(versions[i]))
            kernels = versions[i];
    atomic_store_explicit(&chosen, kernels, memory_order_release);
    return kernels;
}

const char *busker_instruction_set(void)
{
    return busker_current_kernels()->name;
}

busker_status busker_use_instruction_set(const char *name)
{
    for (size_t i = 0; name && i < sizeof versions / sizeof *versions; i++) {
        if (strcmp(versions[i]->name, name) || !can_run(versions[i]))
            continue;
        forced = versions[i];
        return BUSKER_OK;
    }
    return BUSKER_BAD_ARGUMENT;
}
