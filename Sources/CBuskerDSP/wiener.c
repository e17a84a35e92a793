// The multichannel Wiener filter, a tile of bins over all frames of a window at a time.
#include "busker_wiener.h"

#include <math.h>

#include "internal.h"

enum {
    /// Bins of a tile: 300 frames of them, all in all, fit a cache of 2 MB.
    TILE = 128,
};

static const double eps = 1e-10;

struct busker_wiener {
    const busker_kernels *kernels;
    busker_wiener_config config;
    size_t outputs;
    /// Levels of a tile: outputs * frames_max * TILE.
    float *levels;
    /// Covariances of a tile: outputs * 4 * TILE; and one of the mixture.
    double *covariances, *mixed, *sums;
    /// The right channel of a mono signal: zeros to read, and a place to write.
    float *nothing, *bin;
    /// The sum of the values of all sources in one frame.
    float *total;
};

/// One call's buffers: planes of frames * 2 * bins floats, the channels of a source after one another.
typedef struct busker_window {
    const float *mixture;
    float *estimates;
    size_t frames;
    double scale;
} busker_window;

static bool is_valid(const busker_wiener_config *c)
{
    if (c->bins < 1 || c->bins > BUSKER_FFT_SIZE_MAX / 2 + 1)
        return false;
    if (c->frames_max < 1 || c->frames_max > BUSKER_WIENER_FRAMES_MAX)
        return false;
    if (c->channels < 1 || c->channels > 2)
        return false;
    return c->sources >= 1 && c->sources + c->residual <= BUSKER_WIENER_SOURCES_MAX;
}

busker_status busker_wiener_create(const busker_wiener_config *config, busker_wiener **handle)
{
    if (!config || !handle || !is_valid(config))
        return BUSKER_BAD_ARGUMENT;
    busker_wiener *w = busker_alloc(1, sizeof *w);
    if (!w)
        return BUSKER_NO_MEMORY;
    w->kernels = busker_current_kernels();
    w->config = *config;
    w->outputs = config->sources + config->residual;
    w->levels = busker_alloc(w->outputs * config->frames_max * TILE, sizeof *w->levels);
    w->covariances = busker_alloc(w->outputs * 4 * TILE, sizeof *w->covariances);
    w->mixed = busker_alloc(4 * TILE, sizeof *w->mixed);
    w->sums = busker_alloc(TILE, sizeof *w->sums);
    w->nothing = busker_alloc(2 * TILE, sizeof *w->nothing);
    w->bin = busker_alloc(2 * TILE, sizeof *w->bin);
    w->total = busker_alloc(config->bins, sizeof *w->total);
    if (!w->levels || !w->covariances || !w->mixed || !w->sums || !w->nothing || !w->bin || !w->total) {
        busker_wiener_destroy(w);
        return BUSKER_NO_MEMORY;
    }
    *handle = w;
    return BUSKER_OK;
}

void busker_wiener_destroy(busker_wiener *handle)
{
    if (!handle)
        return;
    busker_free(handle->levels);
    busker_free(handle->covariances);
    busker_free(handle->mixed);
    busker_free(handle->sums);
    busker_free(handle->nothing);
    busker_free(handle->bin);
    busker_free(handle->total);
    busker_free(handle);
}

size_t busker_wiener_outputs(const busker_wiener *handle)
{
    return handle->outputs;
}

/// Where a frame of a source's channel begins, in a spectrum.
static size_t place(const busker_wiener *w, size_t frames, size_t source, size_t channel, size_t frame)
{
    return ((source * w->config.channels + channel) * frames + frame) * 2 * w->config.bins;
}

/// The mixture less all sources, into the last source.
static void leave_rest(const busker_wiener *w, const busker_window *window)
{
    const size_t plane = place(w, window->frames, 1, 0, 0);
    float *rest = window->estimates + w->config.sources * plane;
    memcpy(rest, window->mixture, plane * sizeof *rest);
    for (size_t source = 0; source < w->config.sources; source++) {
        const float *estimate = window->estimates + source * plane;
        for (size_t i = 0; i < plane; i++)
            rest[i] -= estimate[i];
    }
}

