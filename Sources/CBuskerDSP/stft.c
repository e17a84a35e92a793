// Short-time Fourier transform: blocks, streams, exact reconstruction.
#include "busker_stft.h"

#include <math.h>
#include <string.h>

#include "internal.h"
#include "fft.h"

struct busker_stft {
    const busker_kernels *kernels;
    busker_plans *plans;
    size_t size, hop, bins;
    /// Samples of extra delay that centre a stream's frames on multiples of hop.
    size_t delay;
    /// Half the window on the way in; the window over fft_size on the way out: the transforms are unscaled.
    float *window_in, *window_out;
    double *window_squared;
    /// One over the summed squared windows, for the `hop` samples a frame completes.
    float *weights;
    /// Turning factors of the joining pass, see kernels_stft.inc.
    float *factors;
    /// Work space: a frame's samples, its half-size complex spectrum, its real spectrum.
    float *packed, *folded, *spectrum;
    float *sums, *sums_next;
    /// Stream only: its last fft_size + delay samples, and its own sums.
    float *history, *stream_sums, *stream_sums_next;
};

static double window_value(busker_window window, double phase)
{
    switch (window) {
    case BUSKER_WINDOW_HANN:
        return 0.5 - 0.5 * cos(phase);
    case BUSKER_WINDOW_SQRT_HANN:
        return sin(phase / 2);
    case BUSKER_WINDOW_HAMMING:
        return 0.54 - 0.46 * cos(phase);
    case BUSKER_WINDOW_BLACKMAN:
        return 0.42 - 0.5 * cos(phase) + 0.08 * cos(2 * phase);
    case BUSKER_WINDOW_RECTANGLE:
        return 1;
    }
    return 0;
}

/// The sum of squared windows over sample `i` of what frame k completes, from the frames k - oldest ... k - newest.
static double squared_sum(const busker_stft *stft, size_t i, size_t oldest, size_t newest)
{
    const size_t most = (stft->size - 1 - i) / stft->hop;
    double sum = 0;
    for (size_t age = (oldest < most ? oldest : most) + 1; age-- > newest;)
        sum += stft->window_squared[i + age * stft->hop];
    return sum;
}

/// Fills the windows and weights; false when the windows do not cover every sample well enough.
static bool fill_windows(busker_stft *stft, busker_window window)
{
    for (size_t i = 0; i < stft->size; i++) {
        const float value = (float)window_value(window, 2 * M_PI * (double)i / (double)stft->size);
        stft->window_in[i] = value / 2;
        stft->window_out[i] = value / (float)stft->size;
        stft->window_squared[i] = (double)value * (double)value;
    }
    double least = INFINITY, most = 0;
    for (size_t i = 0; i < stft->hop; i++) {
        const double sum = squared_sum(stft, i, SIZE_MAX - 1, 0);
        least = sum < least ? sum : least;
        most = sum > most ? sum : most;
        stft->weights[i] = (float)(1 / sum);
    }
    return least >= most / 100;
}

static void fill_factors(busker_stft *stft)
{
    const size_t half = stft->size / 2;
    float *cosines = stft->factors, *sines = stft->factors + half + 2;
    for (size_t k = 0; k <= half / 2; k++) {
        const double phase = 2 * M_PI * (double)k / (double)stft->size;
        // -i exp(-i phase) = -sin(phase) - i cos(phase)
        cosines[2 * k] = cosines[2 * k + 1] = (float)-sin(phase);
        sines[2 * k] = (float)cos(phase);
        sines[2 * k + 1] = (float)-cos(phase);
    }
}

static bool is_valid(const busker_stft_config *config)
{
    return config->fft_size >= BUSKER_FFT_SIZE_MIN && config->fft_size <= BUSKER_FFT_SIZE_MAX &&
           config->fft_size % 2 == 0 && config->hop >= 1 && config->hop >= config->fft_size / 64 &&
           config->hop <= config->fft_size && (unsigned)config->window <= BUSKER_WINDOW_RECTANGLE &&
           (unsigned)config->planning <= BUSKER_PLANNING_MEASURE;
}

