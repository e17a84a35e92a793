// Levels, phases and masks of spectra.
#include "busker_spectrum.h"

#include <math.h>
#include <string.h>

#include "internal.h"

enum {
    /// Bins worked on at a time where work space is needed: it stays on the stack and in the first cache.
    CHUNK = 1024,
};

busker_status busker_magnitude(const float *spectrum, size_t spectrum_count, float *magnitude, size_t bins)
{
    if (spectrum_count != 2 * bins)
        return BUSKER_BAD_LENGTH;
    busker_current_kernels()->magnitude(spectrum, magnitude, bins);
    return BUSKER_OK;
}

busker_status busker_power(const float *spectrum, size_t spectrum_count, float *power, size_t bins)
{
    if (spectrum_count != 2 * bins)
        return BUSKER_BAD_LENGTH;
    busker_current_kernels()->power(spectrum, power, bins);
    return BUSKER_OK;
}

busker_status busker_phase(const float *spectrum, size_t spectrum_count, float *phase, size_t bins)
{
    if (spectrum_count != 2 * bins)
        return BUSKER_BAD_LENGTH;
    for (size_t i = 0; i < bins; i++)
        phase[i] = atan2f(spectrum[2 * i + 1], spectrum[2 * i]);
    return BUSKER_OK;
}

busker_status busker_mask_apply(float *spectrum, size_t spectrum_count, const float *mask, size_t bins)
{
    if (spectrum_count != 2 * bins)
        return BUSKER_BAD_LENGTH;
    busker_current_kernels()->mask_apply(spectrum, mask, bins);
    return BUSKER_OK;
}

busker_status busker_soft_mask(
    const float *level, size_t level_count, const float *reference, size_t reference_count, float power,
    bool split_zeros, float *mask, size_t mask_count)
{
    if (!(power > 0))
        return BUSKER_BAD_ARGUMENT;
    if (level_count != mask_count || reference_count != mask_count)
        return BUSKER_BAD_LENGTH;
    busker_current_kernels()->soft_mask(level, reference, power, split_zeros ? 0.5f : 0, mask, mask_count);
    return BUSKER_OK;
}

/// The greatest level of each bin, and with it who has it first.
static void find_most(const float *levels, size_t sources, size_t bins, size_t begin, size_t count, float *most, uint8_t *winner)
{
    memcpy(most, levels + begin, count * sizeof(float));
    memset(winner, 0, count);
    for (size_t j = 1; j < sources; j++) {
        const float *source = levels + j * bins + begin;
        for (size_t i = 0; i < count; i++) {
            winner[i] = source[i] > most[i] ? (uint8_t)j : winner[i];
            most[i] = source[i] > most[i] ? source[i] : most[i];
        }
    }
}

static void share_chunk(
    const busker_kernels *kernels, const float *levels, size_t sources, size_t bins, size_t begin, size_t count,
    float power, float *masks)
{
    float most[CHUNK], sum[CHUNK];
    uint8_t winner[CHUNK];
    find_most(levels, sources, bins, begin, count, most, winner);
    for (size_t i = 0; i < count; i++)
        sum[i] = 0;
    for (size_t j = 0; j < sources; j++) {
        float *mask = masks + j * bins + begin;
        if (isinf(power)) {
            for (size_t i = 0; i < count; i++)
                mask[i] = most[i] < 1.17549435e-38f || winner[i] == j ? 1 : 0;
        } else {
            kernels->relative_power(levels + j * bins + begin, most, power, mask, count);
        }
        for (size_t i = 0; i < count; i++)
            sum[i] += mask[i];
    }
    for (size_t j = 0; j < sources; j++)
        for (size_t i = 0; i < count; i++)
            masks[j * bins + begin + i] /= sum[i];
}

busker_status busker_ratio_masks(
    const float *levels, size_t levels_count, size_t sources, float power, float *masks, size_t masks_count)
{
    if (sources < 1 || sources > BUSKER_SOURCES_MAX || !(power > 0))
        return BUSKER_BAD_ARGUMENT;
    if (levels_count != masks_count || masks_count % sources != 0)
        return BUSKER_BAD_LENGTH;
    const size_t bins = masks_count / sources;
    const busker_kernels *kernels = busker_current_kernels();
    for (size_t begin = 0; begin < bins; begin += CHUNK) {
        const size_t count = bins - begin < CHUNK ? bins - begin : CHUNK;
        share_chunk(kernels, levels, sources, bins, begin, count, power, masks);
    }
    return BUSKER_OK;
}

busker_status busker_mask_residual(
    const float *masks, size_t masks_count, size_t sources, float *residual, size_t bins)
{
    if (sources < 1 || sources > BUSKER_SOURCES_MAX)
        return BUSKER_BAD_ARGUMENT;
    if (masks_count % sources != 0 || masks_count / sources != bins)
        return BUSKER_BAD_LENGTH;
    for (size_t i = 0; i < bins; i++)
        residual[i] = 1 - masks[i];
    for (size_t j = 1; j < sources; j++)
        for (size_t i = 0; i < bins; i++)
            residual[i] -= masks[j * bins + i];
    for (size_t i = 0; i < bins; i++)
        residual[i] = residual[i] > 0 ? residual[i] : 0;
    return BUSKER_OK;
}

busker_status busker_mask_minimum(float *mask, size_t mask_count, const float *other, size_t other_count)
{
    if (mask_count != other_count)
        return BUSKER_BAD_LENGTH;
    for (size_t i = 0; i < mask_count; i++)
        mask[i] = other[i] < mask[i] ? other[i] : mask[i];
    return BUSKER_OK;
}

busker_status busker_mask_multiply(float *mask, size_t mask_count, const float *other, size_t other_count)
{
    if (mask_count != other_count)
        return BUSKER_BAD_LENGTH;
    for (size_t i = 0; i < mask_count; i++)
        mask[i] *= other[i];
    return BUSKER_OK;
}

busker_status busker_mask_clamp(float *mask, size_t mask_count, float low, float high)
{
    if (!(low <= high))
        return BUSKER_BAD_ARGUMENT;
    for (size_t i = 0; i < mask_count; i++) {
        const float raised = mask[i] > low ? mask[i] : low;
        mask[i] = raised < high ? raised : high;
    }
    return BUSKER_OK;
}
