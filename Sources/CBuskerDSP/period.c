// Music that repeats in time: autocorrelation by FFT, the period, and lists of repetitions for the median.
#include "busker_period.h"

#include <math.h>

#include "fft.h"
#include "repeat.h"

enum { ROWS = 16 };

struct busker_period {
    busker_period_config config;
    busker_columns *columns;
    /// At least twice frames_max, so that the ends do not meet.
    size_t length;
    busker_plans *plans;
    /// Pairs of bins over time, one as the real and one as the imaginary part.
    float *rows;
    float *spectrum;
    double *energy;
    float *beat;
    uint32_t *starts, *frames;
};

/// The next length of factors 2, 3 and 5.
static size_t good_length(size_t least)
{
    for (;; least++) {
        size_t rest = least;
        while (rest % 2 == 0)
            rest /= 2;
        while (rest % 3 == 0)
            rest /= 3;
        while (rest % 5 == 0)
            rest /= 5;
        if (rest == 1)
            return least;
    }
}

busker_status busker_period_create(const busker_period_config *config, busker_period **handle)
{
    if (!config || !handle || config->bins < 1 || config->bins > BUSKER_FFT_SIZE_MAX / 2 + 1 ||
        config->frames_max < 1 || config->frames_max > BUSKER_PERIOD_FRAMES_MAX)
        return BUSKER_BAD_ARGUMENT;
    busker_period *p = busker_alloc(1, sizeof *p);
    if (!p)
        return BUSKER_NO_MEMORY;
    p->config = *config;
    // A multiple of 16 keeps every row on the boundary that the plan was made for.
    p->length = 16 * good_length((2 * config->frames_max + 15) / 16);
    p->rows = busker_alloc(p->length * ROWS, sizeof *p->rows);
    p->spectrum = busker_alloc(2 * p->length, sizeof *p->spectrum);
    p->energy = busker_alloc(p->length / 2 + 1, sizeof *p->energy);
    p->beat = busker_alloc(config->frames_max, sizeof *p->beat);
    p->starts = busker_alloc(config->frames_max + 1, sizeof *p->starts);
    p->frames = busker_alloc(config->frames_max * BUSKER_PERIOD_ORDER_MAX, sizeof *p->frames);
    busker_status status = BUSKER_NO_MEMORY;
    if (p->rows && p->spectrum && p->energy && p->beat && p->starts && p->frames)
        status = busker_columns_create(config->frames_max, config->frames_max, &p->columns);
    if (status == BUSKER_OK) {
        p->plans = busker_plans_take((uint32_t)p->length, BUSKER_PLANNING_ESTIMATE);
        status = p->plans ? BUSKER_OK : BUSKER_LIBRARY_FAILED;
    }
    if (status != BUSKER_OK)
        busker_period_destroy(p);
    else
        *handle = p;
    return status;
}

void busker_period_destroy(busker_period *handle)
{
    if (!handle)
        return;
    busker_plans_give(handle->plans);
    busker_columns_destroy(handle->columns);
    busker_free(handle->rows);
    busker_free(handle->spectrum);
    busker_free(handle->energy);
    busker_free(handle->beat);
    busker_free(handle->starts);
    busker_free(handle->frames);
    busker_free(handle);
}

static bool fits(const busker_period *p, size_t count, size_t channels, size_t frames)
{
    return frames <= p->config.frames_max && channels >= 1 && channels <= BUSKER_CHANNELS_MAX &&
           count == channels * frames * p->config.bins;
}

/// A segment of planar magnitudes, or the frames `from` up to `to` of it.
typedef struct busker_stretch {
    const float *magnitudes;
    size_t channels, frames, from, to;
} busker_stretch;

/// Adds the power spectra over time of ROWS bins from `first` on, two bins with one complex transform.
static void add_rows(busker_period *p, const busker_stretch *s, size_t first)
{
    const size_t bins = p->config.bins, count = bins - first < ROWS ? bins - first : ROWS;
    memset(p->rows, 0, p->length * ROWS * sizeof *p->rows);
    for (size_t t = s->from; t < s->to; t++)
        for (size_t i = 0; i < count; i++) {
            float sum = 0;
            for (size_t c = 0; c < s->channels; c++)
                sum += s->magnitudes[(c * s->frames + t) * bins + first + i];
            sum /= (float)s->channels;
            p->rows[(i / 2 * p->length + t - s->from) * 2 + i % 2] = sum * sum;
        }
    for (size_t pair = 0; 2 * pair < count; pair++) {
        busker_fft_forward(p->plans, p->rows + pair * 2 * p->length, p->spectrum);
        // The spectra A and B of two real rows have |A(k)|^2 + |B(k)|^2 = (|Z(k)|^2 + |Z(-k)|^2) / 2.
        for (size_t k = 0; k <= p->length / 2; k++) {
            const float *z = p->spectrum + 2 * k, *mirrored = p->spectrum + 2 * ((p->length - k) % p->length);
            const double here = (double)z[0] * z[0] + (double)z[1] * z[1];
            const double there = (double)mirrored[0] * mirrored[0] + (double)mirrored[1] * mirrored[1];
            p->energy[k] += (here + there) / 2;
        }
    }
}

