#!/usr/bin/env python3
# Writes the vectors of the Wiener filter, computed in double precision.
"""Each file holds little-endian floats: mixture, values, and the expected sources, shaped as busker_wiener.h says.

The cases and their shapes stand in WienerTests.swift too.  The formulas are those of norbert and Open-Unmix, written
anew.  Run: python3 make_wiener.py
"""
import pathlib

import numpy as np

EPS = 1e-10
# name, channels, sources, residual, start, iterations, amplitude, width of the panorama
CASES = [
    ("masks", 2, 4, False, "masks", 1, 1.0, 1.0),
    ("masks-untouched", 2, 2, True, "masks", 0, 1.0, 1.0),
    ("magnitudes-residual", 2, 3, True, "magnitudes", 2, 1.0, 1.0),
    ("soft-loud", 2, 2, False, "soft", 1, 300.0, 1.0),
    ("nearly-mono", 2, 2, False, "masks", 3, 20.0, 1e-3),
    ("mono", 1, 3, True, "masks", 2, 5.0, 1.0),
]
FRAMES, BINS = 11, 9


def begin(x, values, start):
    if start == "masks":
        return values * x
    if start == "magnitudes":
        return values * np.exp(1j * np.angle(x))
    return x * (values / (EPS + values.sum(axis=0)))


def refine(x, y, iterations):
    scale = max(1.0, np.abs(x).max() / 10)
    x, y = x / scale, y / scale
    channels = x.shape[0]
    for _ in range(iterations):
        v = (np.abs(y) ** 2).mean(axis=1)
        outer = np.einsum("jctf,jdtf->jfcd", y, y.conj())
        r = outer / (EPS + v.sum(axis=1))[:, :, None, None]
        c = np.einsum("jtf,jfcd->tfcd", v, r) + np.sqrt(EPS) * np.eye(channels)
        z = np.linalg.solve(c, np.moveaxis(x, 0, -1)[..., None])[..., 0]
        y = np.einsum("jtf,jfcd,tfd->jctf", v, r, z)
    return y * scale


def interleaved(values):
    return np.stack([values.real, values.imag], axis=-1)


def main():
    here = pathlib.Path(__file__).parent
    for number, (name, channels, sources, residual, start, iterations, amplitude, width) in enumerate(CASES):
        rng = np.random.default_rng(number)
        shape = (FRAMES, BINS)
        middle = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
        x = np.stack([middle + width * (rng.standard_normal(shape) + 1j * rng.standard_normal(shape))
                      for _ in range(channels)]) * amplitude
        x[:, 3, :] = 0
        x[:, :, 5] = 0
        values = rng.uniform(0, 1 if start == "masks" else amplitude, (sources, channels) + shape)
        values[:, :, :, 7] = 0
        # The filter reads single precision, so the reference must begin with the same numbers.
        x = x.astype(np.complex64).astype(np.complex128)
        values = values.astype(np.float32).astype(np.float64)
        y = begin(x, values, start)
        if residual:
            y = np.concatenate([y, (x - y.sum(axis=0))[None]])
        if iterations:
            y = refine(x, y, iterations)
        parts = [interleaved(x), values, interleaved(y)]
        np.concatenate([p.ravel() for p in parts]).astype("<f4").tofile(here / f"wiener-{name}.f32")


main()
