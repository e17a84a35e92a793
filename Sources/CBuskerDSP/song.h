// What the files of the song's player share: filters, voices, room, master.
#pragma once

#include "busker_song.h"
#include "internal.h"
#include "limiter.h"
#include "song_math.h"

enum {
    /// Frames that are played at once; envelopes and filters follow at this step.
    SONG_BLOCK = 64,
    SONG_VOICES = 96,
    /// The longest string, in frames; enough for 24 semitones (32.7 Hz).
    SONG_STRING = 2048,
    SONG_LINES = 8,
    SONG_PARTIALS = 7,
    /// Frames that the detector of true peaks looks at.
    SONG_TAPS = 12,
};

/// A state-variable filter (trapezoidal, after Simper 2013).
typedef struct song_filter {
    float a1, a2, a3, k;
    float low, band;
} song_filter;

void song_filter_set(song_filter *filter, double hertz, double q);

/// Takes a sample in and gives the low-pass; the band-pass stands in `pass`, the rest is the high-pass.
static inline float song_filter_step(song_filter *filter, float in, float *pass)
{
#pragma STDC FP_CONTRACT OFF
    const float v3 = in - filter->low;
    const float v1 = filter->a1 * filter->band + filter->a2 * v3;
    const float v2 = filter->low + filter->a2 * filter->band + filter->a3 * v3;
    filter->band = 2 * v1 - filter->band;
    filter->low = 2 * v2 - filter->low;
    *pass = v1;
    return v2;
}

/// One sounding note.
typedef struct song_voice {
    const busker_song_part *part;
    /// Frames of the coming block before it begins, and frames until it is let go.
    uint32_t wait, left;
    uint32_t noise;
    bool on, released;
    float velocity, pitch, left_gain, right_gain;
    /// The envelope: its level, its way up, what is left of it after a frame.
    float level, rise, decay, release, sustain;
    bool risen;
    /// Oscillators: two phases and their steps, in turns.
    float phase, phase_b, step, step_b;
    float vibrato, age;
    /// Modulation, sweep or harmonics, by kind of sound.
    float index, index_fall, level_b, fall_b;
    float partial[SONG_PARTIALS];
    song_filter filter, filter_b;
    /// The string: its memory, length, place, loss, tuning.
    float *string;
    uint32_t length, at;
    float loss, damp, tune, last, before, tuned_in, tuned_out;
} song_voice;

/// Begins a note.
void song_voice_begin(song_voice *voice, const busker_song_part *part, const busker_song_note *note, uint64_t seed);
/// Plays a block: the note's own frames, left and right.
void song_voice_play(song_voice *voice, float *left, float *right);
/// Fills a string with what the pick leaves in it and tunes it.
void song_string_begin(song_voice *voice);
void song_string_play(song_voice *voice, const float *envelope, float *out, size_t from);

/// A room of delays that feed each other (after Jot 1991), and an echo from side to side.
typedef struct song_room {
    float *line[SONG_LINES];
    uint32_t length[SONG_LINES], at[SONG_LINES];
    float gain[SONG_LINES], low[SONG_LINES];
    float damping;
    float *echo[2];
    uint32_t echo_length, echo_at;
    float echo_low[2];
} song_room;

busker_status song_room_create(song_room *room, const busker_song_config *config);
void song_room_destroy(song_room *room);
void song_room_reset(song_room *room);
/// Adds the room and the echo of what was sent to a block.
void song_room_play(song_room *room, float (*sent)[SONG_BLOCK], float (*echoed)[SONG_BLOCK], float (*out)[SONG_BLOCK]);

/// A limiter that sees what lies between the samples.
typedef struct song_master song_master;

busker_status song_master_create(song_master **out);
void song_master_destroy(song_master *master);
void song_master_reset(song_master *master, float ceiling);
/// How many frames the output is behind.
size_t song_master_latency(const song_master *master);
void song_master_play(song_master *master, float (*block)[SONG_BLOCK], float drive, float trim);
