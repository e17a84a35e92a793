// Gain, fades and the order of channels.
#include "busker_level.h"
#include "internal.h"

void busker_gain(float *samples, size_t count, float gain)
{
    for (size_t i = 0; i < count; i++)
        samples[i] *= gain;
}

busker_status busker_fade(float *samples, size_t count, size_t channels, float from, float to)
{
    if (channels < 1 || count % channels)
        return BUSKER_BAD_LENGTH;
    const size_t frames = count / channels;
    const double slope = frames ? ((double)to - from) / (double)frames : 0;
    for (size_t i = 0; i < frames; i++) {
        const float gain = (float)(from + slope * (double)i);
        for (size_t c = 0; c < channels; c++)
            samples[i * channels + c] *= gain;
    }
    return BUSKER_OK;
}

busker_status busker_deinterleave(const float *restrict in, float *restrict out, size_t count, size_t channels)
{
    if (channels < 1 || count % channels)
        return BUSKER_BAD_LENGTH;
    const size_t frames = count / channels;
    if (channels == 2) {
        for (size_t i = 0; i < frames; i++) {
            out[i] = in[2 * i];
            out[frames + i] = in[2 * i + 1];
        }
        return BUSKER_OK;
    }
    for (size_t c = 0; c < channels; c++)
        for (size_t i = 0; i < frames; i++)
            out[c * frames + i] = in[i * channels + c];
    return BUSKER_OK;
}

busker_status busker_interleave(const float *restrict in, float *restrict out, size_t count, size_t channels)
{
    if (channels < 1 || count % channels)
        return BUSKER_BAD_LENGTH;
    const size_t frames = count / channels;
    if (channels == 2) {
        for (size_t i = 0; i < frames; i++) {
            out[2 * i] = in[i];
            out[2 * i + 1] = in[frames + i];
        }
        return BUSKER_OK;
    }
    for (size_t c = 0; c < channels; c++)
        for (size_t i = 0; i < frames; i++)
            out[i * channels + c] = in[c * frames + i];
    return BUSKER_OK;
}
