// The numbers of the cue fusion: where cues are read, and how much they weigh.
#pragma once

// Medians, in seconds and hertz.
#define FUSION_BRIEF_SECONDS 0.348
#define FUSION_LASTING_SECONDS 0.952
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

// Cues: the bound of a log ratio, what is added to levels, the width at which the centre cue fades, its neutral value.
#define FUSION_BOUND 3.5f
#define FUSION_FLOOR 1e-7f
#define FUSION_SHARE_FLOOR 0.02f
#define FUSION_NARROW_DECIBELS (-45.0f)
#define FUSION_WIDE_DECIBELS (-30.0f)
#define FUSION_CENTRE_NEUTRAL 1.9f

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
#define FUSION_VOICE_FADE_FROM 120.0f
#define FUSION_VOICE_FADE_TO 220.0f

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
    /// A constant, and what frequency alone says: octaves from 800 Hz squared, below 120 Hz, below 250 Hz, octaves from
    /// 800 Hz, octaves above 100 Hz, below 100 Hz and above 200 Hz, octaves above 3 kHz up to two.
    float constant, octaves_squared, below_120, below_250, octaves, above_100, under_100, above_200, high;
    /// Log ratios: mid to side; mid to its repeated level; whole to its medians over short and long time, over frequency.
    float centre, repeated, brief, lasting, across;
    /// The log odds against the percussive share, everywhere and below 250 Hz besides.
    float share, share_low;
    /// The voice's presence in the frame, its teeth, its teeth times their support; the bass's teeth.
    float presence, teeth, support;
    /// Added in the side half.
    float side;
} busker_fusion_weights;

static const busker_fusion_weights FUSION_FIRST = {
    .constant = -2.3f, .centre = 1.0f, .repeated = 1.0f, .brief = 0.7f, .lasting = 0.4f, .across = -1.1f,
    .octaves = 0.1f, .octaves_squared = -0.7f, .below_120 = -1.8f, .share = 0.66f,
};
static const busker_fusion_weights FUSION_VOCALS = {
    .constant = 1.6f, .centre = 1.25f, .repeated = 0.5f, .brief = 0.35f, .lasting = 0.1f, .across = -0.75f,
    .octaves_squared = -0.3f, .below_120 = -0.2f, .share = 0.1f, .presence = 2.5f, .teeth = 0.5f, .support = 2.9f,
    .side = -0.9f,
};
static const busker_fusion_weights FUSION_DRUMS = {
    .constant = -2.75f, .centre = 1.6f, .repeated = -0.4f, .brief = -0.8f, .across = 0.6f, .octaves = -0.6f,
    .below_250 = 0.9f, .share = -1.1f, .share_low = 0.45f, .high = 6.9f, .side = -2.0f,
};
static const busker_fusion_weights FUSION_BASS = {
    .constant = -0.55f, .centre = 1.6f, .above_100 = -0.8f, .under_100 = -0.65f, .above_200 = -2.9f, .share = -0.95f,
    .share_low = 0.8f, .brief = -3.5f, .across = 0.95f, .teeth = 1.75f, .repeated = -0.45f, .below_250 = -0.9f,
    .side = 0.65f,
};
