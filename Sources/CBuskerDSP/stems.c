// Makes and ends a four-stem separation, and leads a segment through its steps.
#include "stems.h"

#include <math.h>

#include "fusion_weights.h"

enum { SAMPLES_MAX = 1 << 26 };

static busker_status make_medians(busker_stems *s)
{
    const uint32_t bins = (uint32_t)s->bins;
    const busker_median_config brief = {bins, busker_fusion_odd(FUSION_BRIEF_SECONDS * s->frame_rate)};
    const busker_median_config across = {bins, busker_fusion_odd(FUSION_ACROSS_HERTZ / s->bin_width)};
    busker_status status = busker_median_create(&brief, &s->brief_median);
    if (status == BUSKER_OK)
        status = busker_median_create(&across, &s->across_median);
    return status;
}

static busker_status make_recalls(busker_stems *s)
{
    const busker_bands_config repeat_bands = {
        .bins = s->bins, .bin_width = s->bin_width, .count = FUSION_REPEAT_BANDS, .lowest = FUSION_REPEAT_LOWEST,
        .highest = FUSION_REPEAT_HIGHEST};
    const busker_bands_config drum_bands = {
        .bins = s->bins, .bin_width = s->bin_width, .count = FUSION_DRUM_BANDS, .lowest = FUSION_DRUM_LOWEST,
        .highest = FUSION_DRUM_HIGHEST};
    const busker_recall_config repeat = {
        .features = FUSION_REPEAT_BANDS, .bins_max = s->bins, .frames_max = s->frames_max, .window = s->window,
        .distance = (size_t)(FUSION_REPEAT_DISTANCE * s->frame_rate + 0.5), .neighbours = FUSION_REPEAT_NEIGHBOURS};
    const busker_recall_config drums = {
        .features = FUSION_DRUM_BANDS * (2 * FUSION_DRUM_LAGS + 1), .bins_max = s->low, .frames_max = s->frames_max,
        .window = s->window, .distance = (size_t)(FUSION_DRUM_DISTANCE * s->frame_rate + 0.5),
        .neighbours = FUSION_DRUM_NEIGHBOURS};
    busker_status status = busker_bands_create(&repeat_bands, &s->repeat_bands);
    if (status == BUSKER_OK)
        status = busker_bands_create(&drum_bands, &s->drum_bands);
    if (status == BUSKER_OK)
        status = busker_recall_create(&repeat, &s->repeat);
    if (status == BUSKER_OK)
        status = busker_recall_create(&drums, &s->drums);
    return status;
}

static busker_status make_pitches(busker_stems *s)
{
    const busker_pitch_config voice = {
        .bins = s->voice_bins, .frames_max = s->frames_max, .bin_width = s->bin_width, .lowest = FUSION_VOICE_LOWEST,
        .highest = FUSION_VOICE_HIGHEST, .cents = FUSION_VOICE_CENTS, .top = FUSION_VOICE_TOP,
        .harmonics = FUSION_VOICE_HARMONICS, .decay = FUSION_VOICE_DECAY, .between = FUSION_VOICE_BETWEEN,
        .jump_cost = FUSION_VOICE_JUMP_COST, .jump_max = FUSION_VOICE_JUMP_MAX, .fade_low = FUSION_VOICE_FADE_FROM,
        .fade_high = FUSION_VOICE_FADE_TO};
    const busker_pitch_config bass = {
        .bins = s->bass_bins, .frames_max = s->frames_max, .bin_width = s->bin_width, .lowest = FUSION_BASS_LOWEST,
        .highest = FUSION_BASS_HIGHEST, .cents = FUSION_BASS_CENTS, .top = FUSION_BASS_TOP,
        .harmonics = FUSION_BASS_HARMONICS, .decay = FUSION_BASS_DECAY, .between = FUSION_BASS_BETWEEN,
        .jump_cost = FUSION_BASS_JUMP_COST, .jump_max = FUSION_BASS_JUMP_MAX};
    const busker_status status = busker_pitch_create(&voice, &s->voice);
    return status == BUSKER_OK ? busker_pitch_create(&bass, &s->bass) : status;
}

