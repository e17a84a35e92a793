// The steps of a four-stem separation, from samples to masks.
#include <math.h>

#include "fusion_weights.h"
#include "stems.h"

busker_status busker_stems_analyse(busker_stems *s, const float *mid, const float *side)
{
    const size_t row = 2 * s->bins;
    float *side_spectra = s->spectra + FUSION_BLOCK * row;
    if (!side)
        memset(side_spectra, 0, FUSION_BLOCK * row * sizeof(float));
    for (size_t first = 0; first < s->frames; first += FUSION_BLOCK) {
        const size_t count = s->frames - first < FUSION_BLOCK ? s->frames - first : FUSION_BLOCK;
        busker_status status =
            busker_stft_analyse_range(s->stft, mid, s->samples, first, count, s->spectra, count * row);
        if (status == BUSKER_OK && side)
            status = busker_stft_analyse_range(s->stft, side, s->samples, first, count, side_spectra, count * row);
        if (status != BUSKER_OK)
            return status;
        for (size_t i = 0; i < count; i++) {
            const size_t at = (first + i) * s->bins;
            s->kernels->fuse_levels(s->spectra + i * row, side_spectra + i * row, s->level + at, s->whole + at, s->bins,
                                    s->energies + 2 * (first + i));
        }
    }
    return BUSKER_OK;
}

static busker_status find_brief(busker_stems *s)
{
    const size_t count = s->frames * s->bins;
    return busker_median_time(s->brief_median, s->whole, count, s->brief, count);
}

static busker_status find_across(busker_stems *s)
{
    const size_t count = s->frames * s->bins;
    return busker_median_frequency(s->across_median, s->whole, count, s->across, count);
}

/// What the mid level is in similar frames.
static busker_status recall_mid(busker_stems *s)
{
    const size_t count = s->frames * s->bins, features = s->frames * FUSION_REPEAT_BANDS;
    busker_status status = busker_bands_apply(s->repeat_bands, s->whole, count, s->frames, s->features, features);
    if (status == BUSKER_OK)
        status = busker_recall_find(s->repeat, s->features, features, s->frames);
    if (status == BUSKER_OK)
        status = busker_recall_quantile(s->repeat, s->level, count, s->bins, s->bins, FUSION_REPEAT_QUANTILE, s->repeated,
                                        count);
    return status;
}

/// The features of percussive events, each frame with those around it.
static busker_status describe_drums(busker_stems *s)
{
    enum { LAGS = 2 * FUSION_DRUM_LAGS + 1 };
    for (size_t first = 0; first < s->frames; first += FUSION_BLOCK) {
        const size_t count = s->frames - first < FUSION_BLOCK ? s->frames - first : FUSION_BLOCK;
        const size_t at = first * s->bins, length = count * s->bins;
        s->kernels->fuse_struck(s->whole + at, s->brief + at, s->across + at, s->struck, length);
        const busker_status status = busker_bands_apply(
            s->drum_bands, s->struck, length, count, s->features + first * FUSION_DRUM_BANDS, count * FUSION_DRUM_BANDS);
        if (status != BUSKER_OK)
            return status;
    }
    for (size_t frame = 0; frame < s->frames; frame++)
        for (size_t lag = 0; lag < LAGS; lag++) {
            float *out = s->lagged + (frame * LAGS + lag) * FUSION_DRUM_BANDS;
            const size_t from = frame + lag;
            if (from < FUSION_DRUM_LAGS || from - FUSION_DRUM_LAGS >= s->frames)
                memset(out, 0, FUSION_DRUM_BANDS * sizeof *out);
            else
                memcpy(out, s->features + (from - FUSION_DRUM_LAGS) * FUSION_DRUM_BANDS, FUSION_DRUM_BANDS * sizeof *out);
        }
    return BUSKER_OK;
}

/// What the low bins are whenever the same drum sound comes.
static busker_status recall_drums(busker_stems *s)
{
    const size_t features = s->frames * FUSION_DRUM_BANDS * (2 * FUSION_DRUM_LAGS + 1);
    busker_status status = describe_drums(s);
    if (status == BUSKER_OK)
        status = busker_recall_find(s->drums, s->lagged, features, s->frames);
    if (status == BUSKER_OK)
        status = busker_recall_quantile(s->drums, s->whole, s->frames * s->bins, s->low, s->bins, FUSION_DRUM_QUANTILE,
                                        s->low_struck, s->frames * s->low);
    return status;
}

