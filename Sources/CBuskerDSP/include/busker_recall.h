// What repeats: a sound's bands, the frames of a window that sound alike, and quantiles over them.
#pragma once

#include "busker_base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    /// The most bands of a filter bank.
    BUSKER_BANDS_MAX = 512,
    /// The most numbers that describe a frame.
    BUSKER_RECALL_FEATURES_MAX = 4096,
    /// The longest piece, in frames: 25 minutes at 44.1 kHz and a hop of 1024.
    BUSKER_RECALL_FRAMES_MAX = 65536,
    /// The largest distance over which a neighbour must be a maximum, in frames.
    BUSKER_RECALL_DISTANCE_MAX = 1024,
    /// The most neighbours of one frame.
    BUSKER_RECALL_NEIGHBOURS_MAX = 32,
};

typedef struct busker_bands_config {
    /// Bins of a frame, 1 to BUSKER_FFT_SIZE_MAX / 2 + 1; bin b lies at b * bin_width.
    size_t bins;
    /// Hz between two bins, above 0.
    double bin_width;
    /// Bands, 1 to BUSKER_BANDS_MAX.
    size_t count;
    /// Where the first band begins and the last one ends, in Hz: 0 <= lowest < highest.
    double lowest, highest;
} busker_bands_config;

typedef struct busker_bands busker_bands;

/// Makes triangular bands whose edges are geometric in f + 200 Hz.
///
/// With count + 2 edges e, band k rises from e[k] to e[k + 1] and falls to e[k + 2]; its weights are divided by their
/// sum + 1e-9. A band between two bins is empty and always 0. Holds about 12 * bins bytes.
/// Returns BUSKER_BAD_ARGUMENT or BUSKER_NO_MEMORY.
busker_status busker_bands_create(const busker_bands_config *config, busker_bands **handle) BUSKER_MUST_USE;
void busker_bands_destroy(busker_bands *handle);

/// The root of the weighted mean level of every band.
///
/// `levels` holds frames * bins non-negative floats, `out` frames * count. Sums of NaN or below 0 count as 0.
/// Returns BUSKER_BAD_LENGTH if a length does not fit.
busker_status busker_bands_apply(const busker_bands *handle, const float *__counted_by(levels_count) levels __noescape,
                                 size_t levels_count, size_t frames, float *__counted_by(out_count) out __noescape,
                                 size_t out_count) BUSKER_MUST_USE;

typedef struct busker_recall_config {
    /// Numbers that describe a frame, 1 to BUSKER_RECALL_FEATURES_MAX.
    size_t features;
    /// The most bins of a quantile, 1 to BUSKER_FFT_SIZE_MAX / 2 + 1.
    size_t bins_max;
    /// The most frames of a piece, 1 to BUSKER_RECALL_FRAMES_MAX.
    size_t frames_max;
    /// Frames looked at: W = min(window, frames) from clamp(t - W / 2, 0, frames - W) on; at least 1.
    size_t window;
    /// A neighbour is at least as similar as all within this many frames, 0 to BUSKER_RECALL_DISTANCE_MAX.
    size_t distance;
    /// The most neighbours of a frame, 1 to BUSKER_RECALL_NEIGHBOURS_MAX.
    size_t neighbours;
} busker_recall_config;

typedef struct busker_recall busker_recall;

/// Makes a handle for pieces of up to `frames_max` frames.
///
/// It holds 4 * frames_max * (features + neighbours + 1) bytes, and 136 * (window + 128); never a matrix of all pairs.
/// Returns BUSKER_BAD_ARGUMENT or BUSKER_NO_MEMORY.
busker_status busker_recall_create(const busker_recall_config *config, busker_recall **handle) BUSKER_MUST_USE;
void busker_recall_destroy(busker_recall *handle);

/// Finds the frames of the window that sound most like each frame (Rafii and Pardo, REPET-SIM, in a window).
///
/// `features` holds frames * features floats. Similarity is the product of u / (|u| + 1e-6), and 2 with the frame
/// itself, so a frame is always its own first neighbour; among equal ones the lower frame comes first. A frame whose
/// features are not finite is like one of silence. `frames` may be 0.
/// Returns BUSKER_BAD_LENGTH if `count` is not frames * features, or frames exceed `frames_max`.
busker_status busker_recall_find(busker_recall *handle, const float *__counted_by(count) features __noescape,
                                 size_t count, size_t frames) BUSKER_MUST_USE;

/// Writes the neighbours of a frame, the most similar first, and returns how many there are.
///
/// Only the first `count` are written where there are more; 0 only for a frame that the last `find` did not have.
size_t busker_recall_neighbours(const busker_recall *handle, size_t frame,
                                uint32_t *__counted_by(count) neighbours __noescape, size_t count);

/// A quantile of every bin over the neighbours that the last `find` chose.
///
/// Of a frame with n neighbours it is the element int(q * (n - 1) + 0.5) in rising order, 0 <= q <= 1. `levels` holds
/// the frames of that `find`, each `stride` floats after the one before, of which the first `bins` are taken; `out`
/// holds frames * bins. Exact, the same bits with every instruction set, where no level is NaN.
/// Returns BUSKER_BAD_ARGUMENT for q, and BUSKER_BAD_LENGTH if bins are not 1 to `bins_max`, stride is below bins,
/// `count` is below (frames - 1) * stride + bins, or `out_count` is not frames * bins.
busker_status busker_recall_quantile(const busker_recall *handle, const float *__counted_by(count) levels __noescape,
                                     size_t count, size_t bins, size_t stride, float q,
                                     float *__counted_by(out_count) out __noescape, size_t out_count) BUSKER_MUST_USE;

#ifdef __cplusplus
}
#endif
