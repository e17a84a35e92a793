// Loudness as people hear it, after ITU-R BS.1770-4 and EBU R 128.
#pragma once

#include "busker_base.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The settings of a loudness meter.
typedef struct busker_loudness_config {
    /// Frames per second, 1000...768000.
    uint32_t sample_rate;
    /// 1...BUSKER_CHANNELS_MAX, in the order of WAVE; the low-frequency channel does not count.
    uint32_t channels;
    /// Also the loudness range (EBU Tech 3342).
    bool range;
    /// Also the largest momentary (400 ms) and short-term (3 s) loudness, looked at every 100 ms.
    bool maxima;
    /// Also the true peak; costs about six times the rest.
    bool true_peak;
    /// Keep every 100 ms block instead of a histogram of 0.1 LU: exact, but takes memory as the sound goes on.
    bool exact;
} busker_loudness_config;

/// What was measured. Loudness in LUFS and range in LU; -infinity where there was only silence or too little sound.
typedef struct busker_loudness_result {
    double integrated;
    double range;
    double momentary_max;
    double short_term_max;
    /// The largest absolute sample, linear.
    double sample_peak;
    /// The largest absolute value between samples, linear; 0 where it was not asked for.
    double true_peak;
} busker_loudness_result;

typedef struct busker_loudness busker_loudness;

busker_status busker_loudness_create(const busker_loudness_config *config, busker_loudness **out) BUSKER_MUST_USE;
void busker_loudness_destroy(busker_loudness *loudness);

/// Measures interleaved samples; NaN counts as 0 and values beyond +-16 as +-16, since one NaN would spoil everything.
///
/// `count` is in samples, whole frames, otherwise BUSKER_BAD_LENGTH. Only with `exact` does libebur128 take memory here.
busker_status busker_loudness_push(busker_loudness *loudness, const float *__counted_by(count) samples __noescape,
                                   size_t count) BUSKER_MUST_USE;

/// What was measured so far; more can be pushed afterwards.
busker_status busker_loudness_read(busker_loudness *loudness, busker_loudness_result *out) BUSKER_MUST_USE;

#ifdef __cplusplus
}
#endif