/// The mean over `width` values around each, mirrored at the ends.
static void smooth(const float *in, size_t stride, size_t count, size_t width, float *out)
{
    const ptrdiff_t reach = (ptrdiff_t)(width / 2), last = (ptrdiff_t)count - 1;
    for (ptrdiff_t at = 0; at <= last; at++) {
        double sum = 0;
        for (ptrdiff_t near = at - reach; near <= at + reach; near++) {
            ptrdiff_t from = near;
            while (from < 0 || from > last)
                from = from < 0 ? -1 - from : 2 * last + 1 - from;
            sum += (double)in[(size_t)from * stride];
        }
        out[at] = (float)(sum / (double)width);
    }
}

/// How far the centre cue can be trusted in each frame: not at all in (nearly) mono sound.
static void measure_width(busker_stems *s)
{
    const size_t frames = s->frames, span = s->window < frames ? s->window : frames;
    const size_t width = 2 * (span / 2) + 1;
    smooth(s->energies, 2, frames, width, s->series);
    smooth(s->energies + 1, 2, frames, width, s->series + frames);
    for (size_t i = 0; i < frames; i++) {
        const float decibels = 10 * log10f((s->series[frames + i] + 1e-12f) / (s->series[i] + 1e-12f));
        const float share = (decibels - FUSION_NARROW_DECIBELS) / (FUSION_WIDE_DECIBELS - FUSION_NARROW_DECIBELS);
        s->width[i] = fminf(fmaxf(share, 0), 1);
    }
}

/// The sum of level times mask between the presence's limits; 0 where the sound does not reach so high.
static float presence_sum(const busker_stems *s, const float *level, const float *mask)
{
    const size_t from = (size_t)(FUSION_PRESENCE_LOWEST / s->bin_width) + 1;
    const size_t to = (size_t)ceil(FUSION_PRESENCE_HIGHEST / s->bin_width);
    float sums[2] = {0, 0};
    if (to <= s->bins && from < to)
        s->kernels->fuse_sums(s->ones, level + from, mask + from, to - from, sums);
    return sums[0];
}

/// Medians and repetition to logits, to the first estimate of the voice, and to the levels pitches are tracked in.
static busker_status fuse(busker_stems *s)
{
    measure_width(s);
    for (size_t frame = 0; frame < s->frames; frame++) {
        const size_t before = frame ? frame - 1 : 0, after = frame + 1 < s->frames ? frame + 1 : frame;
        const size_t at = frame * s->bins;
        const float *gone = s->before + (frame & 1) * s->bins;
        float *kept = s->before + (~frame & 1) * s->bins;
        memcpy(kept, s->whole + at, s->bins * sizeof *kept);
        s->presence[s->frames + frame] = presence_sum(s, kept, s->ones);
        const busker_fusion_frame f = {
            .mid = {s->level + before * s->bins, s->level + at, s->level + after * s->bins},
            .whole = {frame ? gone : kept, s->whole + at, frame == after ? kept : s->whole + after * s->bins},
            .struck = s->low_struck + frame * s->low, .low = s->low, .bins = s->bins, .width = s->width[frame],
            .brief = s->brief + at, .bass = s->whole + at, .across = s->across + at, .repeated = s->repeated + at,
            .bass_level = s->bass_level + frame * s->bass_bins, .tracked = s->bass_bins,
            .mid_energy = s->mid_energy, .side_energy = s->side_energy};
        s->kernels->fuse_frame(&s->tables, &f);
        s->kernels->fuse_voice_level(s->level + at, s->repeated + at, s->voice_level + frame * s->voice_bins,
                                     s->voice_bins);
        s->presence[frame] = presence_sum(s, s->level + at, s->repeated + at);
    }
    return BUSKER_OK;
}

static busker_status track_voice(busker_stems *s)
{
    const size_t bins = s->voice_bins, count = s->frames * bins;
    busker_status status = busker_pitch_whiten(
        s->voice, s->voice_level, count, s->frames, busker_fusion_odd(FUSION_WHITE_HERTZ / s->bin_width),
        busker_fusion_odd(FUSION_WHITE_SECONDS * s->frame_rate), FUSION_WHITE_FLOOR, s->white, count);
    if (status != BUSKER_OK)
        return status;
    return busker_pitch_track(s->voice, s->white, count, s->frames, s->voice_pitch, s->frames);
}

