// What two channels tell about place: checks, tiles and the coherence's window.
#include "busker_centre.h"

#include "internal.h"

busker_status busker_centre_similarity(const float *left, const float *right, size_t count, size_t bins,
                                       size_t low_bins, unsigned exponent, float *mask, size_t mask_count)
{
    if (bins < 1 || exponent < 1 || exponent > BUSKER_CENTRE_EXPONENT_MAX)
        return BUSKER_BAD_ARGUMENT;
    if (count % 2 || count / 2 % bins || mask_count != count / 2)
        return BUSKER_BAD_LENGTH;
    busker_current_kernels()->centre_similarity(left, right, count / 2, exponent, mask);
    const size_t low = low_bins < bins ? low_bins : bins;
    for (size_t frame = 0; frame < mask_count; frame += bins)
        memset(mask + frame, 0, low * sizeof *mask);
    return BUSKER_OK;
}

busker_status busker_centre_cut(const float *left, const float *right, float *centre, size_t count)
{
    if (count % 2)
        return BUSKER_BAD_LENGTH;
    busker_current_kernels()->centre_cut(left, right, count / 2, centre);
    return BUSKER_OK;
}

busker_status busker_centre_panning(const float *left, const float *right, size_t count, float *place,
                                    float *agreement, size_t out_count)
{
    if (count % 2 || out_count != count / 2)
        return BUSKER_BAD_LENGTH;
    busker_current_kernels()->centre_panning(left, right, out_count, place, agreement);
    return BUSKER_OK;
}

void busker_centre_mid_side(float *a, float *b, size_t count, bool back)
{
    const float scale = back ? 1.0f : 0.5f;
    for (size_t i = 0; i < count; i++) {
        const float sum = (a[i] + b[i]) * scale, difference = (a[i] - b[i]) * scale;
        a[i] = sum;
        b[i] = difference;
    }
}

struct busker_coherence {
    const busker_kernels *kernels;
    busker_coherence_config config;
    size_t row;
    /// Four rows: powers left and right, cross spectrum re and im, with zeros around each.
    float *sums;
};

busker_status busker_coherence_create(const busker_coherence_config *config, busker_coherence **handle)
{
    if (!config || !handle || config->bins < 1 || config->bins > BUSKER_FFT_SIZE_MAX / 2 + 1 ||
        config->frames_around > BUSKER_COHERENCE_FRAMES_MAX || config->bins_around > BUSKER_COHERENCE_BINS_MAX)
        return BUSKER_BAD_ARGUMENT;
    busker_coherence *c = busker_alloc(1, sizeof *c);
    if (!c)
        return BUSKER_NO_MEMORY;
    c->kernels = busker_current_kernels();
    c->config = *config;
    // Sixteen more, because the loops read whole vectors.
    c->row = config->bins + 2 * config->bins_around + 16;
    c->sums = busker_alloc(4 * c->row, sizeof *c->sums);
    if (!c->sums) {
        busker_coherence_destroy(c);
        return BUSKER_NO_MEMORY;
    }
    *handle = c;
    return BUSKER_OK;
}

void busker_coherence_destroy(busker_coherence *handle)
{
    if (!handle)
        return;
    busker_free(handle->sums);
    busker_free(handle);
}

busker_status busker_coherence_measure(busker_coherence *handle, const float *left, const float *right, size_t count,
                                       float *coherence, float *alignment, size_t out_count)
{
    const size_t bins = handle->config.bins, frames = count / 2 / bins, reach = handle->config.frames_around;
    if (count % (2 * bins) || out_count != count / 2)
        return BUSKER_BAD_LENGTH;
    for (size_t t = 0; t < frames; t++) {
        const size_t from = t < reach ? 0 : t - reach, to = t + reach < frames ? t + reach + 1 : frames;
        memset(handle->sums, 0, 4 * handle->row * sizeof *handle->sums);
        // Summed anew for each frame: a running sum would keep the rounding of loud frames in silent ones.
        for (size_t near = from; near < to; near++)
            handle->kernels->coherence_add(left + near * 2 * bins, right + near * 2 * bins, bins,
                                           handle->sums + handle->config.bins_around, handle->row);
        handle->kernels->coherence_finish(handle->sums, handle->row, bins, handle->config.bins_around,
                                          coherence + t * bins, alignment + t * bins);
    }
    return BUSKER_OK;
}