/// The beat spectrum of a stretch, to - from floats; silence, or what is not finite, gives zeros.
static void beat_of(busker_period *p, const busker_stretch *s, float *beat)
{
    const size_t frames = s->to - s->from;
    memset(p->energy, 0, (p->length / 2 + 1) * sizeof *p->energy);
    for (size_t first = 0; first < p->config.bins; first += ROWS)
        add_rows(p, s, first);
    // Scaled by the sum at lag 0 before the numbers become single precision again.
    double total = 0;
    for (size_t k = 0; k <= p->length / 2; k++)
        total += p->energy[k] * (k == 0 || 2 * k == p->length ? 1 : 2);
    memset(beat, 0, frames * sizeof *beat);
    if (!(total > 0 && isfinite(total)))
        return;
    for (size_t k = 0; k < p->length; k++) {
        p->spectrum[2 * k] = (float)(p->energy[k <= p->length / 2 ? k : p->length - k] / total);
        p->spectrum[2 * k + 1] = 0;
    }
    busker_fft_inverse(p->plans, p->spectrum, p->rows);
    for (size_t lag = 0; lag < frames; lag++)
        beat[lag] = p->rows[2 * lag] * ((float)frames / (float)(frames - lag));
}

busker_status busker_period_beat_spectrum(busker_period *handle, const float *magnitudes, size_t count,
                                          size_t channels, float *beat, size_t frames)
{
    if (!fits(handle, count, channels, frames))
        return BUSKER_BAD_LENGTH;
    if (frames)
        beat_of(handle, &(busker_stretch){magnitudes, channels, frames, 0, frames}, beat);
    return BUSKER_OK;
}

size_t busker_period_pick(const float *beat, size_t frames, size_t shortest, size_t longest)
{
    size_t best = 0;
    float height = 0;
    for (size_t lag = shortest ? shortest : 1; lag <= longest && lag <= frames / 3; lag++)
        if (beat[lag] > height) {
            height = beat[lag];
            best = lag;
        }
    return best;
}

busker_status busker_period_track(busker_period *handle, const float *magnitudes, size_t count, size_t channels,
                                  size_t stretch, size_t step, size_t shortest, size_t longest, uint32_t *periods,
                                  size_t frames)
{
    if (!fits(handle, count, channels, frames))
        return BUSKER_BAD_LENGTH;
    if (stretch == 0 || step == 0)
        return BUSKER_BAD_ARGUMENT;
    for (size_t from = 0; from < frames; from += step < frames ? step : frames) {
        const size_t to = step < frames - from ? from + step : frames, middle = from + (to - from) / 2;
        // At the edges the stretch is moved inward: a shorter one could not show as long a period.
        const size_t length = stretch < frames ? stretch : frames, most = frames - length;
        const size_t wanted = middle > length / 2 ? middle - length / 2 : 0, begin = wanted < most ? wanted : most;
        const busker_stretch part = {magnitudes, channels, frames, begin, begin + length};
        beat_of(handle, &part, handle->beat);
        const size_t period = busker_period_pick(handle->beat, length, shortest, longest);
        for (size_t t = from; t < to; t++)
            periods[t] = (uint32_t)period;
    }
    return BUSKER_OK;
}

busker_status busker_period_median(busker_period *handle, const float *magnitudes, size_t count, size_t channels,
                                   size_t frames, size_t period, float *out, size_t out_count)
{
    busker_period *p = handle;
    if (!fits(p, count, channels, frames) || out_count != count)
        return BUSKER_BAD_LENGTH;
    if (period == 0)
        return BUSKER_BAD_ARGUMENT;
    const size_t bins = p->config.bins, places = period < frames ? period : frames;
    size_t total = 0;
    for (size_t place = 0; place < places; place++) {
        p->starts[place] = (uint32_t)total;
        for (size_t t = place; t < frames; t += period < frames ? period : frames)
            p->frames[total++] = (uint32_t)t;
    }
    p->starts[places] = (uint32_t)total;
    busker_columns_median(p->columns, magnitudes, channels, frames, bins,
                          (busker_lists){p->starts, p->frames, places}, out);
    // The segments lie one after the other: spread them from the last channel and the last frame on.
    for (size_t c = channels; c-- > 0;)
        for (size_t t = frames; t-- > 0;) {
            float *to = out + (c * frames + t) * bins;
            memmove(to, out + (c * places + t % places) * bins, bins * sizeof *to);
        }
    return BUSKER_OK;
}

busker_status busker_period_adaptive_median(busker_period *handle, const float *magnitudes, size_t count,
                                            size_t channels, const uint32_t *periods, size_t frames, size_t order,
                                            float *out, size_t out_count)
{
    busker_period *p = handle;
    if (!fits(p, count, channels, frames) || out_count != count)
        return BUSKER_BAD_LENGTH;
    if (order % 2 == 0 || order > BUSKER_PERIOD_ORDER_MAX)
        return BUSKER_BAD_ARGUMENT;
    size_t total = 0;
    for (size_t t = 0; t < frames; t++) {
        const size_t period = periods[t], reach = period ? order / 2 : 0;
        p->starts[t] = (uint32_t)total;
        for (size_t n = 0; n <= 2 * reach; n++)
            if (t + n * period >= reach * period && t + n * period - reach * period < frames)
                p->frames[total++] = (uint32_t)(t + n * period - reach * period);
    }
    p->starts[frames] = (uint32_t)total;
    busker_columns_median(p->columns, magnitudes, channels, frames, p->config.bins,
                          (busker_lists){p->starts, p->frames, frames}, out);
    return BUSKER_OK;
}
