// What the parts of the core share among themselves: memory and loops.
#pragma once

#include "busker_base.h"

/// Zeroed memory on a 64-byte boundary, or NULL; counted, ended by `busker_free`.
void *busker_alloc(size_t count, size_t size);
void busker_free(void *block);

/// The planner of FFTW is not thread-safe: every plan is made and ended between these two.
void busker_planner_lock(void);
void busker_planner_unlock(void);

/// The hot loops, once per instruction set; see kernels.inc.
typedef struct busker_kernels {
    const char *name;
#define KERNEL(result, name, ...) result (*name)(__VA_ARGS__);
#include "kernels.def"
#undef KERNEL
} busker_kernels;

/// The loops in force. A handle keeps what it finds here in `create`.
const busker_kernels *busker_current_kernels(void);

extern const busker_kernels busker_kernels_baseline;
#if defined(__x86_64__)
extern const busker_kernels busker_kernels_avx2;
extern const busker_kernels busker_kernels_avx512;
#endif
