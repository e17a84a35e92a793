// The voices of a song: envelopes, oscillators, drums.
#include "song.h"

void song_filter_set(song_filter *filter, double hertz, double q)
{
    hertz = hertz < 20 ? 20 : hertz > 19000 ? 19000 : hertz;
    const double turns = hertz / BUSKER_SONG_RATE / 2;
    const double g = song_sine(turns) / song_cosine(turns), k = 1 / q;
    filter->k = (float)k;
    filter->a1 = (float)(1 / (1 + g * (g + k)));
    filter->a2 = (float)(g / (1 + g * (g + k)));
    filter->a3 = (float)(g * g / (1 + g * (g + k)));
}

static double hertz_of(float pitch)
{
    return 440 * song_exp2(((double)pitch - 69) / 12);
}

static void begin_pitch(song_voice *voice)
{
    const busker_song_part *part = voice->part;
    const double hertz = hertz_of(voice->pitch), spread = part->detune / 2400;
    voice->step = (float)(hertz * song_exp2(-spread) / BUSKER_SONG_RATE);
    voice->step_b = (float)(hertz * song_exp2(spread) / BUSKER_SONG_RATE);
    // Both begin where a saw passes through zero, the second one elsewhere on its way.
    voice->phase = 0.5f;
    voice->phase_b = part->detune > 0 ? 0.5f + 0.45f * (song_noise(&voice->noise)) : 0.5f;
}

static void begin_drum(song_voice *voice)
{
    const busker_song_part *part = voice->part;
    const double rate = BUSKER_SONG_RATE;
    voice->phase = voice->phase_b = 0;
    voice->step = part->cutoff / BUSKER_SONG_RATE;
    if (part->sound == BUSKER_SONG_KICK) {
        voice->index = part->sweep;
        voice->index_fall = (float)song_fall(0.09 * rate);
    } else if (part->sound == BUSKER_SONG_SNARE) {
        voice->step_b = voice->step * 1.78f;
        voice->level_b = 1;
        voice->fall_b = (float)song_fall(0.6 * part->decay * rate);
        song_filter_set(&voice->filter, 1500 * song_exp2(2.0 * part->colour), 0.7);
        song_filter_set(&voice->filter_b, 400, 0.7);
    } else {
        voice->decay = (float)song_fall(part->decay * song_exp2((voice->pitch - 60) / 12) * rate);
        song_filter_set(&voice->filter, part->cutoff, 0.9);
        song_filter_set(&voice->filter_b, part->cutoff * 0.7, 0.7);
    }
}

static void begin_partials(song_voice *voice)
{
    float level = 1, sum = 0;
    for (size_t n = 0; n < SONG_PARTIALS; n++) {
        const bool fits = (double)voice->step * (double)(n + 1) < 0.4;
        voice->partial[n] = fits ? level : 0;
        sum += voice->partial[n];
        level *= voice->part->colour * (0.6f + 0.4f * voice->velocity);
    }
    for (size_t n = 0; n < SONG_PARTIALS; n++)
        voice->partial[n] /= sum;
    song_filter_set(&voice->filter, 2 * hertz_of(voice->pitch), 3);
}

/// Equal power between the sides, whose sum of squares is 1.
static void place(song_voice *voice, float pan)
{
    pan = pan < -1 ? -1 : pan > 1 ? 1 : pan;
    voice->left_gain = voice->part->gain * voice->velocity * (float)song_cosine((1 + (double)pan) / 8);
    voice->right_gain = voice->part->gain * voice->velocity * (float)song_sine((1 + (double)pan) / 8);
}

void song_voice_begin(song_voice *voice, const busker_song_part *part, const busker_song_note *note, uint64_t seed)
{
    float *string = voice->string;
    memset(voice, 0, sizeof *voice);
    voice->string = string;
    voice->part = part;
    voice->on = true;
    voice->left = note->length;
    voice->velocity = note->velocity;
    voice->pitch = note->pitch;
    voice->noise = (uint32_t)song_mix(seed) | 1;
    const float attack = part->attack < 0.001f ? 0.001f : part->attack;
    voice->rise = 1 / (attack * BUSKER_SONG_RATE);
    voice->decay = (float)song_fall((double)part->decay * BUSKER_SONG_RATE);
    voice->release = (float)song_fall((double)(part->release < 0.005f ? 0.005f : part->release) * BUSKER_SONG_RATE);
    voice->sustain = part->sustain;
    const bool isMono = part->sound != BUSKER_SONG_ANALOG;
    place(voice, part->pan + (isMono ? part->width * (voice->pitch - 64) / 24 : 0));
    begin_pitch(voice);
    if (part->sound == BUSKER_SONG_STRING) {
        voice->decay = voice->sustain = 1;
        song_string_begin(voice);
    } else if (part->sound == BUSKER_SONG_TINE) {
        voice->index = part->shape * (0.3f + 0.7f * voice->velocity);
        voice->index_fall = (float)song_fall(0.8 * part->decay * BUSKER_SONG_RATE);
        voice->phase = 0;
        voice->decay = (float)song_fall(part->decay * song_exp2((60 - voice->pitch) / 24) * BUSKER_SONG_RATE);
    } else if (part->sound == BUSKER_SONG_WIND) {
        voice->phase = 0;
        begin_partials(voice);
    } else if (part->sound >= BUSKER_SONG_KICK) {
        begin_drum(voice);
    }
}

