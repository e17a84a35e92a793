// Sanitises samples and counts clipping, one pass over the block.
#include <math.h>
#include <string.h>

#include "busker_level.h"
#include "internal.h"

enum { BLOCK = 1024, RUN = 3 };

static const float CLIPPED = 0.9999f;

struct busker_meter {
    size_t channels;
    float limit;
    busker_level_report report;
    /// The length of the present run at full scale, per channel.
    uint64_t run[BUSKER_CHANNELS_MAX];
};

static int32_t bits_of(float value)
{
    int32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

busker_status busker_meter_create(size_t channels, float limit, busker_meter **out)
{
    if (!out || channels < 1 || channels > BUSKER_CHANNELS_MAX || !(limit > 0) || !isfinite(limit))
        return BUSKER_BAD_ARGUMENT;
    busker_meter *meter = busker_alloc(1, sizeof *meter);
    if (!meter)
        return BUSKER_NO_MEMORY;
    meter->channels = channels;
    meter->limit = limit;
    *out = meter;
    return BUSKER_OK;
}

void busker_meter_destroy(busker_meter *meter)
{
    busker_free(meter);
}

void busker_meter_reset(busker_meter *meter)
{
    meter->report = (busker_level_report){0};
    memset(meter->run, 0, sizeof meter->run);
}

void busker_meter_break(busker_meter *meter)
{
    memset(meter->run, 0, sizeof meter->run);
}

/// Turns denormals into zero and returns the bits of the largest magnitude; magnitudes order like integers.
static int32_t flush(float *samples, size_t count)
{
    const int32_t smallest = 0x00800000;
    int32_t largest = 0;
    for (size_t i = 0; i < count; i++) {
        int32_t bits;
        memcpy(&bits, samples + i, sizeof bits);
        const int32_t magnitude = bits & 0x7fffffff;
        const int32_t kept = magnitude < smallest ? 0 : bits;
        largest = magnitude > largest ? magnitude : largest;
        memcpy(samples + i, &kept, sizeof kept);
    }
    return largest;
}

static void repair(busker_meter *meter, float *samples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const float x = samples[i];
        if (isnan(x)) {
            samples[i] = 0;
            meter->report.not_numbers++;
        } else if (fabsf(x) > meter->limit) {
            samples[i] = copysignf(meter->limit, x);
            meter->report.out_of_range++;
        }
    }
}

/// Follows runs at full scale; `first` is the channel of the first sample.
static void follow_runs(busker_meter *meter, const float *samples, size_t count, size_t first)
{
    size_t channel = first;
    for (size_t i = 0; i < count; i++) {
        uint64_t *run = &meter->run[channel];
        *run = fabsf(samples[i]) >= CLIPPED ? *run + 1 : 0;
        if (*run == RUN) {
            meter->report.clipped_runs++;
            meter->report.clipped_samples += RUN;
        } else if (*run > RUN) {
            meter->report.clipped_samples++;
        }
        if (++channel == meter->channels)
            channel = 0;
    }
}

static bool any_run(const busker_meter *meter)
{
    for (size_t c = 0; c < meter->channels; c++)
        if (meter->run[c])
            return true;
    return false;
}

busker_status busker_meter_clean(busker_meter *meter, float *samples, size_t count)
{
    if (count % meter->channels)
        return BUSKER_BAD_LENGTH;
    meter->report.frames += count / meter->channels;
    for (size_t start = 0; start < count; start += BLOCK) {
        float *part = samples + start;
        const size_t length = count - start < BLOCK ? count - start : BLOCK;
        int32_t largest = flush(part, length);
        if (largest > bits_of(meter->limit)) {
            repair(meter, part, length);
            largest = flush(part, length);
        }
        float peak;
        memcpy(&peak, &largest, sizeof peak);
        if (peak > meter->report.peak)
            meter->report.peak = peak;
        if (peak >= CLIPPED || any_run(meter))
            follow_runs(meter, part, length, start % meter->channels);
    }
    return BUSKER_OK;
}

busker_level_report busker_meter_report(const busker_meter *meter)
{
    return meter->report;
}
