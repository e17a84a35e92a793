// The pitch tracker: taps, the whitening's ring of frames, the path.
#include "busker_pitch.h"

#include <math.h>

#include "busker_box.h"
#include "internal.h"
#include "median.h"

struct busker_pitch {
    const busker_kernels *kernels;
    busker_pitch_config config;
    /// Candidates, and the floats of a row of them.
    size_t candidates, stride;
    /// Bins the taps reach.
    size_t used;
    float *hertz;
    /// Taps of candidate k: from starts[k] to before starts[k + 1], an even number.
    uint32_t *starts;
    busker_pitch_tap *taps;
    /// BUSKER_PITCH_LANES frames by bin, and their salience by frame.
    float *columns, *salience;
    /// The sums of this frame and the one before, with jump_max states of -infinity before and after.
    float *sums[2];
    float *cost;
    uint8_t *back;
    /// Whitening: frames averaged over bins, frame t in row t % rows; one row more for the levels in hand.
    size_t rows;
    float *ring;
    double *slow;
};

static bool is_between(double value, double low, double high)
{
    return value >= low && value <= high;
}

static bool is_good(const busker_pitch_config *c)
{
    return c->bins >= 2 && c->bins <= BUSKER_FFT_SIZE_MAX / 2 + 1 && c->frames_max >= 1 &&
           c->frames_max <= BUSKER_PITCH_FRAMES_MAX && is_between(c->bin_width, 1e-3, 1e6) &&
           is_between(c->lowest, 1e-3, 1e6) && is_between(c->highest, c->lowest, 1e6) && c->highest > c->lowest &&
           is_between(c->cents, 0.1, 1e4) && is_between(c->top, c->highest, 1e7) && c->harmonics >= 1 &&
           c->harmonics <= BUSKER_PITCH_HARMONICS_MAX && is_between(c->decay, 1e-6, 1) && is_between(c->between, 0, 1) &&
           is_between(c->jump_cost, 0, 1e6) && c->jump_max <= BUSKER_PITCH_JUMP_MAX &&
           is_between(c->fade_low, 0, 1e6) && is_between(c->fade_high, c->fade_low, 1e6) &&
           c->block <= BUSKER_PITCH_FRAMES_MAX && c->lag <= BUSKER_PITCH_FRAMES_MAX &&
           1200 * log2(c->highest / c->lowest) / c->cents <= BUSKER_PITCH_CANDIDATES_MAX;
}

/// Adds the two bins around `hertz`; what is beyond the bins counts nothing.
static void add_tooth(busker_pitch *p, size_t *count, double hertz, double weight)
{
    const busker_pitch_config *c = &p->config;
    const double place = hertz / c->bin_width;
    if (place >= (double)(c->bins - 1))
        return;
    const size_t bin = (size_t)place;
    const double shares[2] = {1 - (place - (double)bin), place - (double)bin};
    for (size_t i = 0; i < 2; i++) {
        const double f = (double)(bin + i) * c->bin_width, span = c->fade_high - c->fade_low;
        const double faded = span > 0 ? (f - c->fade_low) / span : f >= c->fade_low;
        const double part = faded < 0 ? 0 : faded > 1 ? 1 : faded;
        p->taps[(*count)++] = (busker_pitch_tap){(uint32_t)(bin + i), (float)(weight * shares[i] * part)};
    }
    p->used = p->used > bin + 2 ? p->used : bin + 2;
}

static void make_taps(busker_pitch *p)
{
    const busker_pitch_config *c = &p->config;
    size_t count = 0;
    for (size_t k = 0; k < p->candidates; k++) {
        const double f0 = c->lowest * exp2((double)k * c->cents / 1200);
        double total = 0;
        for (unsigned h = 1; h <= c->harmonics && h * f0 <= c->top; h++)
            total += pow(c->decay, h - 1);
        p->hertz[k] = (float)f0;
        p->starts[k] = (uint32_t)count;
        for (unsigned h = 1; h <= c->harmonics && h * f0 <= c->top; h++) {
            const double weight = pow(c->decay, h - 1) / pow(total, 0.75);
            add_tooth(p, &count, h * f0, weight);
            add_tooth(p, &count, (h - 0.5) * f0, -c->between * weight);
        }
    }
    p->starts[p->candidates] = (uint32_t)count;
}

