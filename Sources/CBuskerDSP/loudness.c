// Loudness through libebur128, safe against values that are no numbers.
#include <ebur128.h>
#include <math.h>
#include <string.h>

#include "busker_loudness.h"
#include "internal.h"

struct busker_loudness {
    busker_loudness_config config;
    ebur128_state *state;
    /// One clean block of at most 100 ms.
    float *block;
    size_t block_frames;
    size_t filled;
    float peak;
    double momentary_max;
    double short_term_max;
};

static int mode_of(const busker_loudness_config *config)
{
    int mode = EBUR128_MODE_I;
    if (config->range)
        mode |= EBUR128_MODE_LRA;
    if (config->maxima)
        mode |= EBUR128_MODE_S | EBUR128_MODE_M;
    if (config->true_peak)
        mode |= EBUR128_MODE_TRUE_PEAK;
    if (!config->exact)
        mode |= EBUR128_MODE_HISTOGRAM;
    return mode;
}

/// Says which speaker a channel feeds, in the order of WAVE.
static busker_status place_channels(ebur128_state *state, uint32_t channels)
{
    static const int eight[] = {EBUR128_LEFT,          EBUR128_RIGHT,          EBUR128_CENTER, EBUR128_UNUSED,
                                EBUR128_LEFT_SURROUND, EBUR128_RIGHT_SURROUND, EBUR128_Mp090,  EBUR128_Mm090};
    if (channels != 6 && channels != 8)
        return BUSKER_OK;
    for (unsigned c = 0; c < channels; c++)
        if (ebur128_set_channel(state, c, eight[c]))
            return BUSKER_LIBRARY_FAILED;
    return BUSKER_OK;
}

busker_status busker_loudness_create(const busker_loudness_config *config, busker_loudness **out)
{
    if (!config || !out || config->sample_rate < 1000 || config->sample_rate > 768000 || config->channels < 1 ||
        config->channels > BUSKER_CHANNELS_MAX)
        return BUSKER_BAD_ARGUMENT;
    busker_loudness *loudness = busker_alloc(1, sizeof *loudness);
    if (!loudness)
        return BUSKER_NO_MEMORY;
    loudness->config = *config;
    loudness->block_frames = config->sample_rate / 10;
    loudness->momentary_max = loudness->short_term_max = -INFINITY;
    loudness->block = busker_alloc(loudness->block_frames * config->channels, sizeof *loudness->block);
    loudness->state = ebur128_init(config->channels, config->sample_rate, mode_of(config));
    if (!loudness->block || !loudness->state || place_channels(loudness->state, config->channels)) {
        busker_loudness_destroy(loudness);
        return BUSKER_NO_MEMORY;
    }
    *out = loudness;
    return BUSKER_OK;
}

void busker_loudness_destroy(busker_loudness *loudness)
{
    if (!loudness)
        return;
    if (loudness->state)
        ebur128_destroy(&loudness->state);
    busker_free(loudness->block);
    busker_free(loudness);
}

static float clean(float x)
{
    const float limit = 16;
    return isnan(x) ? 0 : x > limit ? limit : x < -limit ? -limit : x;
}

/// Hands the filled part of the block on.
static busker_status measure(busker_loudness *loudness)
{
    const size_t frames = loudness->filled;
    if (!frames)
        return BUSKER_OK;
    loudness->filled = 0;
    if (ebur128_add_frames_float(loudness->state, loudness->block, frames))
        return BUSKER_LIBRARY_FAILED;
    if (!loudness->config.maxima)
        return BUSKER_OK;
    double momentary = -INFINITY, short_term = -INFINITY;
    if (ebur128_loudness_momentary(loudness->state, &momentary) ||
        ebur128_loudness_shortterm(loudness->state, &short_term))
        return BUSKER_LIBRARY_FAILED;
    loudness->momentary_max = fmax(loudness->momentary_max, momentary);
    loudness->short_term_max = fmax(loudness->short_term_max, short_term);
    return BUSKER_OK;
}

busker_status busker_loudness_push(busker_loudness *loudness, const float *samples, size_t count)
{
    const size_t channels = loudness->config.channels;
    if (count % channels)
        return BUSKER_BAD_LENGTH;
    for (size_t frames = count / channels; frames;) {
        const size_t room = loudness->block_frames - loudness->filled;
        const size_t part = frames < room ? frames : room;
        float *to = loudness->block + loudness->filled * channels;
        float peak = loudness->peak;
        for (size_t i = 0; i < part * channels; i++) {
            to[i] = clean(samples[i]);
            const float size = fabsf(to[i]);
            peak = size > peak ? size : peak;
        }
        loudness->peak = peak;
        samples += part * channels;
        frames -= part;
        loudness->filled += part;
        if (loudness->filled == loudness->block_frames) {
            busker_status status = measure(loudness);
            if (status)
                return status;
        }
    }
    return BUSKER_OK;
}

busker_status busker_loudness_read(busker_loudness *loudness, busker_loudness_result *out)
{
    busker_status status = measure(loudness);
    if (status)
        return status;
    busker_loudness_result result = {.integrated = -INFINITY, .sample_peak = loudness->peak};
    result.momentary_max = loudness->momentary_max;
    result.short_term_max = loudness->short_term_max;
    if (ebur128_loudness_global(loudness->state, &result.integrated))
        return BUSKER_LIBRARY_FAILED;
    if (loudness->config.range && ebur128_loudness_range(loudness->state, &result.range))
        return BUSKER_LIBRARY_FAILED;
    for (unsigned c = 0; loudness->config.true_peak && c < loudness->config.channels; c++) {
        double peak = 0;
        if (ebur128_true_peak(loudness->state, c, &peak))
            return BUSKER_LIBRARY_FAILED;
        result.true_peak = fmax(result.true_peak, peak);
    }
    *out = result;
    return BUSKER_OK;
}
