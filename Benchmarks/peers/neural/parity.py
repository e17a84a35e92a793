#!/usr/bin/env python3
"""Runs busker and PyPI's packages on the same random nets and sounds: parity.py BUSKER [NAME...]; fails above 1e-4.

Nets of small and full size are made by fixed seed with openunmix and demucs, some written as these release them and converted.
Printed is the RMS of the difference over the RMS of what the package says, the largest of all stems.
"""
import json
import random
import struct
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import models
import numpy
import torch

LIMIT = 1e-4
here = Path(__file__).parent


def write_wav(path, sound, rate):
    data = sound.T.contiguous().numpy().astype("<f4").tobytes()
    channels = sound.shape[0]
    form = struct.pack("<HHIIHH", 3, channels, rate, 4 * channels * rate, 4 * channels, 32)
    head = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data))
    Path(path).write_bytes(b"RIFF" + struct.pack("<I", len(head) + len(data)) + head + data)


def read_wav(path):
    raw = Path(path).read_bytes()
    at, channels = 12, 0
    while at + 8 <= len(raw):
        kind, size = raw[at:at + 4], struct.unpack("<I", raw[at + 4:at + 8])[0]
        if kind == b"fmt ":
            channels = struct.unpack("<H", raw[at + 10:at + 12])[0]
        if kind == b"data":
            return numpy.frombuffer(raw[at + 8:at + 8 + size], "<f4").reshape(-1, channels).T
        at += 8 + size + size % 2
    raise ValueError(f"{path} has no sound")


def offsets(seed, count, most):
    """What busker draws its shifts by: SplitMix64."""
    out, mask = [], (1 << 64) - 1
    for _ in range(count):
        seed = (seed + 0x9E3779B97F4A7C15) & mask
        z = seed
        z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) & mask
        out.append((z ^ z >> 31) % (most + 1))
    return out


def unmix(nets, sound, **shape):
    """Stems by openunmix; a sound of one channel is heard twice by a net of two."""
    channels = nets.pop("channels", 2)
    heard = sound.repeat(channels, 1) if sound.shape[0] < channels else sound
    stems = models.unmix_stems(nets, heard, niter=1, **shape)
    return dict(zip(nets, stems.mean(1, keepdim=True) if sound.shape[0] < channels else stems))


def demucs(net, sound, **options):
    from demucs.apply import apply_model

    heard = sound.repeat(2, 1) if sound.shape[0] == 1 else sound
    with torch.no_grad():
        stems = apply_model(net, heard[None], **{"shifts": 0, "overlap": 0.25, "split": True, **options})[0]
    return dict(zip(net.sources, stems.mean(1, keepdim=True) if sound.shape[0] == 1 else stems))


def released(folder):
    """Two nets and their bag, as demucs releases them, and converted."""
    from demucs.repo import AnyModelRepo, BagOnlyRepo, LocalRepo
    from demucs.states import get_state, save_with_checksum

    folder.mkdir()
    for at, name in enumerate(["f7e0c4bc", "d12395a8"]):
        net = models.htdemucs_net(seed=20 + at, channels=16, bottom=64, layers=3)
        args, kwargs = net._init_args_kwargs
        package = {"klass": type(net), "args": args, "kwargs": {**kwargs, "segment": Fraction(39, 5)},
                   "state": get_state(net, None, half=True), "training_args": {}}
        save_with_checksum(package, folder / f"{name}.th")
        file = next(folder.glob(f"{name}-*.th"))
        convert(file, folder / f"{name}.safetensors", "--demucs")
    (folder / "bag.yaml").write_text(
        "models: ['f7e0c4bc', 'd12395a8']\nweights: [\n  [1., 0., 0.5, 0.],\n  [0., 1., 1.5, 1.],\n]")
    nets = LocalRepo(folder)
    return AnyModelRepo(nets, BagOnlyRepo(folder, nets)).get_model("bag")


def saved(folder, **options):
    """The nets of an Open-Unmix model, saved as it releases them, and converted."""
    nets = models.unmix(folder, **options)
    for name, net in nets.items():
        torch.save(net.state_dict(), folder / f"{name}.pth")
        (folder / f"{name}.safetensors").unlink()
        convert(folder / f"{name}.pth", folder / f"{name}.safetensors")
    return nets


def convert(source, target, *more):
    subprocess.run([sys.executable, here / "convert.py", source, target, *more], check=True, stdout=subprocess.DEVNULL)


