// Harmonic/percussive masks from medians over time and frequency.
//
// Fitzgerald 2010 with the margins of Driedger, Mueller and Disch 2014. With H the median over time and P the median
// over frequency, mask_h = share(H, margin_h * P) and mask_p = share(P, margin_p * H), where share is
// `busker_soft_mask`: the masks of librosa's `decompose.hpss` with the same settings. With both margins 1 and a finite
// power the masks add up to 1; with greater margins `busker_mask_residual` gives what belongs to neither.
//
// From equal magnitudes come librosa's masks to 1e-6. A transform in single precision knows bins that lie far under the
// loudest bin of their frame less exactly than librosa's double precision, and their masks differ with them; the
// separated sounds still agree to over 130 dB.
#pragma once

#include "busker_base.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What a harmonic/percussive separation is made of.
typedef struct busker_hpss_config {
    /// Bins of a frame: 1...BUSKER_FFT_SIZE_MAX / 2 + 1.
    uint32_t bins;
    /// Frames in the median over time: odd, 1...BUSKER_MEDIAN_WIDTH_MAX; librosa's default is 31.
    uint32_t width_time;
    /// Bins in the median over frequency: odd, 1...BUSKER_MEDIAN_WIDTH_MAX; librosa's default is 31.
    uint32_t width_frequency;
    /// Power of the masks: over 0; infinity gives hard masks; librosa's default is 2.
    float power;
    /// How many times over the other the harmonic part must be: 1 or more, finite.
    float margin_harmonic;
    /// How many times over the other the percussive part must be: 1 or more, finite.
    float margin_percussive;
} busker_hpss_config;

/// A separation with its work space and the state of one stream.
typedef struct busker_hpss busker_hpss;

/// Makes a separation; `out` is set only on success. BUSKER_BAD_ARGUMENT or BUSKER_NO_MEMORY.
busker_status busker_hpss_create(const busker_hpss_config *config, busker_hpss **out) BUSKER_MUST_USE;

/// Ends a separation; NULL is allowed.
void busker_hpss_destroy(busker_hpss *hpss);

/// Forgets the stream.
void busker_hpss_reset(busker_hpss *hpss);

/// The masks of a block of magnitudes, its time edges mirrored.
///
/// All counts are frames * bins and equal, or BUSKER_BAD_LENGTH. No two buffers may overlap.
busker_status busker_hpss_masks(
    busker_hpss *hpss, const float *magnitudes __counted_by(magnitudes_count) __noescape, size_t magnitudes_count,
    float *harmonic __counted_by(harmonic_count) __noescape, size_t harmonic_count,
    float *percussive __counted_by(percussive_count) __noescape, size_t percussive_count) BUSKER_MUST_USE;

/// Frames by which the stream's masks lag behind: (width_time - 1) / 2.
uint32_t busker_hpss_latency(const busker_hpss *hpss);

/// Takes the magnitudes of the next frame and gives the masks of the frame `latency` frames earlier.
///
/// `is_ready` tells whether there was such a frame and the masks were written. Counts are `bins`, or
/// BUSKER_BAD_LENGTH; BUSKER_BAD_STATE after a flush. Same bits as `busker_hpss_masks` of the whole stream.
busker_status busker_hpss_push(
    busker_hpss *hpss, const float *magnitudes __counted_by(magnitudes_count) __noescape, size_t magnitudes_count,
    float *harmonic __counted_by(harmonic_count) __noescape, size_t harmonic_count,
    float *percussive __counted_by(percussive_count) __noescape, size_t percussive_count,
    bool *is_ready) BUSKER_MUST_USE;

/// Gives the next of the masks still due after the last frame; `is_ready` is false when there is none left.
///
/// The first flush ends the stream; `busker_hpss_reset` begins a new one.
busker_status busker_hpss_flush(
    busker_hpss *hpss, float *harmonic __counted_by(harmonic_count) __noescape, size_t harmonic_count,
    float *percussive __counted_by(percussive_count) __noescape, size_t percussive_count,
    bool *is_ready) BUSKER_MUST_USE;

#ifdef __cplusplus
}
#endif
