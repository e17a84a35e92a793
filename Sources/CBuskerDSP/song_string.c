// The plucked strings of a song.
#include "song.h"

/// Tunes a string: its whole length is in the memory and in the filter, the rest in an all-pass.
///
/// The loop filter is symmetric, so it delays every pitch by one frame; the all-pass gets the coefficient that delays the
/// string's own pitch by exactly what is missing.
static void tune(song_voice *voice, double hertz)
{
    const double period = BUSKER_SONG_RATE / hertz;
    uint32_t length = (uint32_t)(period - 1.3);
    length = length > SONG_STRING ? SONG_STRING : length < 2 ? 2 : length;
    const double rest = period - 1 - length, turns = hertz / BUSKER_SONG_RATE / 2;
    voice->length = length;
    voice->tune = (float)(song_sine((1 - rest) * turns) / song_sine((1 + rest) * turns));
}

/// Noise of a brightness, from which the pick's place takes harmonics away; its mean is taken out.
static void pluck(song_voice *voice)
{
    const busker_song_part *part = voice->part;
    const uint32_t length = voice->length;
    const float smooth = 0.12f + 0.8f * part->colour * (0.35f + 0.65f * voice->velocity);
    float low = 0, lower = 0;
    // One turn before the one that is kept, so that the two ends of the string fit.
    for (uint32_t turn = 0; turn < 2; turn++) {
        uint32_t noise = voice->noise;
        for (uint32_t i = 0; i < length; i++) {
            low += smooth * (song_noise(&noise) - low);
            lower += smooth * (low - lower);
            voice->string[i] = lower;
        }
    }
    float kept[SONG_STRING];
    memcpy(kept, voice->string, length * sizeof(float));
    const uint32_t place = (uint32_t)(part->shape * (float)length);
    double mean = 0, energy = 0;
    for (uint32_t i = 0; i < length; i++) {
        voice->string[i] = kept[i] - 0.9f * kept[(i + length - place) % length];
        mean += voice->string[i];
    }
    mean /= length;
    for (uint32_t i = 0; i < length; i++) {
        voice->string[i] -= (float)mean;
        energy += (double)voice->string[i] * voice->string[i];
    }
    const float scale = 0.3f / (float)(__builtin_sqrt(energy / length) + 1e-6);
    for (uint32_t i = 0; i < length; i++)
        voice->string[i] *= scale;
}

void song_string_begin(song_voice *voice)
{
    const double hertz = 440 * song_exp2((voice->pitch - 69) / 12);
    tune(voice, hertz);
    pluck(voice);
    // High strings die sooner; what the filter takes of the string's own pitch is given back.
    const double seconds = voice->part->decay * song_exp2((60 - voice->pitch) / 18);
    const double damp = 0.04 + 0.42 * (1 - voice->part->colour);
    const double kept = 1 - damp + damp * song_cosine(hertz / BUSKER_SONG_RATE);
    const double loss = song_fall(seconds * hertz) / kept;
    voice->damp = (float)damp;
    voice->loss = (float)(loss > 0.99995 ? 0.99995 : loss);
    voice->at = 0;
    voice->last = voice->before = voice->tuned_in = voice->tuned_out = 0;
}

void song_string_play(song_voice *voice, const float *envelope, float *out, size_t from)
{
#pragma STDC FP_CONTRACT OFF
    const float outer = 0.5f * voice->damp * voice->loss, inner = (1 - voice->damp) * voice->loss;
    float last = voice->last, before = voice->before, in = voice->tuned_in, tuned = voice->tuned_out;
    uint32_t at = voice->at;
    for (size_t i = from; i < SONG_BLOCK; i++) {
        const float now = voice->string[at];
        const float smooth = outer * (now + before) + inner * last;
        before = last;
        last = now;
        tuned = voice->tune * (smooth - tuned) + in;
        in = smooth;
        voice->string[at] = tuned;
        if (++at == voice->length)
            at = 0;
        out[i] = now * envelope[i];
    }
    voice->last = last;
    voice->before = before;
    voice->tuned_in = in;
    voice->tuned_out = tuned;
    voice->at = at;
}
