// Triangular bands of a spectrum, narrow below and wide above.
#include <math.h>

#include "busker_recall.h"
#include "internal.h"

struct busker_bands {
    const busker_kernels *kernels;
    size_t bins, count;
    /// The first bin of each band, and where its weights begin; `count + 1` of the latter.
    uint32_t *first, *starts;
    float *weights;
};

/// Edge k of count + 2, in Hz.
static double edge(const busker_bands_config *c, size_t k)
{
    const double ratio = (c->highest + 200) / (c->lowest + 200);
    return (c->lowest + 200) * pow(ratio, (double)k / (double)(c->count + 1)) - 200;
}

/// What a bin weighs in a band, before the division by the sum; 0 outside.
static double weight(const busker_bands_config *c, size_t band, size_t bin)
{
    const double f = (double)bin * c->bin_width;
    const double low = edge(c, band), top = edge(c, band + 1), high = edge(c, band + 2);
    const double w = fmin((f - low) / (top - low), (high - f) / (high - top));
    return w > 0 ? w : 0;
}

/// The bins that may weigh something in a band: from the result on, below `end`.
static size_t reach(const busker_bands_config *c, size_t band, size_t *end)
{
    const double low = edge(c, band) / c->bin_width, high = edge(c, band + 2) / c->bin_width;
    const size_t first = low >= (double)c->bins ? c->bins : (size_t)fmax(low, 0);
    *end = high + 1 >= (double)c->bins ? c->bins : (size_t)fmax(high, 0) + 1;
    return first < *end ? first : *end;
}

static bool is_valid(const busker_bands_config *c)
{
    if (c->bins < 1 || c->bins > BUSKER_FFT_SIZE_MAX / 2 + 1 || c->count < 1 || c->count > BUSKER_BANDS_MAX)
        return false;
    return isfinite(c->bin_width) && c->bin_width > 0 && c->lowest >= 0 && c->highest > c->lowest &&
           isfinite(c->highest);
}

/// Writes the weights of every band, one after the other.
static void fill(busker_bands *b, const busker_bands_config *c)
{
    size_t place = 0;
    for (size_t k = 0; k < c->count; k++) {
        size_t end;
        const size_t first = reach(c, k, &end);
        double sum = 1e-9;
        for (size_t bin = first; bin < end; bin++)
            sum += weight(c, k, bin);
        b->first[k] = (uint32_t)first;
        b->starts[k] = (uint32_t)place;
        for (size_t bin = first; bin < end; bin++)
            b->weights[place++] = (float)(weight(c, k, bin) / sum);
    }
    b->starts[c->count] = (uint32_t)place;
}

busker_status busker_bands_create(const busker_bands_config *config, busker_bands **handle)
{
    if (!config || !handle || !is_valid(config))
        return BUSKER_BAD_ARGUMENT;
    busker_bands *b = busker_alloc(1, sizeof *b);
    if (!b)
        return BUSKER_NO_MEMORY;
    b->kernels = busker_current_kernels();
    b->bins = config->bins;
    b->count = config->count;
    size_t total = 0;
    for (size_t k = 0; k < config->count; k++) {
        size_t end;
        const size_t first = reach(config, k, &end);
        total += end - first;
    }
    b->first = busker_alloc(config->count, sizeof *b->first);
    b->starts = busker_alloc(config->count + 1, sizeof *b->starts);
    b->weights = busker_alloc(total, sizeof *b->weights);
    if (!b->first || !b->starts || !b->weights) {
        busker_bands_destroy(b);
        return BUSKER_NO_MEMORY;
    }
    fill(b, config);
    *handle = b;
    return BUSKER_OK;
}

void busker_bands_destroy(busker_bands *handle)
{
    if (!handle)
        return;
    busker_free(handle->first);
    busker_free(handle->starts);
    busker_free(handle->weights);
    busker_free(handle);
}

busker_status busker_bands_apply(const busker_bands *handle, const float *levels, size_t levels_count, size_t frames,
                                 float *out, size_t out_count)
{
    const busker_bands *b = handle;
    size_t in_size, out_size;
    if (__builtin_mul_overflow(frames, b->bins, &in_size) || __builtin_mul_overflow(frames, b->count, &out_size) ||
        levels_count != in_size || out_count != out_size)
        return BUSKER_BAD_LENGTH;
    for (size_t t = 0; t < frames; t++)
        b->kernels->band_roots(levels + t * b->bins, b->weights, b->first, b->starts, b->count, out + t * b->count);
    return BUSKER_OK;
}