static bool allocate(busker_stft *stft)
{
    const size_t size = stft->size, hop = stft->hop;
    return (stft->window_in = busker_alloc(size, sizeof(float))) &&
           (stft->window_out = busker_alloc(size, sizeof(float))) &&
           (stft->window_squared = busker_alloc(size, sizeof(double))) &&
           (stft->weights = busker_alloc(hop, sizeof(float))) &&
           (stft->factors = busker_alloc(size + 4, sizeof(float))) &&
           (stft->packed = busker_alloc(size, sizeof(float))) &&
           (stft->folded = busker_alloc(size, sizeof(float))) &&
           (stft->spectrum = busker_alloc(size + 2, sizeof(float))) &&
           (stft->sums = busker_alloc(size + hop, sizeof(float))) &&
           (stft->sums_next = busker_alloc(size + hop, sizeof(float))) &&
           (stft->history = busker_alloc(size + stft->delay, sizeof(float))) &&
           (stft->stream_sums = busker_alloc(size + hop, sizeof(float))) &&
           (stft->stream_sums_next = busker_alloc(size + hop, sizeof(float)));
}

busker_status busker_stft_create(const busker_stft_config *config, busker_stft **out)
{
    if (!config || !out || !is_valid(config))
        return BUSKER_BAD_ARGUMENT;
    busker_stft *stft = busker_alloc(1, sizeof *stft);
    if (!stft)
        return BUSKER_NO_MEMORY;
    stft->kernels = busker_current_kernels();
    stft->size = config->fft_size;
    stft->hop = config->hop;
    stft->bins = stft->size / 2 + 1;
    stft->delay = (stft->hop - stft->size / 2 % stft->hop) % stft->hop;
    busker_status status = BUSKER_NO_MEMORY;
    if (allocate(stft)) {
        fill_factors(stft);
        status = BUSKER_BAD_ARGUMENT;
        if (fill_windows(stft, config->window)) {
            stft->plans = busker_plans_take(config->fft_size / 2, config->planning);
            status = stft->plans ? BUSKER_OK : BUSKER_LIBRARY_FAILED;
        }
    }
    if (status == BUSKER_OK)
        *out = stft;
    else
        busker_stft_destroy(stft);
    return status;
}

void busker_stft_destroy(busker_stft *stft)
{
    if (!stft)
        return;
    float *blocks[] = {stft->window_in, stft->window_out,  stft->weights, stft->factors,
                       stft->packed,    stft->folded,      stft->spectrum, stft->sums,
                       stft->sums_next, stft->stream_sums, stft->stream_sums_next, stft->history};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        busker_free(blocks[i]);
    busker_free(stft->window_squared);
    busker_plans_give(stft->plans);
    busker_free(stft);
}

void busker_stft_reset(busker_stft *stft)
{
    memset(stft->history, 0, (stft->size + stft->delay) * sizeof(float));
    memset(stft->stream_sums, 0, (stft->size + stft->hop) * sizeof(float));
}

uint32_t busker_stft_bins(const busker_stft *stft)
{
    return (uint32_t)stft->bins;
}

size_t busker_stft_frames(const busker_stft *stft, size_t count)
{
    const bool is_wide = 4 * stft->hop > stft->size;
    return 1 + count / stft->hop + (is_wide && count % stft->hop ? 1 : 0);
}

uint32_t busker_stft_latency(const busker_stft *stft)
{
    return (uint32_t)(stft->size + stft->delay - stft->hop);
}

uint32_t busker_stft_lead(const busker_stft *stft)
{
    return (uint32_t)((stft->size / 2 + stft->delay) / stft->hop);
}

