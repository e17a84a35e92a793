// What is done to single frames of spectra: levels, phases, masks.
//
// These functions keep nothing. Counts are in bins and may cover many frames at once.
// Levels are finite and not negative; a NaN spoils its own bin of the result and nothing else.
#pragma once

#include "busker_base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    /// Most sources that share a bin in `busker_ratio_masks` and `busker_mask_residual`.
    BUSKER_SOURCES_MAX = 16,
};

/// The absolute value of every bin; `spectrum_count` must be 2 * bins, or BUSKER_BAD_LENGTH.
busker_status busker_magnitude(
    const float *spectrum __counted_by(spectrum_count) __noescape, size_t spectrum_count,
    float *magnitude __counted_by(bins) __noescape, size_t bins) BUSKER_MUST_USE;

/// The squared absolute value of every bin; lengths as in `busker_magnitude`.
busker_status busker_power(
    const float *spectrum __counted_by(spectrum_count) __noescape, size_t spectrum_count,
    float *power __counted_by(bins) __noescape, size_t bins) BUSKER_MUST_USE;

/// The angle of every bin in -pi...pi, by atan2; lengths as in `busker_magnitude`.
busker_status busker_phase(
    const float *spectrum __counted_by(spectrum_count) __noescape, size_t spectrum_count,
    float *phase __counted_by(bins) __noescape, size_t bins) BUSKER_MUST_USE;

/// Multiplies every bin of a spectrum by its mask, in place; `spectrum_count` must be 2 * bins.
busker_status busker_mask_apply(
    float *spectrum __counted_by(spectrum_count) __noescape, size_t spectrum_count,
    const float *mask __counted_by(bins) __noescape, size_t bins) BUSKER_MUST_USE;

/// The share of `level` against `reference`: level^p / (level^p + reference^p), in 0...1.
///
/// As librosa's `util.softmask`: computed from the quotient of the two, so that nothing overflows. `power` is over 0;
/// infinity gives 1 where level > reference and 0 elsewhere. Where both are under the smallest normal float the mask
/// is 0.5 if `split_zeros`, else 0. Error at most 1e-6 for powers 1 and 2, 1e-5 for others. `mask` may be `level`
/// or `reference` itself. Returns BUSKER_BAD_ARGUMENT for another power, BUSKER_BAD_LENGTH unless all counts are equal.
busker_status busker_soft_mask(
    const float *level __counted_by(level_count) __noescape, size_t level_count,
    const float *reference __counted_by(reference_count) __noescape, size_t reference_count, float power,
    bool split_zeros, float *mask __counted_by(mask_count) __noescape, size_t mask_count) BUSKER_MUST_USE;

/// Shares each bin among `sources`: level_j^p / sum of all level^p; equal shares where all are silent.
///
/// `levels` and `masks` hold one source after the other, count = sources * bins each; `masks` may be `levels`.
/// With an infinite power the first of the greatest levels takes the bin. Errors as in `busker_soft_mask`, and
/// BUSKER_BAD_ARGUMENT unless sources is 1...BUSKER_SOURCES_MAX.
busker_status busker_ratio_masks(
    const float *levels __counted_by(levels_count) __noescape, size_t levels_count, size_t sources, float power,
    float *masks __counted_by(masks_count) __noescape, size_t masks_count) BUSKER_MUST_USE;

/// What `sources` masks leave of each bin: 1 - their sum, at least 0.
///
/// `masks` holds one source after the other, masks_count = sources * bins, or BUSKER_BAD_LENGTH.
busker_status busker_mask_residual(
    const float *masks __counted_by(masks_count) __noescape, size_t masks_count, size_t sources,
    float *residual __counted_by(bins) __noescape, size_t bins) BUSKER_MUST_USE;

/// The smaller of two masks in every bin, in place in `mask`; the counts must be equal.
busker_status busker_mask_minimum(
    float *mask __counted_by(mask_count) __noescape, size_t mask_count,
    const float *other __counted_by(other_count) __noescape, size_t other_count) BUSKER_MUST_USE;

/// The product of two masks in every bin, in place in `mask`; the counts must be equal.
busker_status busker_mask_multiply(
    float *mask __counted_by(mask_count) __noescape, size_t mask_count,
    const float *other __counted_by(other_count) __noescape, size_t other_count) BUSKER_MUST_USE;

/// Bounds every bin of a mask to low...high, in place; NaN becomes low. BUSKER_BAD_ARGUMENT unless low <= high.
busker_status busker_mask_clamp(
    float *mask __counted_by(mask_count) __noescape, size_t mask_count, float low, float high) BUSKER_MUST_USE;

#ifdef __cplusplus
}
#endif
