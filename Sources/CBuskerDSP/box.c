// Running means: edges, and blocks of columns over time.
#include "busker_box.h"

#include "internal.h"
#include "median.h"

enum {
    /// Columns whose sums are kept at a time; 4 KB of the stack.
    COLUMNS = 512,
};

void busker_box_frequency(const float *in, float *out, size_t frames, size_t bins, size_t width)
{
    const busker_kernels *kernels = busker_current_kernels();
    for (size_t t = 0; t < frames && bins; t++)
        kernels->box_across(in + t * bins, out + t * bins, bins, width | 1);
}

/// Sums anew for every frame, from at most BUSKER_BOX_NARROW rows.
static void narrow_time(const float *in, float *out, size_t frames, size_t bins, size_t width)
{
    const busker_kernels *kernels = busker_current_kernels();
    const float *rows[BUSKER_BOX_NARROW];
    for (size_t t = 0; t < frames; t++) {
        for (size_t i = 0; i < width; i++)
            rows[i] = in + busker_mirrored((ptrdiff_t)(t + i) - (ptrdiff_t)(width / 2), frames) * bins;
        kernels->box_rows(rows, width, out + t * bins, bins);
    }
}

void busker_box_time(const float *in, float *out, size_t frames, size_t bins, size_t width)
{
    const busker_kernels *kernels = busker_current_kernels();
    width |= 1;
    if (width <= BUSKER_BOX_NARROW) {
        narrow_time(in, out, frames, bins, width);
        return;
    }
    const ptrdiff_t half = (ptrdiff_t)(width / 2);
    double sums[COLUMNS];
    for (size_t begin = 0; begin < bins && frames; begin += COLUMNS) {
        const size_t count = bins - begin < COLUMNS ? bins - begin : COLUMNS;
        const float *from = in + begin;
        memset(sums, 0, sizeof sums);
        for (ptrdiff_t i = -half; i < half; i++)
            kernels->box_step(sums, from + busker_mirrored(i, frames) * bins, NULL, 0, NULL, count);
        for (ptrdiff_t t = 0; t < (ptrdiff_t)frames; t++) {
            const float *removed = t ? from + busker_mirrored(t - 1 - half, frames) * bins : NULL;
            kernels->box_step(sums, from + busker_mirrored(t + half, frames) * bins, removed, 1.0 / (double)width,
                              out + begin + (size_t)t * bins, count);
        }
    }
}
