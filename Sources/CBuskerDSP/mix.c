// Mixing blocks of samples.
#include <math.h>

#include "busker_mix.h"

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

void busker_mix_add(const float *part, size_t count, float weight, float *whole, size_t whole_count)
{
    if (whole_count != count)
        return;
    for (size_t i = 0; i < count; i++)
        whole[i] += weight * part[i];
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
