"""Composes a song from a seed: tempo, key, drums, bass, chords, a lead and a sung melody."""
import dataclasses

import numpy as np

from midi import Track

MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
PROGRESSIONS = ((0, 4, 5, 3), (0, 5, 3, 4), (5, 3, 0, 4), (0, 3, 4, 3), (1, 4, 0, 5), (0, 2, 3, 4))
CHORD_PROGRAMS = (0, 4, 5, 16, 24, 25, 27, 28, 48, 50, 61, 89)
LEAD_PROGRAMS = (11, 26, 30, 56, 65, 73, 80, 81)
BASS_PROGRAMS = (32, 33, 34, 36, 38, 39)
KITS = (0, 8, 16, 24, 25, 32)
DRUM_CHANNEL = 9
KICK, SNARE, SNARE_2, HAT, OPEN_HAT, CRASH, RIDE = 36, 38, 40, 42, 46, 49, 51
FILL_KEYS = (38, 45, 47, 48, 50)
LONG_HITS = ((0, 1.9), (2, 0.9), (3, 0.9))
SHORT_HITS = ((0, 0.9), (1, 0.4), (1.5, 1.4), (3, 0.9))


@dataclasses.dataclass
class Plan:
    """What all parts of one song agree on; times in seconds."""

    bpm: float
    minor: bool
    root: int
    progression: tuple
    swing: float
    seconds: float

    @property
    def beat(self):
        return 60.0 / self.bpm

    @property
    def bar(self):
        return 4 * self.beat

    @property
    def bars(self):
        return int(np.ceil(self.seconds / self.bar))

    def chord(self, bar):
        """The scale degree of the chord that stands in a bar."""
        return self.progression[bar % 4]

    def pitch(self, degree, octave):
        """The MIDI pitch of a scale degree."""
        scale = MINOR if self.minor else MAJOR
        return self.root + scale[degree % 7] + 12 * (octave + degree // 7)


def make_plan(rng, seconds):
    """Draws tempo, mode, key, chords and swing."""
    return Plan(
        bpm=float(rng.integers(82, 133)),
        minor=bool(rng.integers(0, 2)),
        root=int(rng.integers(0, 12)),
        progression=PROGRESSIONS[rng.integers(len(PROGRESSIONS))],
        swing=float(rng.choice((0.0, 0.0, 0.08))),
        seconds=seconds,
    )


def jitter(rng, milliseconds=7.0):
    """How far a player misses the beat."""
    return float(rng.normal(0, milliseconds / 1000))


def make_drums(rng, plan):
    """A kit with its own kick pattern, a fill in every eighth bar and a crash after it."""
    track = Track()
    kick = [i for i in range(16) if i % 8 == 0 or rng.random() < 0.14]
    snare = [4, 12] + ([15] if rng.random() < 0.3 else [])
    hat_every = int(rng.choice((1, 2, 2)))
    ride = bool(rng.random() < 0.25)
    for bar in range(plan.bars):
        for step in range(16):
            drum_step(rng, plan, track, bar, step, (kick, snare, hat_every, ride))
        if bar % 8 == 0 and bar:
            track.note(bar * plan.bar + jitter(rng), 1.0, CRASH, rng.normal(105, 6), DRUM_CHANNEL)
    return track


def drum_step(rng, plan, track, bar, step, pattern):
    """What falls on one sixteenth of a bar."""
    kick, snare, hat_every, ride = pattern
    fill = bar % 8 == 7
    swung = plan.swing * plan.beat if step % 2 else 0
    time = bar * plan.bar + step * plan.beat / 4 + swung + jitter(rng)

    def hit(key, velocity, spread):
        track.note(time, 0.1, key, rng.normal(velocity, spread), DRUM_CHANNEL)

    if step in kick:
        hit(KICK, 108, 7)
    if step in snare and not (fill and step > 8):
        hit(SNARE if rng.random() < 0.9 else SNARE_2, 104, 8)
    if step % hat_every == 0 and not fill:
        key = RIDE if ride else (OPEN_HAT if step == 14 and rng.random() < 0.5 else HAT)
        hit(key, 78 if step % 4 else 92, 8)
    if fill and step >= 8:
        hit(int(rng.choice(FILL_KEYS)), 100, 10)


def bass_bar(rng, plan, track, bar, style):
    """One bar of bass in one of three styles: eighths, syncopated, long."""
    beat, chord = plan.beat, plan.chord(bar)
    if style == 0:
        pattern = [(i * beat / 2, beat / 2 * 0.9, chord) for i in range(8)]
    elif style == 1:
        pattern = [(0, beat * 1.4, chord), (1.5 * beat, beat * 0.45, chord), (2 * beat, beat * 0.9, chord + 4),
                   (3 * beat, beat * 0.9, chord + 2)]
    else:
        pattern = [(0, beat * 1.8, chord), (2 * beat, beat * 0.9, chord), (3.5 * beat, beat * 0.45, chord + 4)]
    for offset, length, degree in pattern:
        pitch = plan.pitch(degree, 2) if plan.pitch(degree, 2) < 48 else plan.pitch(degree, 1)
        track.note(bar * plan.bar + offset + jitter(rng, 5), length, pitch, rng.normal(100, 7), 0)


def chord_bar(rng, plan, track, bar, arpeggio, strum):
    """One bar of chords: broken over a held pad, or struck."""
    start, beat, chord = bar * plan.bar, plan.beat, plan.chord(bar)
    tones = [plan.pitch(chord + step, 4) for step in (0, 2, 4)]
    if rng.random() < 0.25:
        tones.append(plan.pitch(chord + 6, 4))
    if arpeggio:
        for i in range(8):
            track.note(start + i * beat / 2 + jitter(rng, 5), beat * 0.6, tones[i % len(tones)],
                       rng.normal(86, 8), 0)
        for pitch in tones:
            track.note(start + jitter(rng, 4), plan.bar * 0.95, pitch - 12, rng.normal(66, 5), 1)
        return
    for offset, length in LONG_HITS if rng.random() < 0.5 else SHORT_HITS:
        for i, pitch in enumerate(tones):
            track.note(start + offset * beat + i * strum + jitter(rng, 4), length * beat, pitch,
                       rng.normal(84, 8), 0)


def lead_bar(rng, plan, track, bar):
    """A few notes of a lead instrument above the chords."""
    start, beat, chord = bar * plan.bar, plan.beat, plan.chord(bar)
    for _ in range(int(rng.integers(3, 7))):
        track.note(start + rng.integers(0, 8) * beat / 2 + jitter(rng, 6), beat * rng.uniform(0.4, 1.2),
                   plan.pitch(chord + int(rng.choice((0, 2, 4, 6, 7))), 5), rng.normal(82, 9), 2)


def make_band(rng, plan):
    """The bass track and the track of everything that plays chords or leads."""
    bass, other = Track(), Track()
    style = int(rng.integers(3))
    arpeggio = bool(rng.random() < 0.5)
    strum = float(rng.uniform(0, 0.03))
    lead_bars = set(int(x) for x in rng.choice(plan.bars, size=max(1, plan.bars // 4), replace=False))
    for bar in range(plan.bars):
        bass_bar(rng, plan, bass, bar, style)
        chord_bar(rng, plan, other, bar, arpeggio, strum)
        if bar in lead_bars:
            lead_bar(rng, plan, other, bar)
    return bass, other


def make_melody(rng, plan):
    """The sung line: (start, length, MIDI pitch) in phrases of one or two bars."""
    melody, bar = [], 1
    centre = 57 if rng.random() < 0.5 else 64
    while bar < plan.bars - 0.5:
        phrase_bars = int(rng.integers(1, 3))
        end = min((bar + phrase_bars) * plan.bar - plan.beat, plan.seconds - 0.4)
        melody += phrase(rng, plan, bar * plan.bar, end, centre)
        bar += phrase_bars + int(rng.choice((0, 0, 1)))
    return melody


def phrase(rng, plan, start, end, centre):
    """Notes from `start` to `end` that move in small steps and mostly sit on the chord."""
    notes, last = [], None
    while start < end - 0.25 * plan.beat:
        length = min(float(rng.choice((0.5, 0.5, 1.0, 1.0, 1.5, 2.0))) * plan.beat, end - start)
        pitch = next_pitch(rng, plan, plan.chord(int(start / plan.bar)), centre, last if last else centre)
        notes.append((start, length * 0.96, pitch))
        last, start = pitch, start + length
    return notes


def next_pitch(rng, plan, chord, centre, last):
    """A pitch near the last one, of the chord in six cases of ten."""
    pitches = set()
    for octave in (3, 4, 5):
        degrees = (chord, chord + 2, chord + 4) if rng.random() < 0.6 else range(7)
        pitches.update(plan.pitch(degree, octave) for degree in degrees)
    near = sorted(pitch for pitch in pitches if abs(pitch - centre) <= 8)
    return int(min(near, key=lambda pitch: abs(pitch - last) + rng.uniform(0, 5)))


def choose_instruments(rng, drums, bass, other):
    """Draws the kit, the bass and three instruments with their places in the room."""
    drums.setup(DRUM_CHANNEL, int(rng.choice(KITS)), volume=110, reverb=int(rng.integers(10, 50)))
    bass.setup(0, int(rng.choice(BASS_PROGRAMS)), pan=64, volume=110, reverb=int(rng.integers(0, 20)))
    for channel, programs, spread in ((2, LEAD_PROGRAMS, 40), (1, CHORD_PROGRAMS, 30), (0, CHORD_PROGRAMS, 30)):
        other.setup(channel, int(rng.choice(programs)),
                    pan=int(64 + rng.choice((-1, 1)) * rng.integers(6, spread)),
                    reverb=int(rng.integers(20, 70)), chorus=int(rng.integers(0, 30)))


def compose(rng, seconds, arranged=False):
    """A plan, the three played tracks by stem name, and the melody to sing.

    An arranged song lets the instruments come in one after another, as a demonstration needs; otherwise
    everything plays from the first bar, as a measurement needs.
    """
    plan = make_plan(rng, seconds)
    drums = make_drums(rng, plan)
    bass, other = make_band(rng, plan)
    melody = make_melody(rng, plan)
    if arranged:
        bass.begin_at(2 * plan.bar - 0.1)
        drums.begin_at(4 * plan.bar - 0.1)
    choose_instruments(rng, drums, bass, other)
    return plan, {"drums": drums, "bass": bass, "other": other}, melody
