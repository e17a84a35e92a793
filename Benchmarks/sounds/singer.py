"""Sings a melody: words from espeak-ng, taken apart by linear prediction and sounded again on each pitch."""
import os
import subprocess

import numpy as np
import soundfile
from scipy.signal import butter, lfilter, resample_poly, sosfilt

RATE = 44100
VOICES = ("en-us+f2", "en-us+f3", "en-us+m2", "en-us+m4", "en-gb+f4", "en-gb+m1")
WORDS = ("love", "fire", "river", "moon", "only", "baby", "light", "stay", "away", "rain", "home", "never",
         "heart", "dream", "morning", "run", "shadow", "hold", "summer", "high", "alone", "blue", "tonight",
         "wave", "forever", "lose", "over", "road", "yellow", "wonder")


def linear_prediction(frame, order):
    """All-pole coefficients and gain of one windowed frame (autocorrelation method, Levinson recursion)."""
    r = np.correlate(frame, frame, "full")[len(frame) - 1:len(frame) + order]
    if r[0] < 1e-9:
        return np.r_[1.0, np.zeros(order)], 0.0
    r = r * np.exp(-0.5 * (2 * np.pi * 40 / 22050 * np.arange(order + 1)) ** 2)
    r[0] *= 1.0001
    a, error = np.array([1.0]), r[0]
    for i in range(1, order + 1):
        k = -np.dot(a, r[i:i - len(a):-1] if i - len(a) > 0 else r[i::-1][:len(a)]) / error
        a = np.r_[a, 0.0] + k * np.r_[a, 0.0][::-1]
        error *= 1 - k * k
    return a, np.sqrt(max(error, 0.0) / len(frame))


def faded(y, edge):
    """A note with straight ramps at both ends, so that it does not click."""
    y[:edge] *= np.linspace(0, 1, edge)
    y[-edge:] *= np.linspace(1, 0, edge)
    return y