static bool take_memory(busker_pitch *p)
{
    const busker_pitch_config *c = &p->config;
    const size_t state = p->stride + 2 * BUSKER_PITCH_JUMP_MAX + BUSKER_PITCH_LANES;
    p->hertz = busker_alloc(p->candidates, sizeof *p->hertz);
    p->starts = busker_alloc(p->candidates + 1, sizeof *p->starts);
    p->taps = busker_alloc(p->candidates * c->harmonics * 4, sizeof *p->taps);
    p->columns = busker_alloc(c->bins * BUSKER_PITCH_LANES, sizeof *p->columns);
    p->salience = busker_alloc(p->stride * BUSKER_PITCH_LANES, sizeof *p->salience);
    p->sums[0] = busker_alloc(state, sizeof *p->sums[0]);
    p->sums[1] = busker_alloc(state, sizeof *p->sums[1]);
    p->cost = busker_alloc(2 * c->jump_max + 1, sizeof *p->cost);
    p->back = busker_alloc(c->frames_max * p->stride, sizeof *p->back);
    p->ring = busker_alloc((p->rows + 1) * c->bins, sizeof *p->ring);
    p->slow = busker_alloc(c->bins, sizeof *p->slow);
    if (!p->hertz || !p->starts || !p->taps || !p->columns || !p->salience || !p->sums[0] || !p->sums[1] || !p->cost ||
        !p->back || !p->ring || !p->slow)
        return false;
    for (size_t i = 0; i < state; i++)
        p->sums[0][i] = p->sums[1][i] = -INFINITY;
    for (size_t i = 0; i < p->stride * BUSKER_PITCH_LANES; i++)
        p->salience[i] = -INFINITY;
    for (size_t j = 0; j <= 2 * c->jump_max; j++)
        p->cost[j] = (float)(c->jump_cost * fabs((double)j - c->jump_max));
    return true;
}

busker_status busker_pitch_create(const busker_pitch_config *config, busker_pitch **handle)
{
    if (!config || !handle || !is_good(config))
        return BUSKER_BAD_ARGUMENT;
    busker_pitch *p = busker_alloc(1, sizeof *p);
    if (!p)
        return BUSKER_NO_MEMORY;
    p->kernels = busker_current_kernels();
    p->config = *config;
    p->candidates = (size_t)ceil(1200 * log2(config->highest / config->lowest) / config->cents);
    p->stride = (p->candidates + BUSKER_PITCH_LANES - 1) / BUSKER_PITCH_LANES * BUSKER_PITCH_LANES;
    p->rows = config->frames_max < BUSKER_PITCH_WIDTH_FRAMES_MAX + 1 ? config->frames_max
                                                                     : BUSKER_PITCH_WIDTH_FRAMES_MAX + 1;
    if (!take_memory(p)) {
        busker_pitch_destroy(p);
        return BUSKER_NO_MEMORY;
    }
    make_taps(p);
    *handle = p;
    return BUSKER_OK;
}

void busker_pitch_destroy(busker_pitch *handle)
{
    if (!handle)
        return;
    busker_free(handle->hertz);
    busker_free(handle->starts);
    busker_free(handle->taps);
    busker_free(handle->columns);
    busker_free(handle->salience);
    busker_free(handle->sums[0]);
    busker_free(handle->sums[1]);
    busker_free(handle->cost);
    busker_free(handle->back);
    busker_free(handle->ring);
    busker_free(handle->slow);
    busker_free(handle);
}

size_t busker_pitch_candidates(const busker_pitch *handle)
{
    return handle->candidates;
}

/// True if `count` floats are `frames` frames, and not too many.
static bool is_segment(const busker_pitch *p, size_t count, size_t frames)
{
    return frames <= p->config.frames_max && count == frames * p->config.bins;
}

