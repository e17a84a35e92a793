// Frames that sound alike: nearest frames of a spectrogram, and the median over them (REPET-SIM).
#pragma once

#include "busker_base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    /// The longest segment, in frames: 12.6 minutes at 44.1 kHz and a hop of 512.
    BUSKER_SIMILARITY_FRAMES_MAX = 65536,
    /// The most neighbours of one frame.
    BUSKER_SIMILARITY_NEIGHBOURS_MAX = 512,
    /// The largest minimum distance between two local maxima, in frames.
    BUSKER_SIMILARITY_PEAK_DISTANCE_MAX = 1024,
};

/// How the neighbours of a frame are chosen.
typedef enum busker_similarity_mode {
    /// The most similar local maxima; a frame is as a rule its own first neighbour (Rafii and Pardo, REPET-SIM).
    BUSKER_SIMILARITY_PEAKS = 0,
    /// The most similar frames at least `distance` away: librosa's recipe with the true nearest frames.
    BUSKER_SIMILARITY_NEAREST = 1,
} busker_similarity_mode;

typedef struct busker_similarity_config {
    /// Bins of a frame, 1 to BUSKER_FFT_SIZE_MAX / 2 + 1.
    size_t bins;
    /// The most frames of a segment, 1 to BUSKER_SIMILARITY_FRAMES_MAX.
    size_t frames_max;
    /// The most neighbours of a frame, 1 to BUSKER_SIMILARITY_NEIGHBOURS_MAX.
    size_t neighbours_max;
    /// PEAKS: a maximum exceeds all within this many frames, 1 to BUSKER_SIMILARITY_PEAK_DISTANCE_MAX.
    /// NEAREST: neighbours i, j have |i - j| >= distance; 0 lets a frame be its own neighbour.
    size_t distance;
    /// The smallest cosine similarity of a neighbour, 0 to 1.
    float threshold;
    busker_similarity_mode mode;
} busker_similarity_config;

typedef struct busker_similarity busker_similarity;

/// Makes a handle for segments of up to `frames_max` frames.
///
/// With T = frames_max rounded up to 128, F = bins, k = neighbours_max, b = bits of T - 1, it holds
/// T * (4 F + 12 k + 3640 + 32 b) bytes, in mode PEAKS 8 T * distance more; never a matrix of T * T.
/// Sixty seconds of 2048/512 at 44.1 kHz with k = 140: 59 MB. Returns BUSKER_BAD_ARGUMENT or BUSKER_NO_MEMORY.
busker_status busker_similarity_create(const busker_similarity_config *config,
                                       busker_similarity **handle) BUSKER_MUST_USE;
void busker_similarity_destroy(busker_similarity *handle);

/// Finds the neighbours of every frame.
///
/// `magnitudes` is planar, channels * frames * bins non-negative floats; the feature of a frame is the channels' mean,
/// scaled to unit length, and similarity is the cosine. Frames of silence are similar to none. Among equal
/// similarities the lower frame wins. A frame without neighbours gets itself. `frames` may be 0.
/// Returns BUSKER_BAD_LENGTH if `count` is not channels * frames * bins, frames exceed `frames_max`, or channels are
/// not 1 to BUSKER_CHANNELS_MAX.
busker_status busker_similarity_find(busker_similarity *handle, const float *__counted_by(count) magnitudes __noescape,
                                     size_t count, size_t channels, size_t frames) BUSKER_MUST_USE;

/// How many neighbours a frame has; 0 only for a frame that does not exist.
size_t busker_similarity_neighbour_count(const busker_similarity *handle, size_t frame);

/// Writes the neighbours of a frame, the most similar first, and returns how many there are.
///
/// Only the first `count` are written where there are more.
size_t busker_similarity_neighbours(const busker_similarity *handle, size_t frame,
                                    uint32_t *__counted_by(count) neighbours __noescape, size_t count);

/// The median of every bin over the neighbours that the last `find` chose.
///
/// `magnitudes` and `out` are channels * frames * bins floats, with the frames of that `find`; channels may differ.
/// An even number of neighbours gives the mean of the two in the middle, as in numpy. Exact, the same bits with every
/// instruction set. Returns BUSKER_BAD_LENGTH if a length does not fit.
busker_status busker_similarity_median(busker_similarity *handle,
                                       const float *__counted_by(count) magnitudes __noescape, size_t count,
                                       size_t channels, float *__counted_by(out_count) out __noescape,
                                       size_t out_count) BUSKER_MUST_USE;

#ifdef __cplusplus
}
#endif
