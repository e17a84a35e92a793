// From masks to samples: one window of frames through the Wiener filter and back from spectra.
#include "umx_session.h"
#include <math.h>

static size_t chunks_of(size_t frames)
{
    return (frames + UMX_CHUNK - 1) / UMX_CHUNK;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/// Where a frame of a plane (a channel, or a source's channel) begins in a range, in bins.
static size_t place(const busker_umx_session *s, const umx_range *range, size_t plane, size_t frame)
{
    return (plane * s->window_frames + frame) * range->bins;
}

static void spectrum_task(void *context, size_t task, size_t thread)
{
    busker_umx_session *s = context;
    const busker_umx *u = s->umx;
    const size_t first = task * UMX_CHUNK, end = smaller(s->window_frames, first + UMX_CHUNK);
    float most = 0;
    for (size_t f = first; f < end; f++)
        for (size_t c = 0; c < u->config.channels; c++) {
            const float *spectrum =
                neural_fourier_frame(u->fourier, s->samples + c * s->count, s->count,
                                     (ptrdiff_t)((s->window_first + f) * u->config.hop), s->seats[thread].fourier);
            for (size_t b = 0; b < u->bins; b++) {
                const float power = spectrum[2 * b] * spectrum[2 * b] + spectrum[2 * b + 1] * spectrum[2 * b + 1];
                most = power > most ? power : most;
            }
            for (size_t r = 0; r < UMX_RANGES; r++) {
                const umx_range *range = &s->ranges[r];
                memcpy(range->mixture + 2 * place(s, range, c, f), spectrum + 2 * range->begin,
                       2 * range->bins * sizeof *spectrum);
            }
        }
    s->peaks[task] = most;
}

/// The values of one target in a chunk: what its mask leaves of the mixture's magnitudes, scaled.
static void mask_task(void *context, size_t task, size_t thread)
{
    busker_umx_session *s = context;
    const busker_umx *u = s->umx;
    const umx_seat *seat = &s->seats[thread];
    const size_t target = task / chunks_of(s->window_frames), channels = u->config.channels;
    const size_t first = task % chunks_of(s->window_frames) * UMX_CHUNK;
    const size_t frames = smaller(UMX_CHUNK, s->window_frames - first);
    const neural_source source = {.base = s->activations[target].first + s->window_first * u->width, .pitch = u->width};
    const float scale = 1 / s->scale;
    neural_product(
        u->loops, &u->targets[target].third, &source, first, frames, seat->product, UMX_CHUNK, seat->packing);
    u->loops->relu(seat->product, channels * u->bins * UMX_CHUNK);
    for (size_t c = 0; c < channels; c++)
        for (size_t r = 0; r < UMX_RANGES; r++) {
            const umx_range *range = &s->ranges[r];
            float *values = range->values + place(s, range, target * channels + c, first);
            const float *mixture = range->mixture + 2 * place(s, range, c, first);
            neural_transpose(seat->product + (c * u->bins + range->begin) * UMX_CHUNK, UMX_CHUNK, range->bins, frames,
                             values, range->bins);
            for (size_t i = 0; i < frames * range->bins; i++)
                values[i] *= scale * sqrtf(mixture[2 * i] * mixture[2 * i] + mixture[2 * i + 1] * mixture[2 * i + 1]);
        }
}

/// The filter in one range. All is scaled before, so that the ranges together do what one filter would.
static void filter_task(void *context, size_t task, size_t thread)
{
    (void)thread;
    busker_umx_session *s = context;
    const busker_umx *u = s->umx;
    umx_range *range = &s->ranges[task];
    const size_t plane = u->config.channels * s->window_frames * range->bins;
    for (size_t i = 0; i < 2 * plane; i++)
        range->mixture[i] *= 1 / s->scale;
    if (busker_wiener_begin(range->wiener,
                            s->settings.softmask ? BUSKER_WIENER_SOFT_MAGNITUDES : BUSKER_WIENER_MAGNITUDES,
                            range->mixture, 2 * plane, range->values, u->config.targets * plane, s->window_frames,
                            range->estimates, s->outputs * 2 * plane))
        s->failed = true;
    else if (busker_wiener_refine(range->wiener, range->mixture, 2 * plane, s->window_frames, s->settings.iterations,
                                  range->estimates, s->outputs * 2 * plane))
        s->failed = true;
}

/// One output's channel: the frames of the window are added to its tail, what is complete is divided by the windows.
static void back_task(void *context, size_t task, size_t thread)
{
    busker_umx_session *s = context;
    const busker_umx *u = s->umx;
    const size_t size = u->config.fft_size, hop = u->config.hop, channels = u->config.channels;
    float *tail = s->tails[task / channels][task % channels], *spectrum = s->seats[thread].input;
    const ptrdiff_t begin = (ptrdiff_t)(s->window_first * hop) - (ptrdiff_t)(size / 2);
    // What the window before finished is done with: its unfinished end comes first now.
    if (s->window_first > 0) {
        memmove(tail, tail + BUSKER_UMX_WINDOW * hop, (size - hop) * sizeof *tail);
        memset(tail + size - hop, 0, s->window_frames * hop * sizeof *tail);
    } else {
        memset(tail, 0, (s->window_frames * hop + size - hop) * sizeof *tail);
    }
    for (size_t f = 0; f < s->window_frames; f++) {
        for (size_t r = 0; r < UMX_RANGES; r++) {
            const umx_range *range = &s->ranges[r];
            memcpy(spectrum + 2 * range->begin, range->estimates + 2 * place(s, range, task, f),
                   2 * range->bins * sizeof *spectrum);
        }
        neural_fourier_back(u->fourier, spectrum, s->scale, tail + f * hop, s->seats[thread].fourier);
    }
    const size_t whole = (size_t)((ptrdiff_t)s->ready_first - begin);
    for (size_t i = 0; i < s->ready_count; i++)
        tail[whole + i] /= neural_fourier_weight(u->fourier, (ptrdiff_t)(s->ready_first + i), s->frames);
}

/// The samples that no later frame adds to.
static void set_ready(busker_umx_session *s)
{
    const size_t hop = s->umx->config.hop, half = s->umx->config.fft_size / 2;
    const size_t end = s->window_first + s->window_frames;
    s->ready_first = s->window_first * hop > half ? s->window_first * hop - half : 0;
    size_t last = end * hop > half ? end * hop - half : 0;
    if (end == s->frames || last > s->count)
        last = s->count;
    s->ready_count = last > s->ready_first ? last - s->ready_first : 0;
}

busker_neural_status umx_run_window(busker_umx_session *s, size_t first)
{
    const busker_umx *u = s->umx;
    s->window_first = first;
    s->window_frames = smaller(BUSKER_UMX_WINDOW, s->frames - first);
    const size_t chunks = chunks_of(s->window_frames);
    neural_pool_run(s->pool, spectrum_task, s, chunks);
    float most = 0;
    for (size_t i = 0; i < chunks; i++)
        most = s->peaks[i] > most ? s->peaks[i] : most;
    most = sqrtf(most);
    s->scale = s->settings.iterations && most > 10 ? most / 10 : 1;
    neural_pool_run(s->pool, mask_task, s, chunks * u->config.targets);
    neural_pool_run(s->pool, filter_task, s, UMX_RANGES);
    if (s->failed)
        return BUSKER_NEURAL_BAD_ARGUMENT;
    set_ready(s);
    neural_pool_run(s->pool, back_task, s, s->outputs * u->config.channels);
    return BUSKER_NEURAL_OK;
}
