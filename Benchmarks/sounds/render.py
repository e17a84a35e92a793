"""Turns a composed song into stems and their exact sum, and writes them beside the score."""
import dataclasses
import hashlib
import json
import math
import os
import subprocess
import tempfile

import numpy as np
import soundfile
from scipy.io import wavfile
from scipy.signal import butter, fftconvolve, resample_poly, sosfilt

from compose import compose
from midi import Track, write_part, write_score
from singer import RATE, VOICES, Singer

STEMS = ("vocals", "drums", "bass", "other")
LEVEL_RANGES = {"vocals": (-3, 2), "drums": (-3, 2), "bass": (-6, -1), "other": (-4, 1)}


def fitted(y, count):
    """Exactly `count` frames, faded out over the last 20 ms."""
    out = np.zeros((count, 2))
    kept = min(count, len(y))
    out[:kept] = y[:kept]
    fade = min(count, int(0.02 * RATE))
    out[count - fade:] *= np.linspace(1, 0, fade)[:, None]
    return out


def played(track, soundfont, count, work, name):
    """One track as the synthesiser plays it."""
    score, wav = os.path.join(work, name + ".mid"), os.path.join(work, name + ".wav")
    write_part(score, track)
    subprocess.run(["fluidsynth", "-ni", "-q", "-g", "0.5", "-r", str(RATE), "-O", "float", "-T", "wav",
                    "-o", "synth.cpu-cores=1", "-F", wav, soundfont, score],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    y, rate = soundfile.read(wav, dtype="float64", always_2d=True)
    if rate != RATE:
        raise SystemExit("fluidsynth wrote %d Hz" % rate)
    return fitted(y, count)


def in_room(rng, y, seconds, wet):
    """A mono voice in stereo: dry in the centre, with a decaying tail that differs left and right."""
    count = int(seconds * RATE)
    t = np.arange(count) / RATE
    out = np.stack([y, y], axis=1)
    for channel in (0, 1):
        tail = rng.standard_normal(count) * np.exp(-6.9 * t / seconds) * (t > 0.012)
        tail = sosfilt(butter(1, 5200, "lowpass", fs=RATE, output="sos"), tail)
        tail /= np.sqrt(np.sum(tail ** 2))
        out[:, channel] += wet * fftconvolve(y, tail)[:len(y)]
    return out


def narrowed(y, floor=0.3):
    """Narrows a stem until left and right correlate by `floor`: some pads of the font are out of phase."""
    mid, side = y.mean(axis=1), (y[:, 0] - y[:, 1]) / 2
    energy_mid, energy_side = np.sum(mid ** 2), np.sum(side ** 2) + 1e-12
    side = side * min(1.0, np.sqrt(energy_mid * (1 - floor) / (energy_side * (1 + floor))))
    return np.stack([mid + side, mid - side], axis=1)


def active_level(y):
    """The root mean square of the tenths of a second in which the stem sounds."""
    energy = np.mean(y ** 2, axis=1)
    blocks = energy[:len(energy) // 4410 * 4410].reshape(-1, 4410).mean(axis=1)
    live = blocks[blocks > 1e-3 * blocks.max()] if blocks.max() > 0 else blocks
    return float(np.sqrt(np.mean(live)) + 1e-12)


def perform(rng, tracks, melody, seconds, soundfont):
    """Unlevelled stems, the voice's name and the words it sang."""
    count = int(seconds * RATE)
    with tempfile.TemporaryDirectory(prefix="busker-sounds") as work:
        stems = {name: played(track, soundfont, count, work, name) for name, track in tracks.items()}
        voice = str(rng.choice(VOICES))
        dry, words = Singer(voice, work).sing(rng, melody, seconds)
    echo, wet = float(rng.uniform(0.5, 1.4)), float(rng.uniform(0.08, 0.25))
    stems["vocals"] = fitted(in_room(rng, dry, echo, wet), count)
    stems["other"] = narrowed(stems["other"])
    return stems, voice, words


def balanced(rng, stems, peak):
    """Stems at drawn levels, all under one gain that puts the mixture's peak where it is wanted."""
    levels = {name: float(rng.uniform(*LEVEL_RANGES[name])) for name in STEMS}
    for name in STEMS:
        stems[name] *= 0.12 * 10 ** (levels[name] / 20) / active_level(stems[name])
    gain = peak / np.max(np.abs(sum(stems[name] for name in STEMS)))
    return {name: stems[name] * gain for name in STEMS}, levels


def sung_part(melody, words):
    """The vocal line as a track with lyrics, for the score."""
    track = Track()
    track.setup(3, 53)  # Voice Oohs, for whoever plays the score without our singer
    for (start, length, pitch), word in zip(melody, words):
        track.note(start, length, pitch, 96, 3)
        track.lyric(start, word)
    return track


def at_rate(y, rate):
    """A stem at another sample rate."""
    if rate == RATE:
        return y
    common = math.gcd(rate, RATE)
    return resample_poly(y, rate // common, RATE // common, axis=0)


def ended(stems, seconds):
    """Fades all stems out together over the last seconds."""
    ramp = np.linspace(1, 0, int(seconds * RATE))[:, None] ** 2
    for y in stems.values():
        y[len(y) - len(ramp):] *= ramp
    return stems


def stored(stems, form):
    """The samples as they are written; the mixture is the exact sum of the written stems."""
    if form == "wav":
        whole = {name: stems[name].astype(np.float32) for name in STEMS}
        total = np.zeros_like(whole["vocals"])
    else:
        whole = {name: np.round(stems[name] * 32767).astype(np.int16) for name in STEMS}
        total = np.zeros_like(whole["vocals"])
    for name in STEMS:
        total += whole[name]
    return {**whole, "mixture": total}


@dataclasses.dataclass(frozen=True)
class Wanted:
    """How a song is asked for."""

    seconds: float = 30.0
    form: str = "wav"  # wav (32-bit float) or flac (16 bit)
    rate: int = RATE
    peak: float = 0.92
    arranged: bool = False
    keep: tuple = STEMS + ("mixture",)


def make_song(folder, seed, soundfont, wanted):
    """Writes one song folder and returns what its meta.json says."""
    rng = np.random.default_rng(seed)
    plan, tracks, melody = compose(rng, wanted.seconds, wanted.arranged)
    stems, voice, words = perform(rng, tracks, melody, wanted.seconds, soundfont)
    stems, levels = balanced(rng, stems, wanted.peak)
    if wanted.arranged:
        stems = ended(stems, 2.5)
    stems = {name: at_rate(y, wanted.rate) for name, y in stems.items()}
    os.makedirs(folder, exist_ok=True)
    sums = {name: write_sound(folder, name, y, wanted) for name, y in stored(stems, wanted.form).items()}
    write_score(os.path.join(folder, "score.mid"), {"vocals": sung_part(melody, words), **tracks})
    info = {"bpm": plan.bpm, "key": plan.root, "minor": plan.minor, "progression": list(plan.progression),
            "bars": plan.bars, "notes": len(melody), "seed": seed, "seconds": wanted.seconds,
            "rate": wanted.rate, "peak": wanted.peak, "arranged": wanted.arranged, "voice": voice,
            "level_db": levels, "sha256": sums}
    with open(os.path.join(folder, "meta.json"), "w", encoding="ascii") as out:
        json.dump(info, out, indent=1, sort_keys=True)
        out.write("\n")
    return info


def write_sound(folder, name, y, wanted):
    """Writes one file if it is wanted; returns the digest of its samples."""
    path = os.path.join(folder, name + "." + wanted.form)
    if name in wanted.keep and wanted.form == "wav":
        wavfile.write(path, wanted.rate, y)  # libsndfile would write the time of day into a float file
    elif name in wanted.keep:
        soundfile.write(path, y, wanted.rate, subtype="PCM_16")
    return hashlib.sha256(y.tobytes()).hexdigest()
