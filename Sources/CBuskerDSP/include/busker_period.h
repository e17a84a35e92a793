// Music that repeats in time: the beat spectrum, its period, and the median over the repetitions (REPET).
#pragma once

#include "busker_base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    /// The longest segment, in frames.
    BUSKER_PERIOD_FRAMES_MAX = 65536,
    /// The most repetitions around a frame in the adaptive median.
    BUSKER_PERIOD_ORDER_MAX = 15,
};

typedef struct busker_period_config {
    /// Bins of a frame, 1 to BUSKER_FFT_SIZE_MAX / 2 + 1.
    size_t bins;
    /// The most frames of a segment, 1 to BUSKER_PERIOD_FRAMES_MAX.
    size_t frames_max;
} busker_period_config;

typedef struct busker_period busker_period;

/// Makes a handle for segments of up to `frames_max` frames.
///
/// With T = frames_max and b the bits of T - 1 it holds about T * (2 kB + 32 b) bytes. Returns BUSKER_BAD_ARGUMENT,
/// BUSKER_NO_MEMORY, or BUSKER_LIBRARY_FAILED if FFTW has no plan.
busker_status busker_period_create(const busker_period_config *config, busker_period **handle) BUSKER_MUST_USE;
void busker_period_destroy(busker_period *handle);

/// The beat spectrum: how alike a segment is to itself `lag` frames later, averaged over bins.
///
/// The unbiased autocorrelation of each bin's power (the square of the channels' mean magnitude), divided by the value
/// at lag 0; 0 everywhere for silence. `magnitudes` is planar, channels * frames * bins, `beat` takes frames floats,
/// lag 0 first. Returns BUSKER_BAD_LENGTH if a length does not fit, frames exceed `frames_max`, or channels are not 1
/// to BUSKER_CHANNELS_MAX.
busker_status busker_period_beat_spectrum(busker_period *handle,
                                          const float *__counted_by(count) magnitudes __noescape, size_t count,
                                          size_t channels, float *__counted_by(frames) beat __noescape,
                                          size_t frames) BUSKER_MUST_USE;

/// The lag of the highest beat from `shortest` to `longest` frames and up to a third of the frames; 0 if there is none.
///
/// Of equal beats the shortest lag wins. Lags below 1 are not looked at.
size_t busker_period_pick(const float *__counted_by(frames) beat __noescape, size_t frames, size_t shortest,
                          size_t longest);

/// The period around each frame, from beat spectra of stretches of `stretch` frames, one every `step` frames.
///
/// `periods` takes one number a frame, 0 where nothing beats. A stretch is centred on its frame and moved
/// inward at the segment's edges; frames take the period of the nearest stretch. Returns BUSKER_BAD_LENGTH as above,
/// BUSKER_BAD_ARGUMENT if stretch or step are 0.
busker_status busker_period_track(busker_period *handle, const float *__counted_by(count) magnitudes __noescape,
                                  size_t count, size_t channels, size_t stretch, size_t step, size_t shortest,
                                  size_t longest, uint32_t *__counted_by(frames) periods __noescape,
                                  size_t frames) BUSKER_MUST_USE;

/// The repeating segment: the median of each bin over all frames at the same place in the period.
///
/// `out`, channels * frames * bins like `magnitudes`, gets it for every frame, the last part of a period from the
/// repetitions that reach it. Returns BUSKER_BAD_LENGTH as above, BUSKER_BAD_ARGUMENT if `period` is 0.
busker_status busker_period_median(busker_period *handle, const float *__counted_by(count) magnitudes __noescape,
                                   size_t count, size_t channels, size_t frames, size_t period,
                                   float *__counted_by(out_count) out __noescape, size_t out_count) BUSKER_MUST_USE;

/// The median over `order` frames around each, one of its own periods apart, the frame itself in the middle.
///
/// Frames outside the segment are left out; a period of 0 gives the frame itself. `order` is odd, 1 to
/// BUSKER_PERIOD_ORDER_MAX. Returns BUSKER_BAD_LENGTH as above or BUSKER_BAD_ARGUMENT for the order.
busker_status busker_period_adaptive_median(busker_period *handle,
                                            const float *__counted_by(count) magnitudes __noescape, size_t count,
                                            size_t channels, const uint32_t *__counted_by(frames) periods __noescape,
                                            size_t frames, size_t order, float *__counted_by(out_count) out __noescape,
                                            size_t out_count) BUSKER_MUST_USE;

#ifdef __cplusplus
}
#endif
