// Sample rate conversion through libsamplerate, trimmed to the exact length.
#include <samplerate.h>
#include <string.h>

#include "busker_rate.h"
#include "internal.h"

struct busker_rate {
    busker_rate_config config;
    /// NULL where both rates are equal: then samples are copied.
    SRC_STATE *state;
    uint64_t taken;
    uint64_t given;
};

busker_status busker_rate_create(const busker_rate_config *config, busker_rate **out)
{
    static const int converters[] = {SRC_SINC_BEST_QUALITY, SRC_SINC_MEDIUM_QUALITY, SRC_SINC_FASTEST};
    if (!config || !out || config->from < BUSKER_RATE_MIN || config->from > BUSKER_RATE_MAX ||
        config->to < BUSKER_RATE_MIN || config->to > BUSKER_RATE_MAX || config->channels < 1 ||
        config->channels > BUSKER_CHANNELS_MAX || config->quality < BUSKER_RATE_BEST ||
        config->quality > BUSKER_RATE_FAST || config->to > (uint64_t)config->from * BUSKER_RATE_RATIO_MAX ||
        config->from > (uint64_t)config->to * BUSKER_RATE_RATIO_MAX)
        return BUSKER_BAD_ARGUMENT;
    busker_rate *rate = busker_alloc(1, sizeof *rate);
    if (!rate)
        return BUSKER_NO_MEMORY;
    rate->config = *config;
    if (config->from != config->to) {
        int error = 0;
        rate->state = src_new(converters[config->quality], (int)config->channels, &error);
        if (!rate->state) {
            busker_free(rate);
            return BUSKER_LIBRARY_FAILED;
        }
    }
    *out = rate;
    return BUSKER_OK;
}

void busker_rate_destroy(busker_rate *rate)
{
    if (!rate)
        return;
    if (rate->state)
        src_delete(rate->state);
    busker_free(rate);
}

void busker_rate_reset(busker_rate *rate)
{
    if (rate->state)
        src_reset(rate->state);
    rate->taken = rate->given = 0;
}

/// round(taken * to / from), half up, without overflow for any real length.
static uint64_t due(const busker_rate *rate)
{
    const unsigned __int128 twice = (unsigned __int128)rate->taken * rate->config.to * 2 + rate->config.from;
    return (uint64_t)(twice / ((uint64_t)rate->config.from * 2));
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static busker_status convert(busker_rate *rate, const float *in, size_t in_frames, bool last, float *out,
                             size_t out_frames, size_t *used, size_t *made)
{
    static const float nothing[BUSKER_CHANNELS_MAX];
    const size_t longest = 1 << 24;
    SRC_DATA data = {
        .data_in = in_frames ? in : nothing,
        .data_out = out,
        .input_frames = (long)smaller(in_frames, longest),
        .output_frames = (long)smaller(out_frames, longest),
        .end_of_input = last && in_frames <= longest,
        .src_ratio = (double)rate->config.to / rate->config.from,
    };
    if (src_process(rate->state, &data))
        return BUSKER_LIBRARY_FAILED;
    *used = (size_t)data.input_frames_used;
    *made = (size_t)data.output_frames_gen;
    return BUSKER_OK;
}

busker_status busker_rate_process(busker_rate *rate, const float *in, size_t in_count, bool last, float *out,
                                  size_t out_count, size_t *used, size_t *made)
{
    const size_t channels = rate->config.channels;
    if (in_count % channels || out_count % channels)
        return BUSKER_BAD_LENGTH;
    size_t in_frames = in_count / channels, out_frames = out_count / channels, took = 0, gave = 0;
    *used = *made = 0;
    if (!rate->state) {
        took = gave = smaller(in_frames, out_frames);
        // A block of nothing may have no address, which memcpy does not allow.
        if (gave)
            memcpy(out, in, gave * channels * sizeof *out);
        rate->taken += took;
    } else if (out_frames) {
        busker_status status = convert(rate, in, in_frames, last, out, out_frames, &took, &gave);
        if (status)
            return status;
        rate->taken += took;
        const uint64_t left = due(rate) - rate->given;
        const bool drained = last && took == in_frames && gave == 0;
        if (drained && left) {
            // The filter gave less than is due: the missing end is silence.
            gave = smaller(out_frames, left);
            memset(out, 0, gave * channels * sizeof *out);
        }
        gave = smaller(gave, left);
    }
    rate->given += gave;
    *used = took * channels;
    *made = gave * channels;
    return BUSKER_OK;
}