busker_status busker_wiener_begin(busker_wiener *handle, busker_wiener_start start, const float *mixture,
                                  size_t mixture_count, const float *values, size_t values_count, size_t frames,
                                  float *out, size_t out_count)
{
    const busker_wiener_config *c = &handle->config;
    const size_t plane = c->channels * frames * 2 * c->bins;
    if (frames > c->frames_max || mixture_count != plane || values_count != c->sources * plane / 2 ||
        out_count != handle->outputs * plane)
        return BUSKER_BAD_LENGTH;
    if (start != BUSKER_WIENER_MASKS && start != BUSKER_WIENER_MAGNITUDES && start != BUSKER_WIENER_SOFT_MAGNITUDES)
        return BUSKER_BAD_ARGUMENT;
    if (!frames)
        return BUSKER_OK;
    for (size_t row = 0; row < c->channels * frames; row++) {
        if (start == BUSKER_WIENER_SOFT_MAGNITUDES) {
            memset(handle->total, 0, c->bins * sizeof *handle->total);
            for (size_t source = 0; source < c->sources; source++)
                for (size_t b = 0; b < c->bins; b++)
                    handle->total[b] += values[source * plane / 2 + row * c->bins + b];
        }
        for (size_t source = 0; source < c->sources; source++)
            handle->kernels->wiener_start(mixture + row * 2 * c->bins, values + source * plane / 2 + row * c->bins,
                                          handle->total, c->bins, (int)start,
                                          out + source * plane + row * 2 * c->bins);
    }
    if (c->residual)
        leave_rest(handle, &(busker_window){.mixture = mixture, .estimates = out, .frames = frames});
    return BUSKER_OK;
}

/// Levels and places of all sources in the bins from `first` on.
static void measure(busker_wiener *w, const busker_window *window, size_t first, size_t bins)
{
    const busker_wiener_config *c = &w->config;
    memset(w->covariances, 0, w->outputs * 4 * TILE * sizeof *w->covariances);
    for (size_t source = 0; source < w->outputs; source++) {
        double *r = w->covariances + source * 4 * TILE;
        memset(w->sums, 0, TILE * sizeof *w->sums);
        for (size_t t = 0; t < window->frames; t++) {
            const float *left = window->estimates + place(w, window->frames, source, 0, t) + 2 * first;
            const float *right = c->channels == 2 ? left + place(w, window->frames, 0, 1, 0) : w->nothing;
            w->kernels->wiener_gather(left, right, bins, 1 / window->scale, 1.0 / (double)c->channels,
                                      w->levels + (source * c->frames_max + t) * TILE, r, TILE, w->sums);
        }
        for (size_t part = 0; part < 4; part++)
            for (size_t b = 0; b < bins; b++)
                r[part * TILE + b] /= eps + w->sums[b];
    }
}

/// New estimates of all sources in the bins from `first` on.
static void filter(busker_wiener *w, const busker_window *window, size_t first, size_t bins)
{
    const busker_wiener_config *c = &w->config;
    const size_t side = place(w, window->frames, 0, 1, 0);
    for (size_t t = 0; t < window->frames; t++) {
        for (size_t b = 0; b < TILE; b++) {
            w->mixed[b] = w->mixed[TILE + b] = sqrt(eps);
            w->mixed[2 * TILE + b] = w->mixed[3 * TILE + b] = 0;
        }
        for (size_t source = 0; source < w->outputs; source++)
            w->kernels->wiener_mix(w->levels + (source * c->frames_max + t) * TILE, w->covariances + source * 4 * TILE,
                                   TILE, bins, w->mixed);
        const float *left = window->mixture + place(w, window->frames, 0, 0, t) + 2 * first;
        w->kernels->wiener_solve(left, c->channels == 2 ? left + side : w->nothing, bins, 1 / window->scale, w->mixed,
                                 TILE);
        for (size_t source = 0; source < w->outputs; source++) {
            float *out = window->estimates + place(w, window->frames, source, 0, t) + 2 * first;
            w->kernels->wiener_project(w->levels + (source * c->frames_max + t) * TILE,
                                       w->covariances + source * 4 * TILE, w->mixed, TILE, bins, window->scale, out,
                                       c->channels == 2 ? out + side : w->bin);
        }
    }
}

busker_status busker_wiener_refine(busker_wiener *handle, const float *mixture, size_t mixture_count, size_t frames,
                                   size_t iterations, float *estimates, size_t estimates_count)
{
    const busker_wiener_config *c = &handle->config;
    const size_t plane = c->channels * frames * 2 * c->bins;
    if (frames > c->frames_max || mixture_count != plane || estimates_count != handle->outputs * plane)
        return BUSKER_BAD_LENGTH;
    if (iterations > BUSKER_WIENER_ITERATIONS_MAX)
        return BUSKER_BAD_ARGUMENT;
    if (iterations == 0 || !frames)
        return BUSKER_OK;
    const double peak = sqrt((double)handle->kernels->wiener_peak(mixture, plane / 2)) / 10;
    const busker_window window = {mixture, estimates, frames, peak > 1 ? peak : 1};
    for (size_t first = 0; first < c->bins; first += TILE) {
        const size_t bins = c->bins - first < TILE ? c->bins - first : TILE;
        for (size_t round = 0; round < iterations; round++) {
            measure(handle, &window, first, bins);
            filter(handle, &window, first, bins);
        }
    }
    return BUSKER_OK;
}
