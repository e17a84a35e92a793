// Levels: sanitising, peaks, clipping, gain, fades, dither, limiting, channel order.
#pragma once

#include "busker_base.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What a meter has seen since it was made or reset.
typedef struct busker_level_report {
    /// Frames seen.
    uint64_t frames;
    /// Samples that were not a number and became 0.
    uint64_t not_numbers;
    /// Samples beyond the limit, infinite ones too, that were brought back to it.
    uint64_t out_of_range;
    /// Samples in runs of at least 3 in one channel at or above 0.9999 of full scale.
    uint64_t clipped_samples;
    /// The number of those runs.
    uint64_t clipped_runs;
    /// The largest absolute sample after sanitising, 1 is full scale.
    float peak;
} busker_level_report;

/// Sanitises interleaved samples in place and keeps count of what it saw.
typedef struct busker_meter busker_meter;

/// Makes a meter for 1...BUSKER_CHANNELS_MAX channels that clamps to `limit` (> 0, finite).
busker_status busker_meter_create(size_t channels, float limit, busker_meter **out) BUSKER_MUST_USE;
void busker_meter_destroy(busker_meter *meter);
void busker_meter_reset(busker_meter *meter);

/// Ends runs that go on, because the next block does not follow the last one; the counts stay.
void busker_meter_break(busker_meter *meter);

/// Sanitises interleaved samples in place: NaN becomes 0, denormals become 0, the rest is clamped to the limit.
///
/// `count` is in samples and a multiple of the channel count, otherwise BUSKER_BAD_LENGTH. Runs of clipping go on
/// from one call to the next, so the report does not depend on how the signal is cut into blocks.
busker_status busker_meter_clean(busker_meter *meter, float *__counted_by(count) samples __noescape, size_t count)
    BUSKER_MUST_USE;

/// What was seen so far; a run that still goes on counts.
busker_level_report busker_meter_report(const busker_meter *meter);

/// Multiplies samples by a linear gain, in place.
void busker_gain(float *__counted_by(count) samples __noescape, size_t count, float gain);

/// Multiplies interleaved frames by a gain that goes in a straight line from `from` (first frame) towards `to`.
///
/// The frame after the last one would have exactly `to`, so two fades meet without a step. `count` is in samples and a
/// multiple of `channels` (>= 1), otherwise BUSKER_BAD_LENGTH.
busker_status busker_fade(float *__counted_by(count) samples __noescape, size_t count, size_t channels, float from,
                          float to) BUSKER_MUST_USE;

/// Turns interleaved samples into one run per channel: `out[c * frames + i] = in[i * channels + c]`.
///
/// `count` is in samples and a multiple of `channels` (>= 1); `in` and `out` must not overlap.
busker_status busker_deinterleave(const float *__counted_by(count) in __noescape,
                                  float *__counted_by(count) out __noescape, size_t count, size_t channels)
    BUSKER_MUST_USE;

/// The reverse of `busker_deinterleave`.
busker_status busker_interleave(const float *__counted_by(count) in __noescape,
                                float *__counted_by(count) out __noescape, size_t count, size_t channels)
    BUSKER_MUST_USE;

/// Rounds floats to whole numbers of 16 or 24 bits, with or without triangular dither.
typedef struct busker_quantiser busker_quantiser;

/// Makes a quantiser for 16 or 24 bits; with `dither` it adds noise of triangular density, +-1 step, from `seed`.
///
/// The noise of a sample depends only on the seed and on how many samples went before, never on block sizes.
busker_status busker_quantiser_create(unsigned bits, bool dither, uint64_t seed, busker_quantiser **out)
    BUSKER_MUST_USE;
void busker_quantiser_destroy(busker_quantiser *quantiser);

/// Rounds to 16 bits: 1.0 is 32768, clamped to -32768...32767; NaN becomes 0. Only for a 16-bit quantiser.
busker_status busker_quantiser_16(busker_quantiser *quantiser, const float *__counted_by(count) in __noescape,
                                  int16_t *__counted_by(count) out __noescape, size_t count) BUSKER_MUST_USE;

/// Rounds to 24 bits that stand in the upper part of 32; clamped; NaN becomes 0. Only for a 24-bit quantiser.
busker_status busker_quantiser_24(busker_quantiser *quantiser, const float *__counted_by(count) in __noescape,
                                  int32_t *__counted_by(count) out __noescape, size_t count) BUSKER_MUST_USE;

/// Writes the upper 24 bits of each number as three little-endian bytes; `out` has 3 * count bytes.
busker_status busker_pack_24(const int32_t *__counted_by(count) in __noescape, size_t count,
                             uint8_t *__counted_by(bytes) out __noescape, size_t bytes) BUSKER_MUST_USE;

/// The settings of a limiter.
typedef struct busker_limiter_config {
    /// Frames per second, 1...768000.
    uint32_t sample_rate;
    /// 1...BUSKER_CHANNELS_MAX; all channels share one gain, so the stereo image stands still.
    uint32_t channels;
    /// No sample leaves above this, linear, > 0 and <= 1.
    float ceiling;
    /// How far it looks ahead, and how late its output is, in seconds, 0.0005...0.1.
    float look_ahead;
    /// The time constant of the gain's way back, in seconds, 0.001...10.
    float release;
} busker_limiter_config;

/// A peak limiter with look-ahead.
typedef struct busker_limiter busker_limiter;

busker_status busker_limiter_create(const busker_limiter_config *config, busker_limiter **out) BUSKER_MUST_USE;
void busker_limiter_destroy(busker_limiter *limiter);
void busker_limiter_reset(busker_limiter *limiter);

/// How many frames the output is behind the input.
size_t busker_limiter_latency(const busker_limiter *limiter);

/// Limits interleaved samples in place; what comes out is `latency` frames older than what went in.
///
/// Feed `latency` frames of silence at the end to get the rest. `count` is a multiple of the channel count.
busker_status busker_limiter_process(busker_limiter *limiter, float *__counted_by(count) samples __noescape,
                                     size_t count) BUSKER_MUST_USE;

#ifdef __cplusplus
}
#endif
