// Harmonic/percussive masks, in blocks and as a stream.
#include "busker_hpss.h"

#include <math.h>
#include <string.h>

#include "busker_median.h"
#include "internal.h"

struct busker_hpss {
    const busker_kernels *kernels;
    busker_median *time, *frequency;
    size_t bins, lanes;
    float power, margin_harmonic, margin_percussive;
    /// Stream only: medians over frequency that wait for the median over time, frame i in row i % (latency + 1).
    float *waiting;
    size_t latency, pushed, given;
};

static bool is_valid(const busker_hpss_config *config)
{
    return config->power > 0 && config->margin_harmonic >= 1 && isfinite(config->margin_harmonic) &&
           config->margin_percussive >= 1 && isfinite(config->margin_percussive);
}

busker_status busker_hpss_create(const busker_hpss_config *config, busker_hpss **out)
{
    if (!config || !out || !is_valid(config))
        return BUSKER_BAD_ARGUMENT;
    busker_hpss *hpss = busker_alloc(1, sizeof *hpss);
    if (!hpss)
        return BUSKER_NO_MEMORY;
    hpss->kernels = busker_current_kernels();
    hpss->lanes = hpss->kernels->lanes();
    hpss->bins = config->bins;
    hpss->power = config->power;
    hpss->margin_harmonic = config->margin_harmonic;
    hpss->margin_percussive = config->margin_percussive;
    hpss->latency = config->width_time / 2;
    const busker_median_config time = {.bins = config->bins, .width = config->width_time};
    const busker_median_config frequency = {.bins = config->bins, .width = config->width_frequency};
    busker_status status = busker_median_create(&time, &hpss->time);
    if (status == BUSKER_OK)
        status = busker_median_create(&frequency, &hpss->frequency);
    if (status == BUSKER_OK) {
        hpss->waiting = busker_alloc((hpss->latency + 1) * hpss->bins, sizeof(float));
        status = hpss->waiting ? BUSKER_OK : BUSKER_NO_MEMORY;
    }
    if (status == BUSKER_OK)
        *out = hpss;
    else
        busker_hpss_destroy(hpss);
    return status;
}

void busker_hpss_destroy(busker_hpss *hpss)
{
    if (!hpss)
        return;
    busker_median_destroy(hpss->time);
    busker_median_destroy(hpss->frequency);
    busker_free(hpss->waiting);
    busker_free(hpss);
}

void busker_hpss_reset(busker_hpss *hpss)
{
    busker_median_reset(hpss->time);
    hpss->pushed = hpss->given = 0;
}

uint32_t busker_hpss_latency(const busker_hpss *hpss)
{
    return (uint32_t)hpss->latency;
}

static void make_masks(const busker_hpss *hpss, float *harmonic, float *percussive, size_t count)
{
    hpss->kernels->mask_pair(
        harmonic, percussive, hpss->power, hpss->margin_harmonic, hpss->margin_percussive, count);
}

busker_status busker_hpss_masks(
    busker_hpss *hpss, const float *magnitudes, size_t magnitudes_count, float *harmonic, size_t harmonic_count,
    float *percussive, size_t percussive_count)
{
    if (harmonic_count != magnitudes_count || percussive_count != magnitudes_count)
        return BUSKER_BAD_LENGTH;
    busker_status status =
        busker_median_time(hpss->time, magnitudes, magnitudes_count, harmonic, harmonic_count);
    // A few frames at a time, so that the masks are made while the medians are still in the cache.
    const size_t step = hpss->lanes * hpss->bins;
    for (size_t begin = 0; status == BUSKER_OK && begin < magnitudes_count; begin += step) {
        const size_t left = magnitudes_count - begin, count = left < step ? left : step;
        status = busker_median_frequency(hpss->frequency, magnitudes + begin, count, percussive + begin, count);
        make_masks(hpss, harmonic + begin, percussive + begin, count);
    }
    return status;
}

/// Row of a frame's waiting median over frequency.
static float *waiting(const busker_hpss *hpss, size_t frame)
{
    return hpss->waiting + frame % (hpss->latency + 1) * hpss->bins;
}

/// Joins the median over time in `harmonic` with the one over frequency that waited for it.
static void finish(busker_hpss *hpss, float *harmonic, float *percussive)
{
    memcpy(percussive, waiting(hpss, hpss->given), hpss->bins * sizeof(float));
    hpss->given++;
    make_masks(hpss, harmonic, percussive, hpss->bins);
}

busker_status busker_hpss_push(
    busker_hpss *hpss, const float *magnitudes, size_t magnitudes_count, float *harmonic, size_t harmonic_count,
    float *percussive, size_t percussive_count, bool *is_ready)
{
    if (percussive_count != hpss->bins)
        return BUSKER_BAD_LENGTH;
    busker_status status =
        busker_median_push(hpss->time, magnitudes, magnitudes_count, harmonic, harmonic_count, is_ready);
    if (status != BUSKER_OK)
        return status;
    status = busker_median_frequency(
        hpss->frequency, magnitudes, hpss->bins, waiting(hpss, hpss->pushed), hpss->bins);
    hpss->pushed++;
    if (*is_ready)
        finish(hpss, harmonic, percussive);
    return status;
}

busker_status busker_hpss_flush(
    busker_hpss *hpss, float *harmonic, size_t harmonic_count, float *percussive, size_t percussive_count,
    bool *is_ready)
{
    if (percussive_count != hpss->bins)
        return BUSKER_BAD_LENGTH;
    const busker_status status = busker_median_flush(hpss->time, harmonic, harmonic_count, is_ready);
    if (status == BUSKER_OK && *is_ready)
        finish(hpss, harmonic, percussive);
    return status;
}
