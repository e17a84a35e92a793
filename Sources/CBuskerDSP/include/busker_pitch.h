// The pitch of the loudest harmonic sound: whitening, salience, the best path, and a comb along it.
//
// Levels are magnitudes or their roots, `bins` floats a frame, frames one after another; anything below 0 or not a
// number counts as 0. Every instruction set gives the same numbers.
#pragma once

#include "busker_base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    /// The most frames a handle takes at once.
    BUSKER_PITCH_FRAMES_MAX = 1 << 20,
    /// The most frames the whitening averages over.
    BUSKER_PITCH_WIDTH_FRAMES_MAX = 255,
    /// The most candidates between the lowest and the highest pitch.
    BUSKER_PITCH_CANDIDATES_MAX = 2048,
    /// The most harmonics a candidate has.
    BUSKER_PITCH_HARMONICS_MAX = 64,
    /// The most steps the path may jump from one frame to the next.
    BUSKER_PITCH_JUMP_MAX = 120,
};

typedef struct busker_pitch_config {
    /// Bins of a frame (FFT size / 2 + 1), 2 to BUSKER_FFT_SIZE_MAX / 2 + 1.
    size_t bins;
    /// The most frames given at once, 1 to BUSKER_PITCH_FRAMES_MAX.
    size_t frames_max;
    /// Hz from bin to bin, above 0.
    double bin_width;
    /// Candidates in Hz: from `lowest` in steps of `cents`, all below `highest`.
    double lowest, highest;
    /// From one candidate to the next, above 0.
    double cents;
    /// The highest harmonic used for the salience, Hz; at least `highest`.
    double top;
    /// Teeth at h * f0, h = 1 to `harmonics`, weight decay^(h-1); 1 to BUSKER_PITCH_HARMONICS_MAX.
    unsigned harmonics;
    /// 0 (not included) to 1.
    double decay;
    /// Each tooth has a negative one half an f0 below, of this share of its weight; 0 to 1.
    double between;
    /// What a step to the next candidate costs, in units of salience; at least 0.
    double jump_cost;
    /// The most candidates the path moves from frame to frame, 0 to BUSKER_PITCH_JUMP_MAX.
    unsigned jump_max;
    /// The salience fades in from `fade_low` (nothing at and below) to `fade_high` Hz; both 0 for all there is.
    double fade_low, fade_high;
    /// The path is read off every `block` frames, `lag` frames later; block 0: once, at the end of the segment.
    size_t block, lag;
} busker_pitch_config;

typedef struct busker_pitch busker_pitch;

/// Makes a pitch tracker; it holds about frames_max * candidates bytes and 1 KB a bin.
///
/// Returns BUSKER_BAD_ARGUMENT, also where the candidates are none or too many, or BUSKER_NO_MEMORY.
busker_status busker_pitch_create(const busker_pitch_config *config, busker_pitch **handle) BUSKER_MUST_USE;
void busker_pitch_destroy(busker_pitch *handle);

/// Candidates in force: those from `lowest` to below `highest`.
size_t busker_pitch_candidates(const busker_pitch *handle);

/// Divides levels by their surroundings, so that all harmonics of a voice weigh alike.
///
/// With `near` the mean over `width_bins` bins and `slow` the mean of `near` over `width_frames` frames, edges
/// reflected: level / (max(near, floor * slow) + 1e-6), or level / (slow + 1e-6) where `floor` is below 0. Widths
/// are odd; frames at most BUSKER_PITCH_WIDTH_FRAMES_MAX. `out` must not overlap `level`. Returns
/// BUSKER_BAD_ARGUMENT, or BUSKER_BAD_LENGTH if the counts are not `frames` * bins, frames up to frames_max.
busker_status busker_pitch_whiten(busker_pitch *handle, const float *__counted_by(count) level __noescape,
                                  size_t count, size_t frames, size_t width_bins, size_t width_frames, float floor,
                                  float *__counted_by(out_count) out __noescape, size_t out_count) BUSKER_MUST_USE;

/// The best path of pitches through a segment; `hertz` takes one candidate a frame, in Hz. There is no "unvoiced".
///
/// Salience: the weighted sum of (whitened) levels at the teeth, linear between bins, divided by (sum of the positive
/// weights)^0.75. Path: the largest sum of salience less `jump_cost` a step (Viterbi); equal ones go to the lower
/// candidate, silence to the lowest. Returns BUSKER_BAD_LENGTH if `count` is not `frames` * bins, frames up to
/// frames_max, or `hertz_count` is not `frames`.
busker_status busker_pitch_track(busker_pitch *handle, const float *__counted_by(count) whitened __noescape,
                                 size_t count, size_t frames, float *__counted_by(hertz_count) hertz __noescape,
                                 size_t hertz_count) BUSKER_MUST_USE;

/// One frame's Gaussian comb: exp(-0.5 ((f - max(1, round(f / f0)) f0) / sigma)^2) at f = bin * bin_width.
///
/// `hertz` is f0, `sigma` and `top` in Hz. From `top` on the comb is 0, everywhere if f0 or sigma is not above 0.
/// The exponential is within 1e-6.
void busker_pitch_comb(double bin_width, float hertz, float sigma, float top,
                       float *__counted_by(bins) comb __noescape, size_t bins);

#ifdef __cplusplus
}
#endif
