// Cuts blocks of audio into points and keeps the point that is not finished.
#include "busker_peaks.h"

#include "internal.h"

enum {
    /// Float samples quantised at a time; a multiple of every channel count, and small enough for the first cache.
    SCRATCH = 840 * 8,
};

struct busker_peaks {
    const busker_kernels *kernels;
    busker_peaks_config config;
    size_t outputs;
    /// Frames in the unfinished point, less than the span.
    size_t pending;
    size_t written;
    busker_peaks_counts seen;
    busker_extremes open[BUSKER_CHANNELS_MAX];
    int16_t scratch[SCRATCH];
};

/// Where points go, checked before the first is written.
typedef struct sink {
    int16_t *pairs;
    float *means;
} sink;

static void clear(busker_peaks *peaks)
{
    for (size_t i = 0; i < peaks->outputs; i++)
        peaks->open[i] = (busker_extremes){.low = INT32_MAX, .high = INT32_MIN};
    peaks->pending = 0;
}

busker_status busker_peaks_create(const busker_peaks_config *config, busker_peaks **out)
{
    if (!config || !out || config->channels < 1 || config->channels > BUSKER_CHANNELS_MAX || config->span < 1 ||
        config->span > BUSKER_PEAKS_SPAN_MAX)
        return BUSKER_BAD_ARGUMENT;
    busker_peaks *peaks = busker_alloc(1, sizeof *peaks);
    if (!peaks)
        return BUSKER_NO_MEMORY;
    peaks->kernels = busker_current_kernels();
    peaks->config = *config;
    peaks->outputs = config->mix ? 1 : config->channels;
    clear(peaks);
    *out = peaks;
    return BUSKER_OK;
}

void busker_peaks_destroy(busker_peaks *peaks)
{
    busker_free(peaks);
}

void busker_peaks_reset(busker_peaks *peaks)
{
    clear(peaks);
    peaks->written = 0;
    peaks->seen = (busker_peaks_counts){0};
}

busker_peaks_counts busker_peaks_seen(const busker_peaks *peaks)
{
    return peaks->seen;
}

size_t busker_peaks_written(const busker_peaks *peaks)
{
    return peaks->written;
}

/// Writes the open point behind those already in the sink.
static void emit(busker_peaks *peaks, sink to)
{
    const int32_t divisor = peaks->config.mix ? (int32_t)peaks->config.channels : 1;
    const double scale = 1.0 / (32768.0 * 32768.0 * divisor * divisor);
    for (size_t i = 0; i < peaks->outputs; i++) {
        const busker_extremes *point = &peaks->open[i];
        const size_t at = peaks->written * peaks->outputs + i;
        // The division keeps order, so the extremes of the quotients are the quotients of the extremes.
        to.pairs[2 * at] = (int16_t)(point->low / divisor);
        to.pairs[2 * at + 1] = (int16_t)(point->high / divisor);
        if (peaks->config.energy)
            to.means[at] = (float)((double)point->energy * scale / (double)peaks->pending);
    }
    peaks->written++;
}

/// Whether `points` more points fit the buffers.
static bool fits(const busker_peaks *peaks, size_t points, size_t pair_values, size_t mean_values)
{
    const size_t room = pair_values / (2 * peaks->outputs);
    return points <= room && (!peaks->config.energy || points <= mean_values / peaks->outputs);
}

static void take(busker_peaks *peaks, const int16_t *samples, size_t frames, sink to)
{
    const size_t channels = peaks->config.channels, span = peaks->config.span;
    peaks->seen.frames += frames;
    while (frames) {
        const size_t left = span - peaks->pending, run = frames < left ? frames : left;
        if (peaks->config.mix)
            peaks->kernels->peaks_mix(samples, run, channels, peaks->config.energy, peaks->open);
        else
            peaks->kernels->peaks_split(samples, run, channels, peaks->config.energy, peaks->open);
        samples += run * channels;
        frames -= run;
        peaks->pending += run;
        if (peaks->pending < span)
            continue;
        emit(peaks, to);
        clear(peaks);
    }
}

/// What both pushes check before they take anything.
static busker_status admit(const busker_peaks *peaks, size_t count, size_t pair_values, size_t mean_values)
{
    const size_t frames = count / peaks->config.channels;
    if (count % peaks->config.channels || frames > SIZE_MAX - peaks->pending)
        return BUSKER_BAD_LENGTH;
    return fits(peaks, (peaks->pending + frames) / peaks->config.span, pair_values, mean_values) ? BUSKER_OK
                                                                                                 : BUSKER_BAD_LENGTH;
}

busker_status busker_peaks_push_int16(busker_peaks *peaks, const int16_t *samples, size_t count, int16_t *pairs,
                                      size_t pair_values, float *means, size_t mean_values)
{
    const busker_status status = admit(peaks, count, pair_values, mean_values);
    if (status)
        return status;
    peaks->written = 0;
    take(peaks, samples, count / peaks->config.channels, (sink){pairs, means});
    return BUSKER_OK;
}

busker_status busker_peaks_push_float(busker_peaks *peaks, const float *samples, size_t count, int16_t *pairs,
                                      size_t pair_values, float *means, size_t mean_values)
{
    const busker_status status = admit(peaks, count, pair_values, mean_values);
    if (status)
        return status;
    peaks->written = 0;
    for (size_t at = 0; at < count; at += SCRATCH) {
        const size_t run = count - at < SCRATCH ? count - at : SCRATCH;
        peaks->kernels->quantise(samples + at, run, peaks->scratch, &peaks->seen.not_numbers, &peaks->seen.overs);
        take(peaks, peaks->scratch, run / peaks->config.channels, (sink){pairs, means});
    }
    return BUSKER_OK;
}

busker_status busker_peaks_peek(busker_peaks *peaks, int16_t *pairs, size_t pair_values, float *means,
                                size_t mean_values)
{
    if (!fits(peaks, 1, pair_values, mean_values))
        return BUSKER_BAD_LENGTH;
    peaks->written = 0;
    if (peaks->pending)
        emit(peaks, (sink){pairs, means});
    return BUSKER_OK;
}

busker_status busker_peaks_respan(busker_peaks *peaks, size_t span)
{
    if (span < 1 || span > BUSKER_PEAKS_SPAN_MAX)
        return BUSKER_BAD_ARGUMENT;
    if (peaks->pending)
        return BUSKER_BAD_STATE;
    peaks->config.span = span;
    return BUSKER_OK;
}
