// Changes the sample rate, block by block, with an exact length.
#pragma once

#include "busker_base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    BUSKER_RATE_MIN = 1000,
    BUSKER_RATE_MAX = 768000,
    /// The largest ratio of the two rates, either way; libsamplerate is unsound near its own limit of 256.
    BUSKER_RATE_RATIO_MAX = 32,
};

/// How much is paid for how little is lost (libsamplerate's three windowed-sinc converters).
typedef enum busker_rate_quality {
    /// About 145 dB, flat to 97 % of the band.
    BUSKER_RATE_BEST = 0,
    /// About 120 dB, flat to 90 % of the band; four times faster than the best.
    BUSKER_RATE_MEDIUM = 1,
    /// About 100 dB, flat to 80 % of the band, audibly duller at the top.
    BUSKER_RATE_FAST = 2,
} busker_rate_quality;

/// The settings of a converter.
typedef struct busker_rate_config {
    /// Frames per second going in, BUSKER_RATE_MIN...BUSKER_RATE_MAX.
    uint32_t from;
    /// Frames per second coming out, same range, at most 32 times more or less.
    uint32_t to;
    /// 1...BUSKER_CHANNELS_MAX.
    uint32_t channels;
    busker_rate_quality quality;
} busker_rate_config;

typedef struct busker_rate busker_rate;

busker_status busker_rate_create(const busker_rate_config *config, busker_rate **out) BUSKER_MUST_USE;
void busker_rate_destroy(busker_rate *rate);
void busker_rate_reset(busker_rate *rate);

/// Converts what it can: takes interleaved samples from `in` and puts interleaved samples into `out`.
///
/// `in_count` and `out_count` are in samples, whole frames, otherwise BUSKER_BAD_LENGTH; `in` and `out` must not
/// overlap. `used` and `made` get how many samples were taken and given. Call with `last` set once the input is at its
/// end, again and again until `made` is 0 and `used` is everything. In all, exactly round(n * to / from) frames come
/// out for n that went in, half rounded up, and the samples do not depend on how the input was cut. libsamplerate takes
/// all its memory in `create`.
busker_status busker_rate_process(busker_rate *rate, const float *__counted_by(in_count) in __noescape, size_t in_count,
                                  bool last, float *__counted_by(out_count) out __noescape, size_t out_count,
                                  size_t *used, size_t *made) BUSKER_MUST_USE;

#ifdef __cplusplus
}
#endif
