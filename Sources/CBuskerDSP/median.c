// Running medians over time and frequency, in blocks and as a stream.
#include "busker_median.h"

#include <string.h>

#include "internal.h"
#include "median.h"

enum {
    /// Lanes of the widest instruction set: work space is rounded up to it.
    LANES_MAX = 16,
    /// Bytes of sorted windows worked on at a time: more read rows in longer pieces, fewer stay in the first cache.
    NARROW_BYTES = 65536,
    WIDE_BYTES = 32768,
    /// From this width on a pass over the windows costs more than reading the rows.
    WIDE = 65,
};

struct busker_median {
    const busker_kernels *kernels;
    size_t bins, width, lanes;
    /// Sorted windows of the block in hand, and of the stream: width floats a lane.
    float *windows, *stream_windows;
    /// Up to LANES_MAX frames, bin by bin.
    float *columns;
    /// Stream only: the last `width` frames, frame i in row i % width.
    float *ring;
    size_t pushed, given;
    bool is_ended;
};

static size_t rounded(size_t bins)
{
    return (bins + LANES_MAX - 1) / LANES_MAX * LANES_MAX;
}

/// Bins of a block's windows that are worked on together.
static size_t group(const busker_median *median)
{
    const size_t bytes = median->width < WIDE ? NARROW_BYTES : WIDE_BYTES;
    const size_t blocks = bytes / (median->width * median->lanes * sizeof(float));
    return (blocks ? blocks : 1) * median->lanes;
}

busker_status busker_median_create(const busker_median_config *config, busker_median **out)
{
    if (!config || !out || config->bins < 1 || config->bins > BUSKER_FFT_SIZE_MAX / 2 + 1 || config->width < 1 ||
        config->width > BUSKER_MEDIAN_WIDTH_MAX || config->width % 2 == 0)
        return BUSKER_BAD_ARGUMENT;
    busker_median *median = busker_alloc(1, sizeof *median);
    if (!median)
        return BUSKER_NO_MEMORY;
    median->kernels = busker_current_kernels();
    median->lanes = median->kernels->lanes();
    median->bins = config->bins;
    median->width = config->width;
    median->windows = busker_alloc(group(median) * median->width, sizeof(float));
    median->stream_windows = busker_alloc(rounded(median->bins) * median->width, sizeof(float));
    median->columns = busker_alloc(rounded(median->bins) * LANES_MAX, sizeof(float));
    median->ring = busker_alloc(median->bins * median->width, sizeof(float));
    if (!median->windows || !median->stream_windows || !median->columns || !median->ring) {
        busker_median_destroy(median);
        return BUSKER_NO_MEMORY;
    }
    *out = median;
    return BUSKER_OK;
}

void busker_median_destroy(busker_median *median)
{
    if (!median)
        return;
    busker_free(median->windows);
    busker_free(median->stream_windows);
    busker_free(median->columns);
    busker_free(median->ring);
    busker_free(median);
}

void busker_median_reset(busker_median *median)
{
    median->pushed = median->given = 0;
    median->is_ended = false;
}

uint32_t busker_median_latency(const busker_median *median)
{
    return (uint32_t)(median->width / 2);
}

busker_status busker_median_time(
    busker_median *median, const float *levels, size_t levels_count, float *out, size_t out_count)
{
    const size_t bins = median->bins, frames = out_count / bins, width = median->width, step = group(median);
    const ptrdiff_t half = (ptrdiff_t)(width / 2);
    if (levels_count != out_count || out_count % bins != 0)
        return BUSKER_BAD_LENGTH;
    if (frames == 0)
        return BUSKER_OK;
    for (size_t begin = 0; begin < bins; begin += step) {
        const size_t count = bins - begin < step ? bins - begin : step;
        const float *from = levels + begin;
        const float *first = from + busker_mirrored(-half, frames) * bins;
        median->kernels->median_fill(median->windows, width, first, count);
        for (ptrdiff_t i = 1 - half; i < half; i++)
            median->kernels->median_step(
                median->windows, width, first, from + busker_mirrored(i, frames) * bins, NULL, count);
        for (ptrdiff_t j = 0; j < (ptrdiff_t)frames; j++) {
            const float *removed = j ? from + busker_mirrored(j - 1 - half, frames) * bins : first;
            const float *added = from + busker_mirrored(j + half, frames) * bins;
            median->kernels->median_step(
                median->windows, width, removed, added, out + (size_t)j * bins + begin, count);
        }
    }
    return BUSKER_OK;
}

busker_status busker_median_frequency(
    busker_median *median, const float *levels, size_t levels_count, float *out, size_t out_count)
{
    const size_t bins = median->bins, frames = out_count / bins;
    if (levels_count != out_count || out_count % bins != 0)
        return BUSKER_BAD_LENGTH;
    for (size_t begin = 0; begin < frames; begin += median->lanes) {
        const size_t left = frames - begin, count = left < median->lanes ? left : median->lanes;
        median->kernels->median_across(
            median->windows, median->width, levels + begin * bins, bins, count, median->columns, out + begin * bins);
    }
    return BUSKER_OK;
}

/// Frame `i` of the stream, mirrored at its beginning and, once it has ended, at its end.
static const float *row(const busker_median *median, ptrdiff_t i)
{
    return median->ring + busker_mirrored(i, median->pushed) % median->width * median->bins;
}

/// Moves the stream's windows to frame `given`, whose newest neighbour is `newest`, and writes its median.
static void give(busker_median *median, const float *newest, float *out)
{
    const size_t width = median->width, bins = median->bins;
    const ptrdiff_t half = (ptrdiff_t)(width / 2), j = (ptrdiff_t)median->given;
    const float *removed = row(median, j ? j - 1 - half : -half);
    if (j == 0) {
        median->kernels->median_fill(median->stream_windows, width, removed, bins);
        for (ptrdiff_t i = 1 - half; i < half; i++)
            median->kernels->median_step(median->stream_windows, width, removed, row(median, i), NULL, bins);
    }
    median->kernels->median_step(median->stream_windows, width, removed, newest, out, bins);
    median->given++;
}

busker_status busker_median_push(
    busker_median *median, const float *levels, size_t levels_count, float *out, size_t out_count, bool *is_ready)
{
    if (levels_count != median->bins || out_count != median->bins)
        return BUSKER_BAD_LENGTH;
    if (!is_ready)
        return BUSKER_BAD_ARGUMENT;
    if (median->is_ended)
        return BUSKER_BAD_STATE;
    float *slot = median->ring + median->pushed % median->width * median->bins;
    *is_ready = median->pushed >= median->width / 2;
    if (median->pushed < median->width) {
        memcpy(slot, levels, median->bins * sizeof(float));
        median->pushed++;
        if (*is_ready)
            give(median, slot, out);
        return BUSKER_OK;
    }
    // The frame that leaves the window stands where the new one will stand.
    median->kernels->median_step(median->stream_windows, median->width, slot, levels, out, median->bins);
    memcpy(slot, levels, median->bins * sizeof(float));
    median->pushed++;
    median->given++;
    return BUSKER_OK;
}

busker_status busker_median_flush(busker_median *median, float *out, size_t out_count, bool *is_ready)
{
    if (out_count != median->bins)
        return BUSKER_BAD_LENGTH;
    if (!is_ready)
        return BUSKER_BAD_ARGUMENT;
    median->is_ended = true;
    *is_ready = median->given < median->pushed;
    if (*is_ready)
        give(median, row(median, (ptrdiff_t)(median->given + median->width / 2)), out);
    return BUSKER_OK;
}
