"""Reads song folders and the stems somebody made of them."""
import os

import numpy as np
import soundfile

STEMS = ("vocals", "drums", "bass", "other")
DERIVED = ("accompaniment", "nodrums")
SETS = (STEMS, ("vocals", "accompaniment"), ("drums", "nodrums"))
SLACK = 4096  # frames by which an estimate's length may differ from the song's


def read(folder, name):
    """Samples as float64 stereo and the rate, or None; WAV before FLAC."""
    for extension in ("wav", "flac"):
        path = os.path.join(folder, name + "." + extension)
        if os.path.exists(path):
            y, rate = soundfile.read(path, dtype="float64", always_2d=True)
            return (y if y.shape[1] == 2 else np.repeat(y[:, :1], 2, axis=1)), rate
    return None


def load_song(folder):
    """The true stems by name (with accompaniment and nodrums), the mixture and the rate."""
    found = read(folder, "mixture")
    if found is None:
        raise SystemExit("%s holds no mixture" % folder)
    mixture, rate = found
    references = {name: read(folder, name)[0] for name in STEMS}
    references["accompaniment"] = mixture - references["vocals"]
    references["nodrums"] = mixture - references["drums"]
    return references, mixture, rate


def load_estimates(folder, count):
    """The stems somebody wrote into a folder; where there is no accompaniment, it is the sum of the others."""
    out = {}
    for name in STEMS + DERIVED:
        found = read(folder, name)
        if found is None:
            continue
        y = found[0]
        if abs(len(y) - count) > SLACK:
            raise SystemExit("%s of %s has %d frames, the song has %d" % (name, folder, len(y), count))
        out[name] = np.pad(y, ((0, max(0, count - len(y))), (0, 0)))[:count]
    rest = ("drums", "bass", "other")
    if "accompaniment" not in out and all(name in out for name in rest):
        out["accompaniment"] = sum(out[name] for name in rest)
    if not out:
        raise SystemExit("%s holds no stems" % folder)
    return out
