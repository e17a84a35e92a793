// What every part of the signal core shares: limits, status codes, annotations.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if __has_include(<ptrcheck.h>)
#include <ptrcheck.h>
#endif
#if __has_include(<lifetimebound.h>)
#include <lifetimebound.h>
#endif
#ifndef __counted_by
#define __counted_by(n)
#endif
#ifndef __noescape
#define __noescape
#endif

#define BUSKER_MUST_USE __attribute__((warn_unused_result))

#ifdef __cplusplus
extern "C" {
#endif

enum {
    BUSKER_FFT_SIZE_MIN = 64,
    BUSKER_FFT_SIZE_MAX = 65536,
    BUSKER_CHANNELS_MAX = 8,
    BUSKER_MEDIAN_WIDTH_MAX = 255,
};

/// How a call ended. Zero is success; every failure is negative and has a text.
typedef enum busker_status {
    BUSKER_OK = 0,
    /// A setting is outside the range its field documents.
    BUSKER_BAD_ARGUMENT = -1,
    /// A buffer is shorter or longer than the handle needs.
    BUSKER_BAD_LENGTH = -2,
    /// The system has no more memory.
    BUSKER_NO_MEMORY = -3,
    /// The call does not fit what was called before, such as a push after the end.
    BUSKER_BAD_STATE = -4,
    /// A library below refused; the text of the part says which.
    BUSKER_LIBRARY_FAILED = -5,
} busker_status;

/// One English sentence for a status; never NULL, also for a number that is no status.
const char *busker_status_text(busker_status status);

/// How many blocks of memory the core has taken on the calling thread.
///
/// A test reads it before and after a hot path: the two must be equal.
uint64_t busker_allocations(void);

/// The instruction set the hot loops run with: "avx512", "avx2" or "baseline".
const char *busker_instruction_set(void);

/// Chooses the instruction set by name for the calling thread, for tests and benchmarks; handles that this thread makes
/// afterwards use it, on whatever thread they are used.
///
/// Returns BUSKER_BAD_ARGUMENT where the processor lacks it. The default is the best the processor has.
busker_status busker_use_instruction_set(const char *name) BUSKER_MUST_USE;

#ifdef __cplusplus
}
#endif
