#!/usr/bin/env python3
"""Makes the small nets and references of the parity tests: fixtures.py FOLDER (Tests/BuskerAudioTests/Neural/Fixtures).

The mixture is noise by a linear congruence that the tests repeat; of each stem every 37th sample is kept.
"""
import sys
from fractions import Fraction
from pathlib import Path

import models
import numpy
import torch

torch.set_num_threads(1)
STEP = 37


def noise(count):
    state, out = 1, numpy.zeros(count, dtype=numpy.float32)
    for i in range(count):
        state = (state * 1664525 + 1013904223) % (1 << 32)
        out[i] = numpy.float32((state >> 8) / (1 << 24) - 0.5) * numpy.float32(0.5)
    return torch.from_numpy(out)


def keep(path, stems):
    stems[..., ::STEP].contiguous().numpy().astype("<f4").tofile(path)


def main():
    folder = Path(sys.argv[1])
    shape = {"fft": 256, "hop": 64}
    nets = models.unmix(folder / "umx", hidden=16, seen=100, half=True, seed=7, **shape)
    stereo = noise(80000).reshape(2, 40000)
    keep(folder / "umx/plain.f32", models.unmix_stems(nets, stereo, niter=0, **shape))
    keep(folder / "umx/filtered.f32", models.unmix_stems(nets, stereo, niter=1, **shape))
    two = {"vocals": nets["vocals"]}
    keep(folder / "umx/residual.f32",
         models.unmix_stems(two, stereo, niter=2, residual=True, softmask=True, **shape))
    mono = noise(7000).repeat(2, 1)
    keep(folder / "umx/mono.f32", models.unmix_stems(nets, mono, niter=1, **shape).mean(1, keepdim=True))

    # A net of one channel for 16 kHz, as umxse is.
    shape = {"fft": 256, "hop": 128, "rate": 16000}
    nets = models.unmix(folder / "umxse", hidden=16, seen=129, channels=1, targets=["speech", "noise"], half=True, seed=9,
                        **shape)
    keep(folder / "umxse/plain.f32", models.unmix_stems(nets, noise(20000).reshape(1, 20000), niter=1, **shape))

    path = folder / "htdemucs/net.safetensors"
    net = models.htdemucs(path, half=True, seed=8, segment=Fraction(1), channels=8, bottom=32, layers=2)
    for name, count in {"short": 20000, "long": 100000, "edge": 40000}.items():
        keep(folder / f"htdemucs/{name}.f32", models.htdemucs_stems(net, noise(2 * count).reshape(2, count)))
    mono = noise(20000).repeat(2, 1)
    keep(folder / "htdemucs/mono.f32", models.htdemucs_stems(net, mono).mean(1, keepdim=True))
    six = [*net.sources, "guitar", "piano"]
    path = folder / "htdemucs/six.safetensors"
    net = models.htdemucs(path, half=True, sources=six, seed=9, segment=Fraction(1), channels=8, bottom=0, layers=1)
    keep(folder / "htdemucs/six.f32", models.htdemucs_stems(net, noise(60000).reshape(2, 30000)))


main()