/// The envelope of a block; before the note begins it is zero. Returns the frame at which it begins.
static size_t shape(song_voice *voice, float *envelope)
{
#pragma STDC FP_CONTRACT OFF
    const size_t from = voice->wait;
    memset(envelope, 0, from * sizeof *envelope);
    float level = voice->level;
    for (size_t i = from; i < SONG_BLOCK; i++) {
        if (voice->left)
            voice->left--;
        else
            voice->released = true;
        if (voice->released) {
            level *= voice->release;
        } else if (!voice->risen) {
            level += voice->rise;
            if (level >= 1) {
                level = 1;
                voice->risen = true;
            }
        } else {
            level = voice->sustain + (level - voice->sustain) * voice->decay;
        }
        envelope[i] = level;
    }
    voice->level = level;
    voice->wait = 0;
    if ((voice->released || voice->risen) && level < 3e-5f)
        voice->on = false;
    return from;
}

/// A saw or square of one phase, smoothed where it jumps (polyBLEP, Valimaki and Huovilainen 2007).
static inline float corner(float phase, float step)
{
    if (phase < step) {
        const float t = phase / step;
        return t + t - t * t - 1;
    }
    if (phase > 1 - step) {
        const float t = (phase - 1) / step;
        return t * t + t + t + 1;
    }
    return 0;
}

static inline float oscillator(float *phase, float step, float square)
{
#pragma STDC FP_CONTRACT OFF
    const float at = *phase, half = at < 0.5f ? at + 0.5f : at - 0.5f;
    const float saw = 2 * at - 1 - corner(at, step);
    float value = saw;
    if (square > 0)
        value = saw - square * (2 * half - 1 - corner(half, step));
    *phase = at + step >= 1 ? at + step - 1 : at + step;
    return value;
}

/// How far the pitch is bent in this block, as a factor.
static float bend(song_voice *voice)
{
    voice->age += (float)SONG_BLOCK / BUSKER_SONG_RATE;
    voice->vibrato += 5.2f * SONG_BLOCK / BUSKER_SONG_RATE;
    if (voice->vibrato >= 1)
        voice->vibrato -= 1;
    if (!(voice->part->vibrato > 0) || voice->age < 0.25f)
        return 1;
    const float depth = voice->age < 0.75f ? (voice->age - 0.25f) * 2 : 1;
    return (float)song_exp2(depth * voice->part->vibrato / 1200 * song_wave(voice->vibrato));
}

static void play_analog(song_voice *voice, const float *envelope, float *left, float *right, size_t from)
{
#pragma STDC FP_CONTRACT OFF
    const busker_song_part *part = voice->part;
    const float bent = bend(voice), step = voice->step * bent, step_b = voice->step_b * bent;
    const double track = song_exp2(((double)voice->pitch - 60) / 24 + part->sweep * voice->level);
    song_filter_set(&voice->filter, part->cutoff * track * (0.6 + 0.4 * voice->velocity), part->resonance);
    song_filter b = voice->filter;
    b.low = voice->filter_b.low;
    b.band = voice->filter_b.band;
    voice->filter_b = b;
    const float square = part->shape, plain = part->colour;
    float pass;
    for (size_t i = from; i < SONG_BLOCK; i++) {
        const float sine = plain > 0 ? plain * song_wave(voice->phase + 0.5f) : 0;
        const float x = oscillator(&voice->phase, step, square);
        const float y = song_filter_step(&voice->filter, (1 - plain) * x, &pass) + sine;
        left[i] = right[i] = y * envelope[i];
    }
    if (!(part->detune > 0))
        return;
    const float near = 0.5f + 0.5f * part->width, far = 1 - near;
    for (size_t i = from; i < SONG_BLOCK; i++) {
        const float x = oscillator(&voice->phase_b, step_b, square);
        const float y = song_filter_step(&voice->filter_b, (1 - plain) * x, &pass) * envelope[i];
        const float first = left[i];
        left[i] = near * first + far * y;
        right[i] = far * first + near * y;
    }
}

