// The step from a repeating spectrogram to a background and its mask.
#include "busker_background.h"

#include "internal.h"

void busker_background_limit(const float *magnitudes, float *background, size_t count)
{
    for (size_t i = 0; i < count; i++)
        background[i] = background[i] < magnitudes[i] ? background[i] : magnitudes[i];
}

busker_status busker_background_mask(const float *magnitudes, float *background, size_t count, size_t bins,
                                     size_t low_bins)
{
    if (bins == 0 || count % bins)
        return BUSKER_BAD_LENGTH;
    const size_t low = low_bins < bins ? low_bins : bins;
    busker_current_kernels()->background_mask(magnitudes, background, count);
    for (size_t frame = 0; frame < count; frame += bins)
        for (size_t b = 0; b < low; b++)
            background[frame + b] = 1;
    return BUSKER_OK;
}
