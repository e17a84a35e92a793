// Short-time Fourier transform and its exact inverse.
//
// A frame is `fft_size` windowed samples; its spectrum has `fft_size / 2 + 1` bins, unscaled, as
// `2 * bins` floats. The inverse windows again, overlap-adds and divides by the summed squared windows
// (Griffin and Lim 1984), so it undoes the transform for every window and hop that `create` accepts.
//
// There are two ways of use. Blocks: whole signals with centred frames, frame k around sample k * hop,
// zeros outside. Stream: push and pull `hop` samples of one endless signal at a time. Both compute a frame
// with the same operations in the same order: equal samples give equal bits, wherever the frame stands.
#pragma once

#include "busker_base.h"
#include "busker_plans.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The windows, all periodic: window[i + fft_size / 2] is even in i.
typedef enum busker_window {
    /// 0.5 - 0.5 cos x, with x from 0 to 2 pi.
    BUSKER_WINDOW_HANN = 0,
    /// The square root of the Hann window, which is sin(x / 2).
    BUSKER_WINDOW_SQRT_HANN = 1,
    /// 0.54 - 0.46 cos x.
    BUSKER_WINDOW_HAMMING = 2,
    /// 0.42 - 0.5 cos x + 0.08 cos 2x.
    BUSKER_WINDOW_BLACKMAN = 3,
    /// All ones.
    BUSKER_WINDOW_RECTANGLE = 4,
} busker_window;

/// What a transform is made of.
typedef struct busker_stft_config {
    /// Samples in a frame: even, BUSKER_FFT_SIZE_MIN...BUSKER_FFT_SIZE_MAX; products of 2, 3, 5, 7 are fast.
    /// Where its half has a prime factor above 13, FFTW takes and gives back memory in every transform.
    uint32_t fft_size;
    /// Samples from one frame to the next: fft_size / 64 ... fft_size.
    uint32_t hop;
    /// The window of both directions.
    busker_window window;
    /// How the transform is planned; see busker_plans.h.
    busker_planning planning;
} busker_stft_config;

/// One transform with its tables and the state of one stream.
typedef struct busker_stft busker_stft;

/// Makes a transform; `out` is set only on success.
///
/// Returns BUSKER_BAD_ARGUMENT for a setting out of range, also when the squared windows at this hop sum up
/// to less than a hundredth of their greatest sum somewhere, because samples there could not be rebuilt;
/// BUSKER_NO_MEMORY; BUSKER_LIBRARY_FAILED when FFTW has no plan.
busker_status busker_stft_create(const busker_stft_config *config, busker_stft **out) BUSKER_MUST_USE;

/// Ends a transform; NULL is allowed.
void busker_stft_destroy(busker_stft *stft);

/// Forgets the stream, as if nothing had been pushed or pulled.
void busker_stft_reset(busker_stft *stft);

/// Bins of a spectrum: fft_size / 2 + 1.
uint32_t busker_stft_bins(const busker_stft *stft);

/// Frames of a centred block of `count` samples: 1 + count / hop.
///
/// One more when hop is over fft_size / 4 and does not divide count: the last samples would otherwise
/// lie under the foot of one window only.
size_t busker_stft_frames(const busker_stft *stft, size_t count);

/// Transforms a block of `count` samples into all its frames.
///
/// `spectrum_count` must be frames * 2 * bins, or BUSKER_BAD_LENGTH. Same frames as librosa's `stft` with
/// `center=True, pad_mode="constant"`.
busker_status busker_stft_analyse(
    busker_stft *stft, const float *samples __counted_by(count) __noescape, size_t count,
    float *spectrum __counted_by(spectrum_count) __noescape, size_t spectrum_count) BUSKER_MUST_USE;

/// Transforms only the frames `first_frame ..< first_frame + frames` of a block of `count` samples.
///
/// `spectrum_count` must be frames * 2 * bins and the range inside the block, or BUSKER_BAD_LENGTH.
busker_status busker_stft_analyse_range(
    busker_stft *stft, const float *samples __counted_by(count) __noescape, size_t count, size_t first_frame,
    size_t frames, float *spectrum __counted_by(spectrum_count) __noescape, size_t spectrum_count) BUSKER_MUST_USE;

/// Rebuilds the `count` samples of a block from all its frames.
///
/// `spectrum_count` must be frames(count) * 2 * bins, or BUSKER_BAD_LENGTH. The imaginary parts of the
/// first and the last bin are ignored. Same samples as librosa's `istft` with `length=count`.
/// A sample further than fft_size from both ends of the block has bits that do not depend on where the
/// block begins, as long as it begins at a multiple of hop.
busker_status busker_stft_synthesise(
    busker_stft *stft, const float *spectrum __counted_by(spectrum_count) __noescape, size_t spectrum_count,
    float *samples __counted_by(count) __noescape, size_t count) BUSKER_MUST_USE;

/// As `busker_stft_synthesise`, with every bin multiplied by a real mask on the way.
///
/// `mask_count` must be frames(count) * bins, or BUSKER_BAD_LENGTH.
busker_status busker_stft_synthesise_masked(
    busker_stft *stft, const float *spectrum __counted_by(spectrum_count) __noescape, size_t spectrum_count,
    const float *mask __counted_by(mask_count) __noescape, size_t mask_count,
    float *samples __counted_by(count) __noescape, size_t count) BUSKER_MUST_USE;

/// Transforms a block, multiplies by a real mask and rebuilds it, without storing any spectrum.
///
/// The bits are those of `busker_stft_analyse` followed by `busker_stft_synthesise_masked`.
/// `mask_count` must be frames(count) * bins; 0 means no mask. `out` must not overlap `samples`.
busker_status busker_stft_filter(
    busker_stft *stft, const float *samples __counted_by(count) __noescape, size_t count,
    const float *mask __counted_by(mask_count) __noescape, size_t mask_count,
    float *out __counted_by(out_count) __noescape, size_t out_count) BUSKER_MUST_USE;

/// Samples by which what is pulled lags behind what is pushed: fft_size - hop, rounded up so that
/// the frames of the stream are centred on multiples of hop.
uint32_t busker_stft_latency(const busker_stft *stft);

/// How many pushes make the frame centred on sample 0 of the stream: frame k comes with push number k + lead.
///
/// The lead - 1 frames before it see the first samples under the end of their window only.
uint32_t busker_stft_lead(const busker_stft *stft);

/// Takes the next `hop` samples of the stream and gives the spectrum of the newest whole frame.
///
/// `hop` must be the hop of the transform and `spectrum_count` 2 * bins, or BUSKER_BAD_LENGTH.
/// Samples before the stream count as zeros. At the end, push zeros until `latency` more samples are pulled.
busker_status busker_stft_push(
    busker_stft *stft, const float *samples __counted_by(hop) __noescape, size_t hop,
    float *spectrum __counted_by(spectrum_count) __noescape, size_t spectrum_count) BUSKER_MUST_USE;

/// Adds the spectrum of the next frame and gives the `hop` samples that are now complete.
///
/// Lengths as in `busker_stft_push`. The n-th pull gives the samples that were pushed `latency` samples earlier.
busker_status busker_stft_pull(
    busker_stft *stft, const float *spectrum __counted_by(spectrum_count) __noescape, size_t spectrum_count,
    float *samples __counted_by(hop) __noescape, size_t hop) BUSKER_MUST_USE;

#ifdef __cplusplus
}
#endif
