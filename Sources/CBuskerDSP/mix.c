// Mixing blocks of samples.
#include <math.h>

#include "busker_mix.h"

void busker_crossfade_weights(float *weights, size_t count)
{
    const double step = M_PI_2 / (double)count;
    for (size_t i = 0; i < count; i++) {
        const double s = sin(step * ((double)i + 0.5));
        weights[i] = (float)(s * s);
    }
}

void busker_crossfade_line(float *weights, size_t count)
{
    for (size_t i = 0; i < count; i++)
        weights[i] = (float)((double)(i + 1) / (double)(count + 1));
}

void busker_crossfade(const float *from, const float *weights, size_t count, float *into, size_t into_count)
{
    if (into_count != count)
        return;
    for (size_t i = 0; i < count; i++)
        into[i] = from[i] + weights[i] * (into[i] - from[i]);
}

void busker_subtract(const float *part, size_t count, float *whole, size_t whole_count)
{
    if (whole_count != count)
        return;
    for (size_t i = 0; i < count; i++)
        whole[i] -= part[i];
}

void busker_mix_add(const float *part, size_t count, float weight, float *whole, size_t whole_count)
{
    if (whole_count != count)
        return;
    for (size_t i = 0; i < count; i++)
        whole[i] += weight * part[i];
}

void busker_mix_interleave(const float *planar, size_t count, size_t channels, size_t first, float *out, size_t out_count)
{
    if (!channels || count % channels || out_count % channels)
        return;
    const size_t frames = count / channels, taken = out_count / channels;
    if (first > frames || taken > frames - first)
        return;
    for (size_t channel = 0; channel < channels; channel++) {
        const float *restrict in = planar + channel * frames + first;
        float *restrict to = out + channel;
        for (size_t i = 0; i < taken; i++)
            to[i * channels] = in[i];
    }
}

float busker_peak(const float *samples, size_t count)
{
    float peak = 0;
    for (size_t i = 0; i < count; i++) {
        const float size = fabsf(samples[i]);
        peak = size > peak ? size : peak;
    }
    return peak;
}
