// Moving and mixing blocks of samples.
#include <math.h>

#include "busker_mix.h"

void busker_deinterleave(const float *interleaved, size_t count, size_t channels, float *planar, size_t planar_count)
{
    if (!channels || count % channels || planar_count != count)
        return;
    const size_t frames = count / channels;
    for (size_t channel = 0; channel < channels; channel++) {
        const float *restrict in = interleaved + channel;
        float *restrict out = planar + channel * frames;
        for (size_t i = 0; i < frames; i++)
            out[i] = in[i * channels];
    }
}

void busker_interleave(const float *planar, size_t count, size_t channels, float *interleaved, size_t interleaved_count)
{
    if (!channels || count % channels || interleaved_count != count)
        return;
    const size_t frames = count / channels;
    for (size_t channel = 0; channel < channels; channel++) {
        const float *restrict in = planar + channel * frames;
        float *restrict out = interleaved + channel;
        for (size_t i = 0; i < frames; i++)
            out[i * channels] = in[i];
    }
}

void busker_crossfade(const float *from, size_t count, float *into, size_t into_count)
{
    if (into_count != count)
        return;
    const double step = M_PI_2 / (double)count;
    for (size_t i = 0; i < count; i++) {
        const double s = sin(step * ((double)i + 0.5));
        into[i] = from[i] + (float)(s * s) * (into[i] - from[i]);
    }
}

void busker_subtract(const float *part, size_t count, float *whole, size_t whole_count)
{
    if (whole_count != count)
        return;
    for (size_t i = 0; i < count; i++)
        whole[i] -= part[i];
}

void busker_scale(float *samples, size_t count, float gain)
{
    for (size_t i = 0; i < count; i++)
        samples[i] *= gain;
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