static busker_status track_bass(busker_stems *s)
{
    const size_t count = s->frames * s->bass_bins;
    const busker_status status = busker_pitch_whiten(
        s->bass, s->bass_level, count, s->frames, busker_fusion_odd(FUSION_WHITE_HERTZ / s->bin_width),
        busker_fusion_odd(FUSION_WHITE_SECONDS * s->frame_rate), -1, s->white, count);
    return status == BUSKER_OK ? busker_pitch_track(s->bass, s->white, count, s->frames, s->bass_pitch, s->frames)
                               : status;
}

/// The bins below a frequency, all there are at the most.
static size_t bins_below(const busker_stems *s, double hertz)
{
    const size_t bins = (size_t)ceil(hertz / s->bin_width);
    return bins < s->bins ? bins : s->bins;
}

static void draw_voice_teeth(busker_stems *s, size_t frame)
{
    busker_pitch_comb(s->bin_width, s->voice_pitch[frame], FUSION_VOICE_TOOTH, FUSION_VOICE_TEETH_TOP, s->voice_teeth,
                      bins_below(s, FUSION_VOICE_TEETH_TOP));
}

/// How well the first estimate of the voice agrees with its pitch, and how present the voice is.
static busker_status support(busker_stems *s)
{
    const size_t frames = s->frames, bins = bins_below(s, FUSION_VOICE_TEETH_TOP);
    for (size_t frame = 0; frame < frames; frame++) {
        float sums[2];
        draw_voice_teeth(s, frame);
        s->kernels->fuse_sums(s->voice_teeth, s->level + frame * s->bins, s->repeated + frame * s->bins, bins, sums);
        s->series[frame] = sums[0] / (sums[1] + 1e-9f);
    }
    smooth(s->series, 1, frames, busker_fusion_odd(FUSION_SUPPORT_SECONDS * s->frame_rate), s->support);
    const size_t width = busker_fusion_odd(FUSION_PRESENCE_SECONDS * s->frame_rate);
    smooth(s->presence, 1, frames, width, s->series);
    smooth(s->presence + frames, 1, frames, width, s->series + frames);
    for (size_t i = 0; i < frames; i++)
        s->presence[i] = logf(s->series[i] / (s->series[frames + i] + 1e-9f) + FUSION_SHARE_FLOOR);
    return BUSKER_OK;
}

/// Logits to masks of the mid half.
static busker_status mask(busker_stems *s)
{
    for (size_t frame = 0; frame < s->frames; frame++) {
        const size_t at = frame * s->bins;
        draw_voice_teeth(s, frame);
        busker_pitch_comb(s->bin_width, s->bass_pitch[frame], FUSION_BASS_TOOTH, FUSION_BASS_TEETH_TOP, s->bass_teeth,
                          bins_below(s, FUSION_BASS_TEETH_TOP));
        const busker_fusion_masks f = {
            .logits = {s->brief + at, s->across + at, s->whole + at},
            .voice_teeth = s->voice_teeth, .bass_teeth = s->bass_teeth, .bins = s->bins,
            .presence = FUSION_VOCALS.presence * s->presence[frame],
            .voice_tooth = FUSION_VOCALS.teeth + FUSION_VOCALS.support * s->support[frame],
            .bass_tooth = FUSION_BASS.teeth};
        s->kernels->fuse_masks(&f);
    }
    return BUSKER_OK;
}

void busker_stems_side_gains(float gains[BUSKER_STEMS])
{
    gains[BUSKER_STEM_VOCALS] = expf(FUSION_VOCALS.side);
    gains[BUSKER_STEM_DRUMS] = expf(FUSION_DRUMS.side);
    gains[BUSKER_STEM_BASS] = expf(FUSION_BASS.side);
}

const float *busker_stems_mask(busker_stems *s, size_t stem, size_t half)
{
    const float *const masks[BUSKER_STEMS] = {s->brief, s->across, s->whole};
    if (half == BUSKER_HALF_MID)
        return masks[stem];
    float gains[BUSKER_STEMS];
    busker_stems_side_gains(gains);
    s->kernels->fuse_side(masks, gains, stem, s->level, s->frames * s->bins);
    return s->level;
}

static busker_status refine(busker_stems *s)
{
    if (!s->refiner || !s->has_side)
        return BUSKER_OK;
    busker_stems_segment segment = {
        .stft = s->stft, .samples = {s->mid, s->side}, .count = s->samples, .frames = s->frames,
        .masks = {s->brief, s->across, s->whole}};
    busker_stems_side_gains(segment.gains);
    return busker_stems_refiner_run(s->refiner, &segment);
}

const busker_stems_part busker_stems_parts[] = {
    find_brief, find_across, recall_mid, recall_drums, fuse, track_voice, track_bass, support, mask, refine, NULL,
};
