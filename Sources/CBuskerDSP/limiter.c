// A peak limiter that looks ahead, so that no sample leaves above the ceiling.
#include <math.h>
#include <string.h>

#include "internal.h"
#include "limiter.h"

/// The gain of a frame is the mean, over the look-ahead, of the smallest gain needed within a look-ahead.
///
/// Each of the averaged minima covers the frame that leaves, so their mean is never above what that frame needs.
struct busker_limiter {
    busker_limiter_config config;
    /// Frames in the look-ahead; the delay line holds as many.
    size_t window;
    float *delay;
    /// The gains needed, a queue of falling candidates for the minimum: value and frame number.
    float *candidate;
    uint64_t *candidate_frame;
    size_t head, length;
    /// The last `window` smoothed minima and their sum.
    float *minima;
    double sum;
    float held;
    float release;
    uint64_t frame;
};

busker_status busker_limiter_create(const busker_limiter_config *config, busker_limiter **out)
{
    if (!config || !out || config->sample_rate < 1 || config->sample_rate > 768000 || config->channels < 1 ||
        config->channels > BUSKER_CHANNELS_MAX || !(config->ceiling > 0 && config->ceiling <= 1) ||
        !(config->look_ahead >= 0.0005f && config->look_ahead <= 0.1f) ||
        !(config->release >= 0.001f && config->release <= 10))
        return BUSKER_BAD_ARGUMENT;
    busker_limiter *limiter = busker_alloc(1, sizeof *limiter);
    if (!limiter)
        return BUSKER_NO_MEMORY;
    const size_t window = (size_t)lrint((double)config->look_ahead * config->sample_rate) + 1;
    limiter->config = *config;
    limiter->window = window;
    limiter->release = (float)(1 - exp(-1.0 / ((double)config->release * config->sample_rate)));
    limiter->delay = busker_alloc(window * config->channels, sizeof *limiter->delay);
    limiter->candidate = busker_alloc(window + 1, sizeof *limiter->candidate);
    limiter->candidate_frame = busker_alloc(window + 1, sizeof *limiter->candidate_frame);
    limiter->minima = busker_alloc(window, sizeof *limiter->minima);
    if (!limiter->delay || !limiter->candidate || !limiter->candidate_frame || !limiter->minima) {
        busker_limiter_destroy(limiter);
        return BUSKER_NO_MEMORY;
    }
    busker_limiter_reset(limiter);
    *out = limiter;
    return BUSKER_OK;
}

void busker_limiter_destroy(busker_limiter *limiter)
{
    if (!limiter)
        return;
    busker_free(limiter->delay);
    busker_free(limiter->candidate);
    busker_free(limiter->candidate_frame);
    busker_free(limiter->minima);
    busker_free(limiter);
}

void busker_limiter_reset(busker_limiter *limiter)
{
    memset(limiter->delay, 0, limiter->window * limiter->config.channels * sizeof *limiter->delay);
    for (size_t i = 0; i < limiter->window; i++)
        limiter->minima[i] = 1;
    limiter->sum = (double)limiter->window;
    limiter->held = 1;
    limiter->head = limiter->length = 0;
    limiter->frame = 0;
}

size_t busker_limiter_latency(const busker_limiter *limiter)
{
    return limiter->window - 1;
}

/// The smallest gain needed by the last `window` frames, with `needed` for the newest.
static float sliding_minimum(busker_limiter *limiter, float needed)
{
    const size_t size = limiter->window + 1;
    if (limiter->length && limiter->candidate_frame[limiter->head] + limiter->window <= limiter->frame) {
        limiter->head = (limiter->head + 1) % size;
        limiter->length--;
    }
    while (limiter->length && limiter->candidate[(limiter->head + limiter->length - 1) % size] >= needed)
        limiter->length--;
    const size_t tail = (limiter->head + limiter->length) % size;
    limiter->candidate[tail] = needed;
    limiter->candidate_frame[tail] = limiter->frame;
    limiter->length++;
    return limiter->candidate[limiter->head];
}

/// The gain for the frame that leaves, after `needed` came in.
static float next_gain(busker_limiter *limiter, float needed)
{
    const float minimum = sliding_minimum(limiter, needed);
    limiter->held += (1 - limiter->held) * limiter->release;
    if (minimum < limiter->held)
        limiter->held = minimum;
    const size_t slot = limiter->frame % limiter->window;
    limiter->sum += (double)limiter->held - limiter->minima[slot];
    limiter->minima[slot] = limiter->held;
    limiter->frame++;
    return (float)(limiter->sum / (double)limiter->window);
}

void busker_limiter_ceiling(busker_limiter *limiter, float ceiling)
{
    limiter->config.ceiling = ceiling;
}

void busker_limiter_step(busker_limiter *limiter, float *samples, float peak)
{
    const size_t channels = limiter->config.channels;
    const float ceiling = limiter->config.ceiling;
    float *enter = limiter->delay + limiter->frame % limiter->window * channels;
    const float *leave = limiter->delay + (limiter->frame + 1) % limiter->window * channels;
    memcpy(enter, samples, channels * sizeof *enter);
    const float gain = next_gain(limiter, peak > ceiling ? ceiling / peak : 1);
    for (size_t c = 0; c < channels; c++)
        samples[c] = fmaxf(-ceiling, fminf(ceiling, leave[c] * gain));
}

busker_status busker_limiter_process(busker_limiter *limiter, float *samples, size_t count)
{
    const size_t channels = limiter->config.channels;
    if (count % channels)
        return BUSKER_BAD_LENGTH;
    for (size_t i = 0; i < count; i += channels) {
        float peak = 0;
        for (size_t c = 0; c < channels; c++)
            peak = fmaxf(peak, fabsf(samples[i + c]));
        busker_limiter_step(limiter, samples + i, peak);
    }
    return BUSKER_OK;
}