/// Every buffer of the separation with its length; `take` allocates them, `destroy` ends them.
static size_t list_buffers(busker_stems *s, float **places[40], size_t lengths[40])
{
    const size_t kept = s->refiner ? s->samples_max : 0;
    const size_t bins = s->bins, frames = s->frames_max, plane = bins * frames;
    const struct {
        float **place;
        size_t length;
    } all[] = {
        {&s->mid, kept}, {&s->side, kept},
        {&s->level, plane}, {&s->whole, plane}, {&s->brief, plane}, {&s->across, plane}, {&s->repeated, plane},
        {&s->before, 2 * bins},
        {&s->spectra, 4 * bins * FUSION_BLOCK}, {&s->struck, bins * FUSION_BLOCK},
        {&s->features, frames * FUSION_REPEAT_BANDS},
        {&s->lagged, frames * FUSION_DRUM_BANDS * (2 * FUSION_DRUM_LAGS + 1)}, {&s->low_struck, frames * s->low},
        {&s->voice_level, frames * s->voice_bins}, {&s->bass_level, frames * s->bass_bins},
        {&s->white, frames * (s->voice_bins > s->bass_bins ? s->voice_bins : s->bass_bins)},
        {&s->voice_pitch, frames}, {&s->bass_pitch, frames}, {&s->voice_teeth, bins}, {&s->bass_teeth, bins},
        {&s->ones, bins},
        {&s->energies, 2 * frames}, {&s->width, frames}, {&s->presence, 2 * frames}, {&s->support, frames},
        {&s->series, 2 * frames}, {&s->mid_energy, bins + 2}, {&s->side_energy, bins + 2},
        {&s->tables.first, bins}, {&s->tables.vocals, bins}, {&s->tables.drums, bins}, {&s->tables.bass, bins},
    };
    const size_t count = sizeof all / sizeof *all;
    for (size_t i = 0; i < count; i++) {
        places[i] = all[i].place;
        lengths[i] = all[i].length;
    }
    return count;
}

static busker_status take_buffers(busker_stems *s)
{
    float **places[40];
    size_t lengths[40];
    const size_t count = list_buffers(s, places, lengths);
    for (size_t i = 0; i < count; i++) {
        *places[i] = busker_alloc(lengths[i], sizeof(float));
        if (!*places[i])
            return BUSKER_NO_MEMORY;
    }
    busker_fusion_fill(&s->tables, s->bins, s->bin_width);
    for (size_t i = 0; i < s->bins; i++)
        s->ones[i] = 1;
    return BUSKER_OK;
}

/// As many bins as reach to a frequency, with half a whitening window beyond it.
static size_t bins_to(const busker_stems *s, double hertz)
{
    const size_t bins = (size_t)((hertz + FUSION_WHITE_HERTZ / 2) / s->bin_width) + 3;
    return bins < s->bins ? bins : s->bins;
}

