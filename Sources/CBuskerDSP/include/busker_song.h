// Plays a score with synthetic instruments: strings, oscillators, drums, a room, and a limiter for true peaks.
#pragma once

#include "busker_base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    /// Frames per second of everything that is played.
    BUSKER_SONG_RATE = 44100,
    BUSKER_SONG_PARTS_MAX = 16,
    BUSKER_SONG_NOTES_MAX = 200000,
    /// Ten minutes.
    BUSKER_SONG_FRAMES_MAX = 600 * 44100,
};

/// How a part makes its sound.
typedef enum busker_song_sound {
    /// A plucked string (Karplus and Strong 1983, with the tuning of Jaffe and Smith 1983).
    BUSKER_SONG_STRING = 0,
    /// Two band-limited saws or pulses through a low-pass filter: pads, basses, brass, leads.
    BUSKER_SONG_ANALOG = 1,
    /// Frequency modulation that dies away, as of an electric piano.
    BUSKER_SONG_TINE = 2,
    /// A few harmonics and some breath.
    BUSKER_SONG_WIND = 3,
    /// A sine whose pitch falls.
    BUSKER_SONG_KICK = 4,
    /// Two sines and noise in a band.
    BUSKER_SONG_SNARE = 5,
    /// Noise above a frequency.
    BUSKER_SONG_HAT = 6,
} busker_song_sound;

/// One instrument. All numbers must be finite; what lies outside its range is brought back into it.
typedef struct busker_song_part {
    busker_song_sound sound;
    /// Linear, 0...4.
    float gain;
    /// -1 (left)...1 (right).
    float pan;
    /// 0...1: how far its notes or its two oscillators stand apart.
    float width;
    /// 0...1: how much of it goes into the room.
    float room;
    /// 0...1: how much of it goes into the echo.
    float echo;
    /// 0...1: how far it steps back when a kick sounds.
    float duck;
    /// Seconds; the envelope rises in a straight line, at least 1 ms.
    float attack;
    /// Seconds in which it falls by 60 dB, of strings at middle C, of the others towards `sustain`.
    float decay;
    /// 0...1.
    float sustain;
    /// Seconds in which it falls by 60 dB after the note was let go.
    float release;
    /// Hz: the filter, the kick's and the snare's pitch, the hat's lower end.
    float cutoff;
    /// Octaves by which the envelope moves it; with a kick, how much higher it begins.
    float sweep;
    /// The filter's Q, 0.5...8.
    float resonance;
    /// Strings: where they are plucked, 0.05...0.5. Analog: 0 saw...1 square. Tine: modulation index. Wind: breath.
    /// Snare: share of noise.
    float shape;
    /// 0...1: brightness; analog: share of a plain sine.
    float colour;
    /// Cents between two oscillators.
    float detune;
    /// Cents of vibrato, which sets in after a quarter of a second.
    float vibrato;
} busker_song_part;

/// One note. Drums take no pitch, but hats last twice as long for each octave above 60.
typedef struct busker_song_note {
    /// Frame at which it begins.
    uint32_t start;
    /// Frames until it is let go.
    uint32_t length;
    /// Semitones, 69 is 440 Hz, 24...108.
    float pitch;
    /// 0...1.
    float velocity;
    /// Number of the part.
    uint32_t part;
} busker_song_note;

/// The settings of a song.
typedef struct busker_song_config {
    /// Frames of the whole, 1...BUSKER_SONG_FRAMES_MAX.
    uint32_t frames;
    /// Frames over which the end fades out, at most `frames`.
    uint32_t fade;
    /// Seconds in which the room falls by 60 dB, 0.2...8.
    float room_seconds;
    /// 0...1: how dull the room is.
    float room_damping;
    /// Seconds of the echo, 0.05...1.
    float echo_seconds;
    /// Hz above which the whole is dulled, 2000...20000.
    float tone;
    /// 0...1: how much the whole is driven into soft saturation.
    float warmth;
    /// Where all noise comes from.
    uint64_t seed;
} busker_song_config;

typedef struct busker_song busker_song;

/// Takes over a score; `notes` are in the order of their beginnings, and each names one of the parts.
///
/// Everything is played with plain arithmetic of single and double precision and without the system's mathematical
/// functions, so that equal scores give equal samples whatever instructions a processor has.
busker_status busker_song_create(const busker_song_config *config, const busker_song_part *parts, size_t part_count,
                                 const busker_song_note *notes, size_t note_count, busker_song **out) BUSKER_MUST_USE;
void busker_song_destroy(busker_song *song);

/// Goes back to the beginning.
///
/// With `drive` 0 the mix is played as it is. Otherwise it is multiplied by `drive` (linear, 0...1000), no true peak, seen
/// at four times the rate, is let above `ceiling` (linear, 0...1), and `trim` (linear, 0...1) is applied to the end of it all.
busker_status busker_song_rewind(busker_song *song, float drive, float ceiling, float trim) BUSKER_MUST_USE;

/// Plays the next interleaved stereo frames; `count` is in samples, even, otherwise BUSKER_BAD_LENGTH.
///
/// Behind the end there is silence. The samples do not depend on how the song is cut.
busker_status busker_song_play(busker_song *song, float *__counted_by(count) out __noescape, size_t count)
    BUSKER_MUST_USE;

/// The factor of a level in dB, -600...600, without the system's mathematical functions.
float busker_song_factor(double decibels);

/// How many notes found no free voice since the last rewind, of 96.
uint32_t busker_song_dropped(const busker_song *song);

#ifdef __cplusplus
}
#endif
