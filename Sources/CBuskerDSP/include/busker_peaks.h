// Peaks and mean squares of audio, one point per so many frames.
#pragma once

#include "busker_base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    /// The most frames one point may span: energies of eight mixed channels still fit 64 bits.
    BUSKER_PEAKS_SPAN_MAX = 1 << 27,
};

/// What a peaks handle computes.
typedef struct busker_peaks_config {
    /// Channels of the input, 1 to BUSKER_CHANNELS_MAX.
    size_t channels;
    /// Frames a point spans, 1 to BUSKER_PEAKS_SPAN_MAX.
    size_t span;
    /// One output for the mean of all channels; otherwise one output per channel.
    bool mix;
    /// Whether mean squares are computed as well. Off costs nothing.
    bool energy;
} busker_peaks_config;

/// What a peaks handle has seen.
typedef struct busker_peaks_counts {
    /// Frames pushed.
    uint64_t frames;
    /// Samples that were not a number and were taken as zero.
    uint64_t not_numbers;
    /// Float samples outside -1 to 1, which were clamped.
    uint64_t overs;
} busker_peaks_counts;

typedef struct busker_peaks busker_peaks;

/// Makes a handle for `config`, or fails with BUSKER_BAD_ARGUMENT or BUSKER_NO_MEMORY.
busker_status busker_peaks_create(const busker_peaks_config *config, busker_peaks **out) BUSKER_MUST_USE;

/// Ends a handle; NULL is accepted.
void busker_peaks_destroy(busker_peaks *peaks);

/// Forgets everything pushed, keeping the settings.
void busker_peaks_reset(busker_peaks *peaks);

/// What was seen so far.
busker_peaks_counts busker_peaks_seen(const busker_peaks *peaks);

/// How many points the last push or end wrote.
size_t busker_peaks_written(const busker_peaks *peaks);

/// Pushes interleaved 16-bit samples, `count` a multiple of the channels, and writes the points they complete.
///
/// `pairs` takes minimum and maximum of every output, point after point, in 16-bit full scale; a mix is the sum of the
/// channels divided by their number toward zero. `means` takes the mean square of every output in 0...1 and is not
/// touched without `energy`. Both must have room for (frames pending + frames pushed) / span points, otherwise
/// BUSKER_BAD_LENGTH and nothing is taken.
busker_status busker_peaks_push_int16(busker_peaks *peaks, const int16_t *samples __counted_by(count) __noescape,
                                      size_t count, int16_t *pairs __counted_by(pair_values) __noescape,
                                      size_t pair_values, float *means __counted_by(mean_values) __noescape,
                                      size_t mean_values) BUSKER_MUST_USE;

/// Pushes interleaved float samples in -1...1 by the rules of `busker_peaks_push_int16`.
///
/// A sample becomes 16 bits as trunc(x * 32767), clamped; what is not a number becomes zero. Both are counted.
busker_status busker_peaks_push_float(busker_peaks *peaks, const float *samples __counted_by(count) __noescape,
                                      size_t count, int16_t *pairs __counted_by(pair_values) __noescape,
                                      size_t pair_values, float *means __counted_by(mean_values) __noescape,
                                      size_t mean_values) BUSKER_MUST_USE;

/// Writes the unfinished point, if there is one, as it stands, and leaves the handle as it was.
///
/// `pairs` and `means` must have room for one point.
busker_status busker_peaks_peek(busker_peaks *peaks, int16_t *pairs __counted_by(pair_values) __noescape,
                                size_t pair_values, float *means __counted_by(mean_values) __noescape,
                                size_t mean_values) BUSKER_MUST_USE;

/// Lets later points span `span` frames; BUSKER_BAD_STATE while a point is unfinished.
busker_status busker_peaks_respan(busker_peaks *peaks, size_t span) BUSKER_MUST_USE;

#ifdef __cplusplus
}
#endif
