// What the parts of the core share among themselves: memory and loops.
#pragma once

#include <string.h>

#include "busker_base.h"
#include "busker_plans.h"
#include "stems_tables.h"
#include "pitch.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/// Zeroed memory on a 64-byte boundary, or NULL; counted, ended by `busker_free`.
void *busker_alloc(size_t count, size_t size);
void busker_free(void *block);

enum {
    /// Frames beside each other in the panels of the similarity's features.
    BUSKER_PANEL = 32,
    /// Bins the median over listed columns works on at a time.
    BUSKER_RANK_LANES = 256,
    /// Bits that count the frames of one list.
    BUSKER_COUNT_BITS = 17,
};

/// A number that sorts by similarity first, and among equal ones puts the lower frame on top.
static inline uint64_t busker_similar_key(float similarity, uint32_t frame)
{
    uint32_t bits;
    memcpy(&bits, &similarity, sizeof bits);
    return (uint64_t)bits << 32 | (UINT32_MAX - frame);
}

/// The extremes of a run of samples (or of sums of channels), and the sum of their squares.
typedef struct busker_extremes {
    int32_t low, high;
    uint64_t energy;
} busker_extremes;

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