/// The spectrum of the frame that begins at `samples`, in `stft->spectrum`.
static void forward(busker_stft *stft, const float *samples)
{
    stft->kernels->product(samples, stft->window_in, stft->packed, stft->size);
    busker_fft_forward(stft->plans, stft->packed, stft->folded);
    stft->kernels->join_forward(stft->folded, stft->factors, stft->spectrum, stft->size / 2);
}

/// The samples of a spectrum, not yet windowed, times fft_size, in `packed`.
static void back(busker_stft *stft, const float *spectrum, const float *mask)
{
    stft->kernels->join_back(spectrum, mask, stft->factors, stft->folded, stft->size / 2);
    busker_fft_inverse(stft->plans, stft->folded, stft->packed);
}

/// The spectrum of the centred frame k of a block, in `stft->spectrum`.
static void forward_centred(busker_stft *stft, const float *samples, size_t count, size_t k)
{
    const size_t half = stft->size / 2, centre = k * stft->hop;
    if (centre >= half && centre + half <= count) {
        forward(stft, samples + (centre - half));
        return;
    }
    // The frame reaches over an end of the block: zeros stand for what is outside.
    float *padded = stft->folded;
    const size_t skipped = centre < half ? half - centre : 0;
    const size_t begin = centre + skipped - half;
    const size_t end = centre + half < count ? centre + half : count;
    const size_t inside = end > begin ? end - begin : 0;
    memset(padded, 0, stft->size * sizeof(float));
    if (inside)
        memcpy(padded + skipped, samples + begin, inside * sizeof(float));
    forward(stft, padded);
}

/// Adds frame k of `frames` (or nothing, past the last one) and writes the samples it completes.
static void add_centred(
    busker_stft *stft, const float *spectrum, const float *mask, size_t k, size_t frames, float *samples, size_t count)
{
    const size_t size = stft->size, hop = stft->hop, half = size / 2;
    if (k < frames) {
        back(stft, spectrum, mask);
        stft->kernels->overlap_add(stft->sums, stft->packed, stft->window_out, stft->sums_next, size, hop);
        float *sums = stft->sums;
        stft->sums = stft->sums_next;
        stft->sums_next = sums;
    } else {
        memmove(stft->sums, stft->sums + hop, size * sizeof(float));
    }
    // Frame k completes the samples from k * hop - half on; those before 0 are padding.
    const size_t begin = k * hop;
    if (begin + hop <= half)
        return;
    const size_t skipped = begin < half ? half - begin : 0;
    const size_t first = begin + skipped - half;
    if (first >= count)
        return;
    const size_t room = count - first, ready = hop - skipped < room ? hop - skipped : room;
    if ((k + 1) * hop >= size && k < frames) {
        stft->kernels->product(stft->sums + skipped, stft->weights + skipped, samples + first, ready);
        return;
    }
    const size_t newest = k < frames ? 0 : k - frames + 1;
    for (size_t i = 0; i < ready; i++) {
        const double sum = squared_sum(stft, i + skipped, k, newest);
        samples[first + i] = sum > 0 ? stft->sums[i + skipped] * (float)(1 / sum) : 0;
    }
}

/// How many steps of `add_centred` complete all of `count` samples.
static size_t steps(const busker_stft *stft, size_t frames, size_t count)
{
    const size_t needed = (count + stft->size / 2 + stft->hop - 1) / stft->hop;
    return needed > frames ? needed : frames;
}

static void clear_sums(busker_stft *stft)
{
    memset(stft->sums, 0, (stft->size + stft->hop) * sizeof(float));
    memset(stft->sums_next, 0, (stft->size + stft->hop) * sizeof(float));
}

busker_status busker_stft_analyse_range(
    busker_stft *stft, const float *samples, size_t count, size_t first_frame, size_t frames, float *spectrum,
    size_t spectrum_count)
{
    const size_t all = busker_stft_frames(stft, count), step = 2 * stft->bins;
    if (first_frame > all || frames > all - first_frame || spectrum_count != frames * step)
        return BUSKER_BAD_LENGTH;
    for (size_t k = 0; k < frames; k++) {
        forward_centred(stft, samples, count, first_frame + k);
        // Joining writes at both ends of a frame at once; from the first cache to far memory one run is much faster.
        memcpy(spectrum + k * step, stft->spectrum, step * sizeof(float));
    }
    return BUSKER_OK;
}

