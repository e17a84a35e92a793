// The numbers of the cue fusion: where cues are read, and how much they weigh.
#pragma once

// Medians, in seconds and hertz.
#define FUSION_BRIEF_SECONDS 0.348
#define FUSION_ACROSS_HERTZ 333.0

// Repetition: the window, and for the mid level the neighbours, their quantile and distance, the bands.
#define FUSION_WINDOW_SECONDS 30.0
#define FUSION_REPEAT_NEIGHBOURS 24
#define FUSION_REPEAT_QUANTILE 0.5f
#define FUSION_REPEAT_DISTANCE 0.186
#define FUSION_REPEAT_BANDS 96
#define FUSION_REPEAT_LOWEST 60.0
#define FUSION_REPEAT_HIGHEST 12000.0

// Repetition of drum sounds, which tells a kick from a bass note below FUSION_KICK_HERTZ.
#define FUSION_DRUM_NEIGHBOURS 20
#define FUSION_DRUM_QUANTILE 0.3f
#define FUSION_DRUM_DISTANCE 0.093
#define FUSION_DRUM_BANDS 32
#define FUSION_DRUM_LOWEST 30.0
#define FUSION_DRUM_HIGHEST 16000.0
#define FUSION_DRUM_LAGS 2
#define FUSION_KICK_HERTZ 250.0

// Cues: the bound of a log ratio, what is added to levels; where the centre cue fades out, and its value there.
#define FUSION_BOUND 3.5f
#define FUSION_FLOOR 1e-7f
#define FUSION_SHARE_FLOOR 0.02f
#define FUSION_NARROW_DECIBELS (-45.0f)
#define FUSION_WIDE_DECIBELS (-30.0f)
#define FUSION_CENTRE_NEUTRAL 1.9f

// Above this a bin's centre cue counts extra for drums and bass; below this frequency they are likely.
#define FUSION_CENTRE_KNEE 1.5f
#define FUSION_SUB_HERTZ 150.0

// The voice's pitch.
#define FUSION_VOICE_LOWEST 90.0
#define FUSION_VOICE_HIGHEST 800.0
#define FUSION_VOICE_CENTS 20.0
#define FUSION_VOICE_TOP 5000.0
#define FUSION_VOICE_HARMONICS 20
#define FUSION_VOICE_DECAY 0.9
#define FUSION_VOICE_BETWEEN 0.5
#define FUSION_VOICE_JUMP_COST 0.03
#define FUSION_VOICE_JUMP_MAX 10
#define FUSION_VOICE_TOOTH 24.0f
#define FUSION_VOICE_TEETH_TOP 6000.0f
#define FUSION_VOICE_FADE_FROM 120.0
#define FUSION_VOICE_FADE_TO 220.0

// The bass's pitch.
#define FUSION_BASS_LOWEST 32.0
#define FUSION_BASS_HIGHEST 160.0
#define FUSION_BASS_CENTS 30.0
#define FUSION_BASS_TOP 1000.0
#define FUSION_BASS_HARMONICS 8
#define FUSION_BASS_DECAY 0.8
#define FUSION_BASS_BETWEEN 0.4
#define FUSION_BASS_JUMP_COST 0.05
#define FUSION_BASS_JUMP_MAX 8
#define FUSION_BASS_TOOTH 10.0f
#define FUSION_BASS_TEETH_TOP 1500.0f
#define FUSION_BASS_LEVEL_TOP 1200.0

// Whitening, and the smoothing of the voice's presence and of its harmonics' support.
#define FUSION_WHITE_HERTZ 1000.0
#define FUSION_WHITE_SECONDS 2.0
#define FUSION_WHITE_FLOOR 0.3f
#define FUSION_PRESENCE_LOWEST 200.0
#define FUSION_PRESENCE_HIGHEST 5000.0
#define FUSION_PRESENCE_SECONDS 0.163
#define FUSION_SUPPORT_SECONDS 0.116

/// How much each cue says for a stem; the logit of the rest is 0.
typedef struct busker_fusion_weights {
    /// A constant, and what frequency alone says: below FUSION_SUB_HERTZ; octaves from 800 Hz, squared; octaves above
    /// 200 Hz; octaves above 3 kHz, up to two.
    float constant, sub, octaves_squared, above_200, high;
    /// Log ratios: mid to side, and what of it is above the knee; mid to its repeated level; whole to its medians over
    /// time and over frequency.
    float centre, knee, repeated, brief, across;
    /// The log odds against the percussive share.
    float share;
    /// The presence of the voice in the frame; teeth of the stem's pitch; teeth times their support.
    float presence, teeth, support;
    /// Added in the side half.
    float side;
} busker_fusion_weights;

/// The first estimate of the voice, in which its pitch is looked for.
static const busker_fusion_weights FUSION_FIRST = {
    .constant = -2.3f, .centre = 1.0f, .repeated = 1.0f, .brief = 1.0f, .across = -1.0f, .octaves_squared = -0.75f,
    .share = 0.6f,
};
static const busker_fusion_weights FUSION_VOCALS = {
    .constant = 0.8f, .centre = 1.6f, .repeated = 0.7f, .brief = 0.45f, .across = -0.65f, .octaves_squared = -0.35f,
    .presence = 2.25f, .teeth = 1.0f, .support = 1.8f, .side = -0.65f,
};
static const busker_fusion_weights FUSION_DRUMS = {
    .constant = -1.75f, .centre = 1.0f, .knee = 1.2f, .share = -0.55f, .sub = 3.2f, .high = 1.5f, .side = -0.85f,
};
static const busker_fusion_weights FUSION_BASS = {
    .constant = -1.2f, .knee = 2.8f, .brief = -1.9f, .sub = 2.6f, .above_200 = -2.8f, .teeth = 1.6f,
};
