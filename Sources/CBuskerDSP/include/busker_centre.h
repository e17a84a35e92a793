// What two channels tell about place: the middle, the sides, and how alike they are.
//
// Every function here is stateless and works bin by bin on spectra of any number of frames, interleaved real and
// imaginary parts; `count` is always the number of floats of one channel, 2 * bins * frames. Where both channels are
// silent the answer is 0.
#pragma once

#include "busker_base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    /// The largest exponent of the similarity of the channels.
    BUSKER_CENTRE_EXPONENT_MAX = 8,
    /// The most frames to either side that a coherence is smoothed over.
    BUSKER_COHERENCE_FRAMES_MAX = 32,
    /// The most bins to either side that a coherence is smoothed over.
    BUSKER_COHERENCE_BINS_MAX = 64,
};

/// How much of each bin is in the middle: (1 - |L - R| / (|L| + |R|))^exponent, 0 to 1.
///
/// `mask` takes count / 2 floats. The first `low_bins` of each frame's `bins` get 0: bass is in the middle too.
/// Equal channels give 1. Returns BUSKER_BAD_LENGTH if the lengths differ or are no frames of `bins`,
/// BUSKER_BAD_ARGUMENT if the exponent is not 1 to BUSKER_CENTRE_EXPONENT_MAX or bins are 0.
busker_status busker_centre_similarity(const float *__counted_by(count) left __noescape,
                                       const float *__counted_by(count) right __noescape, size_t count, size_t bins,
                                       size_t low_bins, unsigned exponent,
                                       float *__counted_by(mask_count) mask __noescape,
                                       size_t mask_count) BUSKER_MUST_USE;

/// The centre spectrum aC with C = L/|L| + R/|R|, so that what is left on both sides, L - aC and R - aC, is orthogonal.
///
/// `centre` takes count floats. a is the smaller solution of (L - aC).(R - aC) = 0; where the channels are more than
/// 90 degrees apart it would be negative, and the centre is 0 (published as "centre cut"). Equal channels give L.
/// Returns BUSKER_BAD_LENGTH if `count` is odd.
busker_status busker_centre_cut(const float *__counted_by(count) left __noescape,
                                const float *__counted_by(count) right __noescape,
                                float *__counted_by(count) centre __noescape, size_t count) BUSKER_MUST_USE;

/// Where each bin is, and how well the channels agree there.
///
/// `place` = (|R|^2 - |L|^2) / (|L|^2 + |R|^2): -1 left, 0 middle, 1 right. `agreement` = 2 Re(L R*) / (|L|^2 + |R|^2):
/// 1 only where level and phase are equal, 0 for one side or a quarter turn, -1 for opposite phase (Avendano's
/// panning index with the phase kept). Each takes count / 2 floats. Returns BUSKER_BAD_LENGTH if lengths differ.
busker_status busker_centre_panning(const float *__counted_by(count) left __noescape,
                                    const float *__counted_by(count) right __noescape, size_t count,
                                    float *__counted_by(out_count) place __noescape,
                                    float *__counted_by(out_count) agreement __noescape,
                                    size_t out_count) BUSKER_MUST_USE;

/// Turns two channels into middle and side, or back.
///
/// Forward: (a + b) / 2 and (a - b) / 2. Back, with `back`: a + b and a - b. Works in place; samples or spectra.
void busker_centre_mid_side(float *__counted_by(count) a __noescape, float *__counted_by(count) b __noescape,
                            size_t count, bool back);

typedef struct busker_coherence_config {
    /// Bins of a frame, 1 to BUSKER_FFT_SIZE_MAX / 2 + 1.
    size_t bins;
    /// Frames to either side in the average, 0 to BUSKER_COHERENCE_FRAMES_MAX.
    size_t frames_around;
    /// Bins to either side in the average, 0 to BUSKER_COHERENCE_BINS_MAX.
    size_t bins_around;
} busker_coherence_config;

typedef struct busker_coherence busker_coherence;

/// Makes a coherence meter; it holds about 32 bytes a bin. Returns BUSKER_BAD_ARGUMENT or BUSKER_NO_MEMORY.
busker_status busker_coherence_create(const busker_coherence_config *config, busker_coherence **handle) BUSKER_MUST_USE;
void busker_coherence_destroy(busker_coherence *handle);

/// How steadily the channels belong together around each bin of a segment.
///
/// With averages S over a box of frames and bins, cut at the segment's edges: `coherence` = |S_LR|^2 / (S_LL S_RR),
/// 0 to 1, 1 for one source in one place; `alignment` = Re S_LR / sqrt(S_LL S_RR), -1 to 1, 1 for one in phase.
/// Each takes count / 2 floats. Returns BUSKER_BAD_LENGTH if lengths differ or are no whole frames.
busker_status busker_coherence_measure(busker_coherence *handle, const float *__counted_by(count) left __noescape,
                                       const float *__counted_by(count) right __noescape, size_t count,
                                       float *__counted_by(out_count) coherence __noescape,
                                       float *__counted_by(out_count) alignment __noescape,
                                       size_t out_count) BUSKER_MUST_USE;

#ifdef __cplusplus
}
#endif