busker_status busker_pitch_whiten(busker_pitch *handle, const float *level, size_t count, size_t frames,
                                  size_t width_bins, size_t width_frames, float floor, float *out, size_t out_count)
{
    const busker_kernels *kernels = handle->kernels;
    const size_t bins = handle->config.bins;
    if (width_bins % 2 == 0 || width_bins > BUSKER_FFT_SIZE_MAX || width_frames % 2 == 0 ||
        width_frames > BUSKER_PITCH_WIDTH_FRAMES_MAX || !(floor <= 1e6f))
        return BUSKER_BAD_ARGUMENT;
    if (!is_segment(handle, count, frames) || out_count != count)
        return BUSKER_BAD_LENGTH;
    const ptrdiff_t half = (ptrdiff_t)(width_frames / 2);
    const double scale = (floor < 0 ? 1.0 : (double)floor) / (double)width_frames;
    float *clean = handle->ring + handle->rows * bins;
    memset(handle->slow, 0, bins * sizeof *handle->slow);
    // Frames are averaged over bins when the window first reaches them, and stay in the ring until it has passed.
    ptrdiff_t ready = 0;
    for (ptrdiff_t t = 0, step = -half; t < (ptrdiff_t)frames; step++) {
        for (; ready <= t + half && ready < (ptrdiff_t)frames; ready++) {
            kernels->pitch_clean(level + (size_t)ready * bins, clean, bins);
            kernels->box_across(clean, handle->ring + (size_t)ready % handle->rows * bins, bins, width_bins);
        }
        const float *added = handle->ring + busker_mirrored(t ? t + half : step, frames) % handle->rows * bins;
        const float *removed = handle->ring + busker_mirrored(t - 1 - half, frames) % handle->rows * bins;
        kernels->box_step(handle->slow, added, t ? removed : NULL, 0, NULL, bins);
        if (step < half)
            continue;
        const float *near = handle->ring + (size_t)t % handle->rows * bins;
        kernels->pitch_whiten(level + (size_t)t * bins, floor < 0 ? NULL : near, handle->slow, scale,
                              out + (size_t)t * bins, bins);
        t++;
    }
    return BUSKER_OK;
}

/// Lays up to BUSKER_PITCH_LANES frames side by side; frames that are not there are silent.
static void fill_columns(busker_pitch *p, const float *whitened, size_t frames)
{
    for (size_t t = 0; t < BUSKER_PITCH_LANES; t++) {
        const float *row = whitened + t * p->config.bins;
        for (size_t b = 0; b < p->used; b++) {
            const float value = t < frames && row[b] > 0 ? row[b] : 0;
            p->columns[b * BUSKER_PITCH_LANES + t] = value < 1e30f ? value : 1e30f;
        }
    }
}

/// Reads frames `first` to before `last` off the path that is best at frame `end`.
static void trace_back(const busker_pitch *p, const float *sums, size_t first, size_t last, size_t end, float *hertz)
{
    size_t k = 0;
    for (size_t i = 1; i < p->candidates; i++)
        k = sums[i] > sums[k] ? i : k;
    for (size_t t = end + 1; t-- > first;) {
        if (t < last)
            hertz[t] = p->hertz[k];
        if (t)
            k = k + p->back[t * p->stride + k] - (size_t)p->config.jump_max;
    }
}

busker_status busker_pitch_track(busker_pitch *handle, const float *whitened, size_t count, size_t frames,
                                 float *hertz, size_t hertz_count)
{
    const busker_pitch_config *c = &handle->config;
    const size_t reach = c->jump_max;
    if (!is_segment(handle, count, frames) || hertz_count != frames)
        return BUSKER_BAD_LENGTH;
    // Before the first frame every candidate is as good, so the first step changes nothing.
    float *now = handle->sums[0], *last = handle->sums[1];
    memset(now + reach, 0, handle->candidates * sizeof *now);
    size_t done = 0;
    for (size_t t = 0; t < frames; t++) {
        const size_t lane = t % BUSKER_PITCH_LANES;
        if (lane == 0) {
            fill_columns(handle, whitened + t * c->bins, frames - t);
            handle->kernels->pitch_salience(handle->columns, handle->taps, handle->starts, handle->candidates,
                                            handle->salience, handle->stride);
        }
        float *swap = last;
        last = now;
        now = swap;
        handle->kernels->pitch_step(last, handle->cost, reach, handle->salience + lane * handle->stride,
                                    handle->candidates, now + reach, handle->back + t * handle->stride);
        if (c->block && t + 1 == done + c->block + c->lag) {
            trace_back(handle, now + reach, done, done + c->block, t, hertz);
            done += c->block;
        }
    }
    if (done < frames)
        trace_back(handle, now + reach, done, frames, frames - 1, hertz);
    return BUSKER_OK;
}

void busker_pitch_comb(double bin_width, float hertz, float sigma, float top, float *comb, size_t bins)
{
    size_t count = 0;
    if (hertz > 0 && hertz < INFINITY && sigma > 0 && bin_width > 0 && top > 0) {
        const double below = ceil((double)top / bin_width);
        count = below < (double)bins ? (size_t)below : bins;
        busker_current_kernels()->pitch_comb(bin_width, (double)hertz, (double)sigma, comb, count);
    }
    memset(comb + count, 0, (bins - count) * sizeof *comb);
}