busker_status busker_stft_analyse(
    busker_stft *stft, const float *samples, size_t count, float *spectrum, size_t spectrum_count)
{
    return busker_stft_analyse_range(
        stft, samples, count, 0, busker_stft_frames(stft, count), spectrum, spectrum_count);
}

static busker_status synthesise(
    busker_stft *stft, const float *spectrum, size_t spectrum_count, const float *mask, float *samples, size_t count)
{
    const size_t frames = busker_stft_frames(stft, count);
    if (spectrum_count != frames * 2 * stft->bins)
        return BUSKER_BAD_LENGTH;
    clear_sums(stft);
    for (size_t k = 0, end = steps(stft, frames, count); k < end; k++) {
        const size_t frame = k < frames ? k : 0;
        add_centred(
            stft, spectrum + frame * 2 * stft->bins, mask ? mask + frame * stft->bins : NULL, k, frames, samples,
            count);
    }
    return BUSKER_OK;
}

busker_status busker_stft_synthesise(
    busker_stft *stft, const float *spectrum, size_t spectrum_count, float *samples, size_t count)
{
    return synthesise(stft, spectrum, spectrum_count, NULL, samples, count);
}

busker_status busker_stft_synthesise_masked(
    busker_stft *stft, const float *spectrum, size_t spectrum_count, const float *mask, size_t mask_count,
    float *samples, size_t count)
{
    if (mask_count != busker_stft_frames(stft, count) * stft->bins)
        return BUSKER_BAD_LENGTH;
    return synthesise(stft, spectrum, spectrum_count, mask, samples, count);
}

busker_status busker_stft_filter(
    busker_stft *stft, const float *samples, size_t count, const float *mask, size_t mask_count, float *out,
    size_t out_count)
{
    const size_t frames = busker_stft_frames(stft, count);
    if (out_count != count || (mask_count != 0 && mask_count != frames * stft->bins))
        return BUSKER_BAD_LENGTH;
    clear_sums(stft);
    for (size_t k = 0, end = steps(stft, frames, count); k < end; k++) {
        if (k < frames)
            forward_centred(stft, samples, count, k);
        const float *frame_mask = mask_count && k < frames ? mask + k * stft->bins : NULL;
        add_centred(stft, stft->spectrum, frame_mask, k, frames, out, count);
    }
    return BUSKER_OK;
}

busker_status busker_stft_push(
    busker_stft *stft, const float *samples, size_t hop, float *spectrum, size_t spectrum_count)
{
    if (hop != stft->hop || spectrum_count != 2 * stft->bins)
        return BUSKER_BAD_LENGTH;
    const size_t kept = stft->size + stft->delay - hop;
    memmove(stft->history, stft->history + hop, kept * sizeof(float));
    memcpy(stft->history + kept, samples, hop * sizeof(float));
    forward(stft, stft->history);
    memcpy(spectrum, stft->spectrum, spectrum_count * sizeof(float));
    return BUSKER_OK;
}

busker_status busker_stft_pull(
    busker_stft *stft, const float *spectrum, size_t spectrum_count, float *samples, size_t hop)
{
    if (hop != stft->hop || spectrum_count != 2 * stft->bins)
        return BUSKER_BAD_LENGTH;
    back(stft, spectrum, NULL);
    stft->kernels->overlap_add(
        stft->stream_sums, stft->packed, stft->window_out, stft->stream_sums_next, stft->size, hop);
    float *sums = stft->stream_sums;
    stft->stream_sums = stft->stream_sums_next;
    stft->stream_sums_next = sums;
    stft->kernels->product(stft->stream_sums, stft->weights, samples, hop);
    return BUSKER_OK;
}