def cases(work):
    """Of each model its name, how it is made, what busker is told, and sounds: seconds, rate, channels, options."""
    speech = {"fft": 1024, "hop": 512, "rate": 16000}
    stereo, mono, long = (9, 44100, 2), (4, 44100, 1), (150, 44100, 2)
    return [
        ("umx small, from .pth", lambda p: saved(p, hidden=64, seed=3), "umx", {}, [stereo, mono, long]),
        ("umx 512", lambda p: models.unmix(p, hidden=512, seed=4), "umx", {}, [stereo, mono, (75, 44100, 2)]),
        ("umx 1024", lambda p: models.unmix(p, hidden=1024, seed=5), "umx", {}, [(6, 44100, 2), mono]),
        ("umx 16 kHz", lambda p: {**models.unmix(p, hidden=256, seen=513, channels=1, targets=["speech", "noise"], seed=6,
                                                 **speech), "channels": 1}, "umx", speech,
         [(12, 16000, 1), (100, 16000, 1)]),
        ("htdemucs small", lambda p: models.htdemucs(p / "net.safetensors", seed=7, channels=16, bottom=64, layers=3),
         "htdemucs", {}, [(3, 44100, 2), mono, (60, 44100, 2)]),
        ("htdemucs small, shifts", lambda p: models.htdemucs(p / "net.safetensors", seed=7, channels=16, bottom=64,
                                                             layers=3), "htdemucs", {"shifts": 2}, [(20, 44100, 2)]),
        ("htdemucs bag, from .th", released, "bag", {}, [(3, 44100, 2), (20, 44100, 2)]),
        ("htdemucs", lambda p: models.htdemucs(p / "net.safetensors", seed=8), "htdemucs", {},
         [(3, 44100, 2), mono, (20, 44100, 2)]),
        ("htdemucs 6", lambda p: models.htdemucs(
            p / "net.safetensors", seed=9, bottom=0,
            sources=["drums", "bass", "other", "vocals", "guitar", "piano"]), "htdemucs", {}, [(5, 44100, 2), mono]),
    ]


def ours(busker, place, kind, sound, rate, work, options):
    write_wav(work / "mixture.wav", sound, rate)
    model = {"umx": f"umx:{place}", "htdemucs": f"htdemucs:{place}/net.safetensors", "bag": f"htdemucs:{place}/bag.yaml"}
    words = [busker, "separate", work / "mixture.wav", "-o", work / "stems", "--model", model[kind], "--free", "--json"]
    if "shifts" in options:
        words += ["--shifts", str(options["shifts"]), "--seed", "5"]
    report = json.loads(subprocess.run(words, check=True, capture_output=True).stdout)
    return {f["stem"]: read_wav(f["path"]) for f in report["files"]}


def theirs(net, kind, sound, options):
    if kind == "umx":
        return unmix(dict(net), sound, **options)
    if "shifts" not in options:
        return demucs(net, sound)
    drawn = offsets(5, options["shifts"], 22050)
    random.randint = lambda low, high: drawn.pop(0)
    return demucs(net, sound, shifts=options["shifts"])


def main():
    torch.set_num_threads(2)
    busker, wanted = Path(sys.argv[1]).resolve(), sys.argv[2:]
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for at, (name, make, kind, options, sounds) in enumerate(cases(work)):
            if wanted and not any(w in name for w in wanted):
                continue
            place = work / f"model{at}"
            net = make(place)
            for seconds, rate, channels in sounds:
                sound = models.sound(seconds, rate, channels, seed=at + 1)
                mine, right = ours(busker, place, kind, sound, rate, work, options), theirs(net, kind, sound, options)
                errors = {}
                for stem, samples in right.items():
                    samples = samples.numpy().astype("f8")
                    wrong = mine[stem].astype("f8") - samples
                    errors[stem] = float(numpy.sqrt((wrong ** 2).sum() / (samples ** 2).sum()))
                worst = max([worst, *errors.values()])
                print(f"{name:24} {seconds:4} s  {channels} ch  {max(errors.values()):.1e}  "
                      + "  ".join(f"{stem} {error:.1e}" for stem, error in errors.items()), flush=True)
    print(f"worst {worst:.1e}, limit {LIMIT:.0e}")
    sys.exit(0 if worst <= LIMIT else 1)


main()