class Singer:
    """One espeak-ng voice that sings words on given pitches."""

    RATE, HOP, ORDER, FRAME = 22050, 110, 22, 512

    def __init__(self, voice, work):
        self.voice, self.work, self.cache = voice, work, {}

    def spoken(self, word):
        """The word as espeak-ng says it, without the silence around it."""
        path = os.path.join(self.work, "word.wav")
        subprocess.run(["espeak-ng", "-v", self.voice, "-s", "140", "-a", "150", "-w", path, word], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        y, rate = soundfile.read(path, dtype="float64")
        if rate != self.RATE:
            y = resample_poly(y, self.RATE, rate)
        envelope = np.sqrt(lfilter([0.01], [1, -0.99], y * y))
        loud = np.nonzero(envelope > 0.04 * envelope.max())[0]
        return y[max(0, loud[0] - 200):loud[-1] + 200]

    def frames(self, word):
        """The word as (coefficients, gain, how voiced from 0 to 1), one each HOP samples."""
        if word not in self.cache:
            y = self.spoken(word)
            emphasised = np.r_[y[0], y[1:] - 0.95 * y[:-1]]
            window = np.hanning(self.FRAME)
            # The autocorrelation of the window itself, divided out before the voicing is judged.
            taper = np.correlate(window, window, "full")[self.FRAME - 1:] / np.sum(window * window)
            padded = np.r_[np.zeros(self.FRAME // 2), emphasised, np.zeros(self.FRAME)]
            self.cache[word] = [self.analysed(padded[start:start + self.FRAME] * window, taper)
                                for start in range(0, len(emphasised), self.HOP)]
        return self.cache[word]

    def analysed(self, frame, taper):
        """One frame's vocal tract and voicing."""
        a, gain = linear_prediction(frame, self.ORDER)
        r = np.correlate(frame, frame, "full")[self.FRAME - 1:]
        low, high = self.RATE // 400, self.RATE // 70
        peak = np.max(r[low:high] / taper[low:high]) / (r[0] + 1e-9)
        return a, gain, float(np.clip((peak - 0.35) / 0.25, 0, 1))

    def pitch_curve(self, rng, count, target, previous, vibrato):
        """Hertz for each sample: a glide from the last note, late vibrato and a slow wander."""
        t = np.arange(count) / self.RATE
        origin = previous if previous and rng.random() < 0.6 else target * 0.97
        glide = np.exp(-t / 0.045)
        depth = 0.011 * np.clip((t - 0.18) / 0.25, 0, 1)
        f0 = target * (origin / target) ** glide
        f0 = f0 * (1 + depth * np.sin(2 * np.pi * vibrato * t))
        return f0 * (1 + 0.003 * lfilter([0.02], [1, -0.98], rng.standard_normal(count)))

    def pulses(self, f0, target, phase):
        """The voiced source at unit level, and the phase in cycles where it stops."""
        turns = phase + np.cumsum(f0) / self.RATE
        out = np.zeros(len(f0))
        for harmonic in range(1, int(10500 / f0.max()) + 1):
            out += np.cos(2 * np.pi * harmonic * turns) * (1.0 / (1 + (harmonic * target / 2500.0)))
        return out / (np.sqrt(np.mean(out ** 2)) + 1e-9), float(turns[-1] % 1.0)

    def stretched(self, frames, count):
        """Which frame to sound when: consonants keep their length, the vowel takes the rest."""
        head = min(len(frames) - 1, max(2, int(0.35 * len(frames))))
        tail = max(1, int(0.2 * len(frames)))
        return np.concatenate([np.arange(head),
                               np.linspace(head, len(frames) - 1 - tail, max(1, count - head - tail)),
                               np.arange(len(frames) - tail, len(frames))])[:count]

    def note(self, rng, frames, f0, target, phase):
        """One sung word and the phase it stops at."""
        count = len(f0) // self.HOP
        pulse, phase = self.pulses(f0, target, phase)
        noise = rng.standard_normal(len(f0))
        order = self.stretched(frames, count)
        state, y = np.zeros(self.ORDER), np.zeros(len(f0))
        for k in range(count):
            a, gain, voiced = frames[int(round(order[min(k, len(order) - 1)]))]
            part = slice(k * self.HOP, (k + 1) * self.HOP)
            source = voiced * pulse[part] + (0.05 + 0.9 * (1 - voiced)) * noise[part]
            y[part], state = lfilter([gain], a, source, zi=state)
        y = faded(y, min(len(y) // 3, int(0.02 * self.RATE)))
        return y * (rng.uniform(0.8, 1.1) / (np.sqrt(np.mean(y ** 2)) + 1e-9)), phase

    def sing(self, rng, melody, seconds):
        """The melody as mono samples at 44.1 kHz, and the word of every note."""
        out = np.zeros(int(seconds * self.RATE))
        vibrato = float(rng.uniform(4.8, 6.2))
        order = rng.permutation(len(WORDS))
        words = [WORDS[order[i % len(WORDS)]] for i in range(len(melody))]
        phase, previous = 0.0, None
        for word, (start, length, pitch) in zip(words, melody):
            count = max(4, int(length * self.RATE / self.HOP)) * self.HOP
            target = 440.0 * 2 ** ((pitch - 69) / 12)
            f0 = self.pitch_curve(rng, count, target, previous, vibrato)
            y, phase = self.note(rng, self.frames(word), f0, target, phase)
            at = int(start * self.RATE)
            room = max(0, min(len(y), len(out) - at))
            out[at:at + room] += y[:room]
            previous = target
        return finished(rng, lfilter([1.0], [1, -0.80], out), seconds), words


def finished(rng, y, seconds):
    """Brings the voice to 44.1 kHz, adds breath above 9 kHz and takes rumble away."""
    y = resample_poly(y, 2, 1)[:int(seconds * RATE)]
    air = sosfilt(butter(2, (9000, 15000), "bandpass", fs=RATE, output="sos"), rng.standard_normal(len(y)))
    level = np.sqrt(lfilter([0.002], [1, -0.998], y * y))
    return sosfilt(butter(2, 90, "highpass", fs=RATE, output="sos"), y + 0.06 * air * level)