busker_status busker_stems_create(const busker_stems_config *config, busker_stems **out)
{
    if (!config || !out || config->sample_rate < 8000 || config->sample_rate > 192000 || !config->samples_max ||
        config->samples_max > SAMPLES_MAX || config->refinements > BUSKER_REFINEMENTS_MAX)
        return BUSKER_BAD_ARGUMENT;
    busker_stems *s = busker_alloc(1, sizeof *s);
    if (!s)
        return BUSKER_NO_MEMORY;
    s->kernels = busker_current_kernels();
    const busker_stft_config stft = {.fft_size = config->fft_size, .hop = config->hop, .window = BUSKER_WINDOW_HANN};
    busker_status status = busker_stft_create(&stft, &s->stft);
    if (status == BUSKER_OK) {
        s->bins = busker_stft_bins(s->stft);
        s->hop = config->hop;
        s->samples_max = config->samples_max;
        s->frames_max = busker_stft_frames(s->stft, config->samples_max);
        s->bin_width = (double)config->sample_rate / config->fft_size;
        s->frame_rate = (double)config->sample_rate / config->hop;
        s->window = (size_t)(FUSION_WINDOW_SECONDS * s->frame_rate);
        s->low = (size_t)(FUSION_KICK_HERTZ / s->bin_width);
        s->low = s->low < 1 ? 1 : s->low;
        s->voice_bins = bins_to(s, FUSION_VOICE_TOP);
        s->bass_bins = bins_to(s, FUSION_BASS_LEVEL_TOP);
        status = make_medians(s);
    }
    if (status == BUSKER_OK)
        status = make_recalls(s);
    if (status == BUSKER_OK)
        status = make_pitches(s);
    if (status == BUSKER_OK && config->refinements)
        status = busker_stems_refiner_create(s->bins, s->frames_max, config->refinements, &s->refiner);
    if (status == BUSKER_OK)
        status = take_buffers(s);
    if (status == BUSKER_OK)
        *out = s;
    else
        busker_stems_destroy(s);
    return status;
}

void busker_stems_destroy(busker_stems *s)
{
    if (!s)
        return;
    float **places[40];
    size_t lengths[40];
    const size_t count = list_buffers(s, places, lengths);
    for (size_t i = 0; i < count; i++)
        busker_free(*places[i]);
    busker_stft_destroy(s->stft);
    busker_median_destroy(s->brief_median);
    busker_median_destroy(s->across_median);
    busker_bands_destroy(s->repeat_bands);
    busker_bands_destroy(s->drum_bands);
    busker_recall_destroy(s->repeat);
    busker_recall_destroy(s->drums);
    busker_pitch_destroy(s->voice);
    busker_pitch_destroy(s->bass);
    busker_stems_refiner_destroy(s->refiner);
    busker_free(s);
}

busker_status busker_stems_begin(busker_stems *s, const float *mid, size_t count, const float *side, size_t side_count)
{
    if (!count || count > s->samples_max || (side_count && side_count != count))
        return BUSKER_BAD_LENGTH;
    s->has_side = side_count > 0;
    s->samples = count;
    s->frames = busker_stft_frames(s->stft, count);
    s->step = 0;
    if (s->refiner && s->has_side) {
        memcpy(s->mid, mid, count * sizeof(float));
        memcpy(s->side, side, count * sizeof(float));
    }
    return busker_stems_analyse(s, mid, s->has_side ? side : NULL);
}

busker_status busker_stems_step(busker_stems *s, double *share)
{
    size_t steps = 0;
    while (busker_stems_parts[steps])
        steps++;
    if (!s->samples)
        return BUSKER_BAD_STATE;
    if (s->step < steps) {
        const busker_status status = busker_stems_parts[s->step](s);
        if (status != BUSKER_OK)
            return status;
        s->step++;
    }
    *share = (double)s->step / (double)steps;
    return BUSKER_OK;
}

busker_status busker_stems_filter(
    busker_stems *s, uint32_t stem, uint32_t half, const float *samples, size_t count, float *out, size_t out_count)
{
    if (stem >= BUSKER_STEMS || half > BUSKER_HALF_SIDE)
        return BUSKER_BAD_ARGUMENT;
    if (!s->samples || busker_stems_parts[s->step])
        return BUSKER_BAD_STATE;
    if (count != s->samples || out_count != count)
        return BUSKER_BAD_LENGTH;
    if (s->refiner && s->has_side)
        return busker_stems_refiner_render(s->refiner, s->stft, s->frames, stem, half, out, count);
    return busker_stft_filter(s->stft, samples, count, busker_stems_mask(s, stem, half), s->frames * s->bins, out, count);
}
