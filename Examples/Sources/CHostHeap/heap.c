// Pieces of files are made on one thread and freed on another: many arenas would keep what none of them uses.
#include "heap.h"

#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>

void host_heap_tune(void) {
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_MMAP_THRESHOLD, 128 * 1024);
    mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
}
#else
void host_heap_tune(void) {}
#endif
