// Refines the stems of a stereo segment by the multichannel Wiener filter.
#include "stems_refine.h"

enum {
    /// Frames of a window, about 6 s: the place of a source is taken to be steady for so long.
    WINDOW = 256,
    HALVES = 2,
    /// The stems and what they leave.
    SOURCES = BUSKER_STEMS + 1,
};

struct busker_stems_refiner {
    const busker_kernels *kernels;
    busker_wiener *wiener;
    size_t iterations, bins, frames_max;
    /// A window: spectra of both halves, masks of every stem and half, estimates of every source and half.
    float *mixture, *masks, *estimates;
    /// The whole segment: spectra of every stem and half.
    float *spectra;
};

busker_status busker_stems_refiner_create(size_t bins, size_t frames_max, size_t iterations,
                                          busker_stems_refiner **out)
{
    if (iterations > BUSKER_WIENER_ITERATIONS_MAX)
        return BUSKER_BAD_ARGUMENT;
    busker_stems_refiner *r = busker_alloc(1, sizeof *r);
    if (!r)
        return BUSKER_NO_MEMORY;
    r->kernels = busker_current_kernels();
    r->iterations = iterations;
    r->bins = bins;
    r->frames_max = frames_max;
    const busker_wiener_config config = {
        .bins = bins, .frames_max = WINDOW, .channels = HALVES, .sources = BUSKER_STEMS, .residual = true};
    busker_status status = busker_wiener_create(&config, &r->wiener);
    r->mixture = busker_alloc(HALVES * WINDOW * 2 * bins, sizeof(float));
    r->masks = busker_alloc(BUSKER_STEMS * HALVES * WINDOW * bins, sizeof(float));
    r->estimates = busker_alloc(SOURCES * HALVES * WINDOW * 2 * bins, sizeof(float));
    r->spectra = busker_alloc(BUSKER_STEMS * HALVES * frames_max * 2 * bins, sizeof(float));
    if (status == BUSKER_OK && !(r->mixture && r->masks && r->estimates && r->spectra))
        status = BUSKER_NO_MEMORY;
    if (status == BUSKER_OK)
        *out = r;
    else
        busker_stems_refiner_destroy(r);
    return status;
}

void busker_stems_refiner_destroy(busker_stems_refiner *r)
{
    if (!r)
        return;
    busker_wiener_destroy(r->wiener);
    busker_free(r->mixture);
    busker_free(r->masks);
    busker_free(r->estimates);
    busker_free(r->spectra);
    busker_free(r);
}

/// The spectra of a stem and a half, of the whole segment.
static float *spectra_of(const busker_stems_refiner *r, size_t stem, size_t half)
{
    return r->spectra + (stem * HALVES + half) * r->frames_max * 2 * r->bins;
}

static busker_status refine_window(busker_stems_refiner *r, const busker_stems_segment *s, size_t first, size_t count)
{
    const size_t row = r->bins, mixture = HALVES * count * 2 * row, masks = BUSKER_STEMS * HALVES * count * row;
    const size_t estimates = SOURCES * HALVES * count * 2 * row;
    for (size_t half = 0; half < HALVES; half++) {
        const busker_status status = busker_stft_analyse_range(
            s->stft, s->samples[half], s->count, first, count, r->mixture + half * count * 2 * row, count * 2 * row);
        if (status != BUSKER_OK)
            return status;
    }
    const float *const masks_here[BUSKER_STEMS] = {
        s->masks[0] + first * row, s->masks[1] + first * row, s->masks[2] + first * row};
    for (size_t stem = 0; stem < BUSKER_STEMS; stem++) {
        float *out = r->masks + stem * HALVES * count * row;
        memcpy(out, masks_here[stem], count * row * sizeof *out);
        r->kernels->fuse_side(masks_here, s->gains, stem, out + count * row, count * row);
    }
    busker_status status = busker_wiener_begin(r->wiener, BUSKER_WIENER_MASKS, r->mixture, mixture, r->masks, masks, count,
                                               r->estimates, estimates);
    if (status == BUSKER_OK)
        status = busker_wiener_refine(r->wiener, r->mixture, mixture, count, r->iterations, r->estimates, estimates);
    for (size_t stem = 0; stem < BUSKER_STEMS && status == BUSKER_OK; stem++)
        for (size_t half = 0; half < HALVES; half++)
            memcpy(spectra_of(r, stem, half) + first * 2 * row,
                   r->estimates + (stem * HALVES + half) * count * 2 * row, count * 2 * row * sizeof(float));
    return status;
}

busker_status busker_stems_refiner_run(busker_stems_refiner *r, const busker_stems_segment *segment)
{
    for (size_t first = 0; first < segment->frames; first += WINDOW) {
        const size_t left = segment->frames - first;
        const busker_status status = refine_window(r, segment, first, left < WINDOW ? left : WINDOW);
        if (status != BUSKER_OK)
            return status;
    }
    return BUSKER_OK;
}

busker_status busker_stems_refiner_render(busker_stems_refiner *r, busker_stft *stft, size_t frames, size_t stem,
                                          size_t half, float *out, size_t count)
{
    return busker_stft_synthesise(stft, spectra_of(r, stem, half), frames * 2 * r->bins, out, count);
}
