// Exact running medians of levels, over time and over frequency.
//
// Edges are reflected as scipy's "reflect" does (d c b a | a b c d | d c b a, again and again where the window
// is wider than the data). A NaN counts as 0; infinities are ordinary values. Every instruction set gives the same
// numbers. Levels are `bins` floats a frame, frames one after another.
#pragma once

#include "busker_base.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What a running median is made of.
typedef struct busker_median_config {
    /// Bins of a frame: 1 ... BUSKER_FFT_SIZE_MAX / 2 + 1.
    uint32_t bins;
    /// Frames or bins in the window: odd, 1...BUSKER_MEDIAN_WIDTH_MAX.
    uint32_t width;
} busker_median_config;

/// A running median with its work space (about bins * (2 * width + 16) floats) and the state of one stream.
typedef struct busker_median busker_median;

/// Makes a running median; `out` is set only on success. BUSKER_BAD_ARGUMENT or BUSKER_NO_MEMORY.
busker_status busker_median_create(const busker_median_config *config, busker_median **out) BUSKER_MUST_USE;

/// Ends a running median; NULL is allowed.
void busker_median_destroy(busker_median *median);

/// Forgets the stream.
void busker_median_reset(busker_median *median);

/// The median over `width` frames around each frame, for each bin of a block.
///
/// Counts are frames * bins and equal, or BUSKER_BAD_LENGTH. `out` must not overlap `levels`.
busker_status busker_median_time(
    busker_median *median, const float *levels __counted_by(levels_count) __noescape, size_t levels_count,
    float *out __counted_by(out_count) __noescape, size_t out_count) BUSKER_MUST_USE;

/// The median over `width` bins around each bin, for each frame of a block; lengths as in `busker_median_time`.
busker_status busker_median_frequency(
    busker_median *median, const float *levels __counted_by(levels_count) __noescape, size_t levels_count,
    float *out __counted_by(out_count) __noescape, size_t out_count) BUSKER_MUST_USE;

/// Frames by which the stream's medians over time lag behind: (width - 1) / 2.
uint32_t busker_median_latency(const busker_median *median);

/// Takes the next frame of the stream and gives the median over time of the frame `latency` frames earlier.
///
/// `is_ready` tells whether there was such a frame and `out` was written. Counts are `bins`, or BUSKER_BAD_LENGTH;
/// BUSKER_BAD_STATE after a flush. Same numbers as `busker_median_time` of the whole stream.
busker_status busker_median_push(
    busker_median *median, const float *levels __counted_by(levels_count) __noescape, size_t levels_count,
    float *out __counted_by(out_count) __noescape, size_t out_count, bool *is_ready) BUSKER_MUST_USE;

/// Gives the next of the medians still due after the last frame; `is_ready` is false when there is none left.
///
/// The first flush ends the stream; `busker_median_reset` begins a new one.
busker_status busker_median_flush(
    busker_median *median, float *out __counted_by(out_count) __noescape, size_t out_count,
    bool *is_ready) BUSKER_MUST_USE;

#ifdef __cplusplus
}
#endif
