#!/usr/bin/env python3
# Makes the reference masks of librosa for the tests of the harmonic/percussive separation.
#
# Needs librosa 0.11. Writes raw little-endian 32-bit floats beside itself: samples.f32, and for each setting the
# harmonic masks followed by the percussive ones, frame after frame.
import pathlib

import librosa
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
SIZE, HOP, COUNT, RATE = 256, 64, 3000, 8000
SETTINGS = {
    "default": dict(kernel_size=31, power=2.0, margin=1.0),
    "margins": dict(kernel_size=(17, 9), power=1.5, margin=(1.5, 3.0)),
    "hard": dict(kernel_size=31, power=np.inf, margin=1.0),
}


def signal():
    """Two tones, clicks every 61 ms and a floor of noise, so that no bin is empty."""
    rng = np.random.default_rng(7)
    t = np.arange(COUNT) / RATE
    y = 0.3 * np.sin(2 * np.pi * 440 * t) + 0.2 * np.sin(2 * np.pi * 1234.5 * t + 5 * np.sin(2 * np.pi * 3 * t))
    for start in range(150, COUNT - 80, 490):
        y[start : start + 80] += 0.8 * rng.standard_normal(80) * np.exp(-np.arange(80) / 15)
    return (y + 0.02 * rng.standard_normal(COUNT)).astype("<f4")


def main():
    y = signal()
    y.tofile(HERE / "samples.f32")
    levels = np.abs(librosa.stft(y, n_fft=SIZE, hop_length=HOP))
    for name, setting in SETTINGS.items():
        masks = librosa.decompose.hpss(levels, mask=True, **setting)
        np.concatenate([m.T.astype("<f4").ravel() for m in masks]).tofile(HERE / f"{name}.f32")
        print(name, levels.shape, [float(m.mean()) for m in masks])


if __name__ == "__main__":
    main()