static void play_tine(song_voice *voice, const float *envelope, float *out, size_t from)
{
#pragma STDC FP_CONTRACT OFF
    const float step = voice->step, bell = 0.12f * voice->part->colour;
    float phase = voice->phase, high = voice->phase_b, index = voice->index;
    for (size_t i = from; i < SONG_BLOCK; i++) {
        const float modulation = 0.15915494f * index * song_wave(phase);
        float turns = phase + modulation;
        turns = turns < 0 ? turns + 1 : turns;
        out[i] = (song_wave(turns) + bell * index * song_wave(high)) * envelope[i];
        index *= voice->index_fall;
        phase = phase + step >= 1 ? phase + step - 1 : phase + step;
        high += 7 * step;
        high -= (float)(int)high;
    }
    voice->phase = phase;
    voice->phase_b = high;
    voice->index = index;
}

static void play_wind(song_voice *voice, const float *envelope, float *out, size_t from)
{
#pragma STDC FP_CONTRACT OFF
    const float step = voice->step * bend(voice), breath = voice->part->shape;
    float pass;
    for (size_t i = from; i < SONG_BLOCK; i++) {
        const float cosine = 2 * song_wave(voice->phase + 0.25f);
        float before = 0, now = song_wave(voice->phase), sum = 0;
        for (size_t n = 0; n < SONG_PARTIALS; n++) {
            sum += voice->partial[n] * now;
            const float next = cosine * now - before;
            before = now;
            now = next;
        }
        song_filter_step(&voice->filter, song_noise(&voice->noise), &pass);
        out[i] = (sum + breath * pass) * envelope[i];
        voice->phase = voice->phase + step >= 1 ? voice->phase + step - 1 : voice->phase + step;
    }
}

static void play_kick(song_voice *voice, const float *envelope, float *out, size_t from)
{
#pragma STDC FP_CONTRACT OFF
    float phase = voice->phase;
    for (size_t i = from; i < SONG_BLOCK; i++) {
        // The fall of the pitch is 2^index without the function: (1 + index / 4)^4 is near enough for a drum.
        const float quarter = 1 + 0.25f * voice->index, raised = quarter * quarter;
        out[i] = song_wave(phase) * envelope[i];
        phase += voice->step * raised * raised;
        phase -= (float)(int)phase;
        voice->index *= voice->index_fall;
    }
    voice->phase = phase;
}

static void play_snare(song_voice *voice, const float *envelope, float *out, size_t from)
{
#pragma STDC FP_CONTRACT OFF
    const float rattle = voice->part->shape;
    for (size_t i = from; i < SONG_BLOCK; i++) {
        float pass, rest;
        song_filter_step(&voice->filter, song_noise(&voice->noise), &pass);
        const float low = song_filter_step(&voice->filter_b, pass, &rest);
        const float noise = pass - voice->filter_b.k * rest - low;
        const float body = song_wave(voice->phase) + 0.6f * song_wave(voice->phase_b);
        out[i] = ((1 - rattle) * body * voice->level_b + 2 * rattle * noise) * envelope[i];
        voice->level_b *= voice->fall_b;
        voice->phase += voice->step;
        voice->phase -= (float)(int)voice->phase;
        voice->phase_b += voice->step_b;
        voice->phase_b -= (float)(int)voice->phase_b;
    }
}

static void play_hat(song_voice *voice, const float *envelope, float *out, size_t from)
{
#pragma STDC FP_CONTRACT OFF
    for (size_t i = from; i < SONG_BLOCK; i++) {
        float pass, rest;
        const float noise = song_noise(&voice->noise);
        const float low = song_filter_step(&voice->filter, noise, &pass);
        const float high = noise - voice->filter.k * pass - low;
        const float lower = song_filter_step(&voice->filter_b, high, &rest);
        out[i] = 0.5f * (high - voice->filter_b.k * rest - lower) * envelope[i];
    }
}

void song_voice_play(song_voice *voice, float *left, float *right)
{
    float envelope[SONG_BLOCK];
    memset(left, 0, SONG_BLOCK * sizeof *left);
    const size_t from = shape(voice, envelope);
    switch (voice->part->sound) {
    case BUSKER_SONG_STRING:
        song_string_play(voice, envelope, left, from);
        break;
    case BUSKER_SONG_ANALOG:
        memset(right, 0, SONG_BLOCK * sizeof *right);
        play_analog(voice, envelope, left, right, from);
        return;
    case BUSKER_SONG_TINE:
        play_tine(voice, envelope, left, from);
        break;
    case BUSKER_SONG_WIND:
        play_wind(voice, envelope, left, from);
        break;
    case BUSKER_SONG_KICK:
        play_kick(voice, envelope, left, from);
        break;
    case BUSKER_SONG_SNARE:
        play_snare(voice, envelope, left, from);
        break;
    case BUSKER_SONG_HAT:
        play_hat(voice, envelope, left, from);
        break;
    }
    memcpy(right, left, SONG_BLOCK * sizeof *right);
}
