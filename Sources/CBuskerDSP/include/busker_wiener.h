// The multichannel Wiener filter: sources refined by what is known of their place and level.
#pragma once

#include "busker_base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    /// The most sources of one filter, the residual among them.
    BUSKER_WIENER_SOURCES_MAX = 8,
    /// The most frames of one window.
    BUSKER_WIENER_FRAMES_MAX = 4096,
    /// The most rounds of one call.
    BUSKER_WIENER_ITERATIONS_MAX = 32,
};

/// What the values of a first estimate are, and how the mixture becomes a source with them.
typedef enum busker_wiener_start {
    /// A mask m: y = m x.
    BUSKER_WIENER_MASKS = 0,
    /// A magnitude v: y = v exp(i arg x), the angle of nothing being 0.
    BUSKER_WIENER_MAGNITUDES = 1,
    /// A magnitude v: y = x v / (1e-10 + the sum of all v).
    BUSKER_WIENER_SOFT_MAGNITUDES = 2,
} busker_wiener_start;

typedef struct busker_wiener_config {
    /// Bins of a frame, 1 to BUSKER_FFT_SIZE_MAX / 2 + 1.
    size_t bins;
    /// The most frames of a window, 1 to BUSKER_WIENER_FRAMES_MAX; Open-Unmix takes 300.
    size_t frames_max;
    /// 1 or 2. (Open-Unmix doubles a mono input to 2.)
    size_t channels;
    /// Sources given, 1 to BUSKER_WIENER_SOURCES_MAX, less one with a residual.
    size_t sources;
    /// Whether what the sources leave of the mixture is one more source, the last.
    bool residual;
} busker_wiener_config;

typedef struct busker_wiener busker_wiener;

/// Makes a filter; it holds 512 * frames_max * (sources + 1) bytes and about 100 kB.
///
/// Returns BUSKER_BAD_ARGUMENT or BUSKER_NO_MEMORY.
busker_status busker_wiener_create(const busker_wiener_config *config, busker_wiener **handle) BUSKER_MUST_USE;
void busker_wiener_destroy(busker_wiener *handle);

/// The sources a filter gives: those of its configuration and the residual.
size_t busker_wiener_outputs(const busker_wiener *handle);

/// Makes first complex estimates of a window, and the residual where there is one.
///
/// `mixture` is channels * frames * 2 * bins floats, `values` sources * channels * frames * bins non-negative floats,
/// `out` outputs * channels * frames * 2 * bins floats. Returns BUSKER_BAD_LENGTH if a length does not fit or frames
/// exceed the window, BUSKER_BAD_ARGUMENT for an unknown start.
busker_status busker_wiener_begin(busker_wiener *handle, busker_wiener_start start,
                                  const float *__counted_by(mixture_count) mixture __noescape, size_t mixture_count,
                                  const float *__counted_by(values_count) values __noescape, size_t values_count,
                                  size_t frames, float *__counted_by(out_count) out __noescape,
                                  size_t out_count) BUSKER_MUST_USE;

/// Refines the estimates of a window in place, `iterations` rounds of expectation and maximisation (0 changes nothing).
///
/// Local Gaussian model as in norbert and Open-Unmix, with eps = 1e-10: with everything divided by
/// s = max(1, max |x| / 10), each round takes v_j(t,f), the channels' mean of |y_j|^2,
/// R_j(f) = sum_t y_j y_j^H / (eps + sum_t v_j), C = sum_j v_j R_j + sqrt(eps) I, and y_j = v_j R_j C^-1 x.
/// Sums and the inverse are in double precision. Windows are independent of each other.
/// `estimates` is outputs * channels * frames * 2 * bins floats, from `begin` or from a model.
/// Returns BUSKER_BAD_LENGTH if a length does not fit or frames exceed the window, BUSKER_BAD_ARGUMENT for more than
/// BUSKER_WIENER_ITERATIONS_MAX rounds.
busker_status busker_wiener_refine(busker_wiener *handle,
                                   const float *__counted_by(mixture_count) mixture __noescape, size_t mixture_count,
                                   size_t frames, size_t iterations,
                                   float *__counted_by(estimates_count) estimates __noescape,
                                   size_t estimates_count) BUSKER_MUST_USE;

#ifdef __cplusplus
}
#endif
