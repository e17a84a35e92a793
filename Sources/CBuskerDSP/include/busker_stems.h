// Four stems of a mixture: voice, drums, bass, and the rest.
//
// Cue fusion: running medians, repetition, the likeness of the channels and two pitch tracks each say for every bin how much
// they speak for a stem; the weighted sum of their logarithms is the stem's logit, and the masks are the softmax of the
// logits. The weights were chosen on rendered songs; see Documentation/Decisions/0003.
#pragma once

#include "busker_base.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The stems that have a mask; the rest is what they leave.
enum {
    BUSKER_STEM_VOCALS = 0,
    BUSKER_STEM_DRUMS = 1,
    BUSKER_STEM_BASS = 2,
    BUSKER_STEMS = 3,
};

enum {
    /// The most rounds of refinement.
    BUSKER_REFINEMENTS_MAX = 8,
};

/// The two halves of a stereo signal, each with masks of its own.
enum {
    BUSKER_HALF_MID = 0,
    BUSKER_HALF_SIDE = 1,
};

typedef struct busker_stems_config {
    /// Frames a second, 8000...192000 Hz.
    uint32_t sample_rate;
    /// The transform: Hann window, fft_size about 0.093 s, hop a quarter of it.
    uint32_t fft_size;
    uint32_t hop;
    /// The most samples of a segment: 1...2^26.
    size_t samples_max;
    /// Rounds of the multichannel Wiener filter after the masks: 0...BUSKER_REFINEMENTS_MAX; only two channels are refined.
    uint32_t refinements;
} busker_stems_config;

/// One separation of segments with all its memory.
typedef struct busker_stems busker_stems;

/// Makes a separation; it holds about 6 * samples_max / hop * fft_size / 2 floats.
///
/// Returns BUSKER_BAD_ARGUMENT or BUSKER_NO_MEMORY; `out` is set only on success.
busker_status busker_stems_create(const busker_stems_config *config, busker_stems **out) BUSKER_MUST_USE;

/// Ends a separation; NULL is allowed.
void busker_stems_destroy(busker_stems *stems);

/// Begins a segment: `mid` is (left + right) / 2 and `side` (left - right) / 2.
///
/// `side_count` is `count`, or 0 for a sound of one channel. Returns BUSKER_BAD_LENGTH otherwise, and for more than
/// `samples_max` samples.
busker_status busker_stems_begin(
    busker_stems *stems, const float *mid __counted_by(count) __noescape, size_t count,
    const float *side __counted_by(side_count) __noescape, size_t side_count) BUSKER_MUST_USE;

/// Does the next part of the work; `share` becomes what is done, 0...1, and the masks are ready at 1.
///
/// Returns BUSKER_BAD_STATE before a segment was begun.
busker_status busker_stems_step(busker_stems *stems, double *share) BUSKER_MUST_USE;

/// Passes samples of the segment's length through the mask that a stem has in the mid or the side half.
///
/// A stem's left is the sum and its right the difference of its halves. Where the segment was refined, the result is the
/// refined half of the segment itself and `samples` is not looked at. Returns BUSKER_BAD_STATE before the masks are ready,
/// BUSKER_BAD_LENGTH unless both counts are the segment's, BUSKER_BAD_ARGUMENT for an unknown stem or half.
busker_status busker_stems_filter(
    busker_stems *stems, uint32_t stem, uint32_t half, const float *samples __counted_by(count) __noescape, size_t count,
    float *out __counted_by(out_count) __noescape, size_t out_count) BUSKER_MUST_USE;

#ifdef __cplusplus
}
#endif
